"""An administrator lets somebody in, who may do what they were let do and no more."""

import json

from playwright.sync_api import expect


def test_an_administrator_invites_a_person_who_sets_a_password_and_signs_in(seat, take_seat):
    page, another_seat = seat.page, take_seat()
    seat.sign_in("ada", to="/groups")
    seat.look("groups-empty", "Groups")
    page.get_by_label("A new group").fill("microscopists")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("status")).to_contain_text("The group is there")
    page.get_by_label("Attach a policy").select_option(label="AmazonS3ReadOnlyAccess")
    page.get_by_role("button", name="Attach", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("The policy is attached")

    page.get_by_role("link", name="People").click()
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("User name").fill("grace")
    page.get_by_label("Full name").fill("Grace Hopper")
    page.get_by_label("E-mail address").fill("grace@example.org")
    page.get_by_label("microscopists").check()
    seat.look("invite", "Invite somebody")
    page.get_by_role("button", name="Invite").click()
    link = page.locator("#link").inner_text()
    seat.look("invited", "A link for grace")
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("link", name="microscopists")).to_be_visible()
    seat.look("person", "grace")

    grace = another_seat.page
    grace.goto(link)
    another_seat.look("invitation", "Welcome")
    grace.get_by_label("Password").fill("Compile-a-cloud-1")
    grace.get_by_role("button", name="Go on").click()
    grace.wait_for_url(another_seat.url("/"))
    expect(grace.get_by_role("heading", level=1)).to_have_text("Hello, Grace Hopper")
    rooms = grace.locator("nav.side a").all_inner_texts()
    assert "Access keys" in rooms
    assert "People" not in rooms
    another_seat.open("/keys")
    grace.get_by_role("button", name="Make an access key").click()
    expect(grace.locator("#key-secret")).to_be_visible()

    seat.confirm(page.locator("main"), "Deactivate")
    expect(page.get_by_role("status")).to_contain_text("cannot do anything here")
    another_seat.open("/keys")
    expect(grace.get_by_role("heading", level=1)).to_have_text("Sign in")
    grace.goto(link)
    expect(grace.get_by_label("Password")).to_have_count(0)


def test_what_one_may_not_do_is_refused_with_the_reason(seat):
    seat.sign_in("bob")
    answer = seat.open("/people")
    assert answer.status == 403
    expect(seat.page.get_by_role("heading", level=1)).to_have_text("You may not do this")
    expect(seat.page.locator("main")).to_contain_text("iam:ListUsers")
    seat.look("refused", "You may not do this")


def test_policies_are_written_and_mistakes_are_shown_beside_them(seat):
    page = seat.page
    seat.sign_in("ada", to="/policies/new")
    page.get_by_label("Name").fill("samples")
    document = page.get_by_label("Document")
    good = document.input_value()
    document.fill(good.replace('"Allow"', '"Perhaps"'))
    page.get_by_role("button", name="Make it").click()
    expect(document).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#document-error")).not_to_be_empty()
    seat.look("policy-mistake", "New policy")
    document.fill(good)
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("status")).to_contain_text("The policy is there")
    changed = json.loads(good)
    changed["Statement"][0]["Action"] = ["s3:GetObject"]
    document.fill(json.dumps(changed))
    page.get_by_role("button", name="Save as a new version").click()
    expect(page.get_by_role("status")).to_contain_text("new version")
    assert "s3:ListBucket" not in document.input_value()
    seat.look("policy", "samples")
    page.get_by_role("link", name="Policies").first.click()
    seat.look("policies", "Policies")

    page.get_by_role("link", name="Why, or why not").click()
    page.get_by_label("Who").select_option(label="bob")
    page.get_by_label("Action").fill("s3:GetObject")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#answer")).to_contain_text("Refused because nothing allows it")
    page.get_by_label("Who").select_option(label="ada")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#answer")).to_have_text("Allowed")
    seat.look("explained", "Why, or why not")


def test_a_role_is_made_and_its_trust_is_changed(seat):
    page = seat.page
    seat.sign_in("ada", to="/roles/new")
    page.get_by_label("Name").fill("nightly")
    page.get_by_role("button", name="Make it").click()
    expect(page.get_by_role("status")).to_contain_text("The role is there")
    trust = page.get_by_label("Trust policy")
    trust.fill(trust.input_value().replace("sts:AssumeRole", "s3:GetObject"))
    page.get_by_role("button", name="Replace").click()
    expect(page.locator("#trust-error")).not_to_be_empty()
    seat.look("role", "nightly")
    seat.confirm(page.locator("main"), "Delete this role")
    expect(page.get_by_role("status")).to_have_text("The role is deleted.")
