"""An administrator lets somebody in, who may do what they were let do and no more."""

import json


def test_an_administrator_invites_a_person_who_sets_a_password_and_signs_in(seat, take_seat):
    page, another_seat = seat.page, take_seat()
    seat.sign_in("ada", to="/groups")
    seat.look("groups-empty")
    page.get_by_label("A new group").fill("microscopists")
    page.get_by_role("button", name="Make it").click()
    assert "The group is there" in page.get_by_role("status").inner_text()
    page.get_by_label("Attach a policy").select_option(label="AmazonS3ReadOnlyAccess")
    page.get_by_role("button", name="Attach", exact=True).click()

    page.get_by_role("link", name="People").click()
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("User name").fill("grace")
    page.get_by_label("Full name").fill("Grace Hopper")
    page.get_by_label("E-mail address").fill("grace@example.org")
    page.get_by_label("microscopists").check()
    seat.look("invite")
    page.get_by_role("button", name="Invite").click()
    link = page.locator("#link").inner_text()
    seat.look("invited")
    page.get_by_role("link", name="Go on").click()
    assert page.get_by_role("link", name="microscopists").is_visible()
    seat.look("person")

    grace = another_seat.page
    grace.goto(link)
    another_seat.look("invitation")
    grace.get_by_label("Password").fill("Compile-a-cloud-1")
    grace.get_by_role("button", name="Go on").click()
    grace.wait_for_url(another_seat.url("/"))
    assert grace.get_by_role("heading", level=1).inner_text() == "Hello, Grace Hopper"
    rooms = grace.locator("nav.side a").all_inner_texts()
    assert "Access keys" in rooms
    assert "People" not in rooms
    another_seat.open("/keys")
    grace.get_by_role("button", name="Make an access key").click()
    assert grace.locator("#key-secret").is_visible()

    seat.confirm(page.locator("main"), "Deactivate")
    assert "cannot do anything here" in page.get_by_role("status").inner_text()
    another_seat.open("/keys")
    assert grace.get_by_role("heading", level=1).inner_text() == "Sign in"
    grace.goto(link)
    assert grace.get_by_label("Password").count() == 0


def test_what_one_may_not_do_is_refused_with_the_reason(seat):
    seat.sign_in("bob")
    answer = seat.open("/people")
    assert answer.status == 403
    assert seat.page.get_by_role("heading", level=1).inner_text() == "You may not do this"
    assert "iam:ListUsers" in seat.page.locator("main").inner_text()
    seat.look("refused")


def test_policies_are_written_and_mistakes_are_shown_beside_them(seat):
    page = seat.page
    seat.sign_in("ada", to="/policies/new")
    page.get_by_label("Name").fill("samples")
    document = page.get_by_label("Document")
    good = document.input_value()
    document.fill(good.replace('"Allow"', '"Perhaps"'))
    page.get_by_role("button", name="Make it").click()
    assert document.get_attribute("aria-invalid") == "true"
    assert page.locator("#document-error").inner_text()
    seat.look("policy-mistake")
    document.fill(good)
    page.get_by_role("button", name="Make it").click()
    assert "The policy is there" in page.get_by_role("status").inner_text()
    changed = json.loads(good)
    changed["Statement"][0]["Action"] = ["s3:GetObject"]
    document.fill(json.dumps(changed))
    page.get_by_role("button", name="Save as a new version").click()
    assert "new version" in page.get_by_role("status").inner_text()
    assert "s3:ListBucket" not in document.input_value()
    seat.look("policy")
    page.get_by_role("link", name="Policies").first.click()
    seat.look("policies")

    page.get_by_role("link", name="Why, or why not").click()
    page.get_by_label("Who").select_option(label="bob")
    page.get_by_label("Action").fill("s3:GetObject")
    page.get_by_role("button", name="Ask").click()
    assert "Refused because nothing allows it" in page.locator("#answer").inner_text()
    page.get_by_label("Who").select_option(label="ada")
    page.get_by_role("button", name="Ask").click()
    assert page.locator("#answer").inner_text() == "Allowed"
    seat.look("explained")


def test_a_role_is_made_and_its_trust_is_changed(seat):
    page = seat.page
    seat.sign_in("ada", to="/roles/new")
    page.get_by_label("Name").fill("nightly")
    page.get_by_role("button", name="Make it").click()
    assert "The role is there" in page.get_by_role("status").inner_text()
    trust = page.get_by_label("Trust policy")
    trust.fill(trust.input_value().replace("sts:AssumeRole", "s3:GetObject"))
    page.get_by_role("button", name="Replace").click()
    assert page.locator("#trust-error").inner_text()
    seat.look("role")
    seat.confirm(page.locator("main"), "Delete this role")
    assert page.get_by_role("status").inner_text() == "The role is deleted."
