"""Signing in and out of the portal, and the keys that one makes there."""

import boto3
import pytest
from botocore.exceptions import ClientError
from playwright.sync_api import expect


def focused(page):
    """Return what the keyboard is on: its name, and whether one can see it."""
    return page.evaluate(
        """() => {
            const at = document.activeElement;
            const style = getComputedStyle(at);
            return [(at.labels?.[0] ?? at).textContent.trim(), style.outlineStyle !== "none"];
        }"""
    )


def walk_to(page, name):
    """Press the tabulator until the keyboard is on what has this name; all of it is visible."""
    for _ in range(30):
        page.keyboard.press("Tab")
        found, is_visible = focused(page)
        assert is_visible, f"the focus cannot be seen on {found!r}"
        if found == name:
            return
    raise AssertionError(f"the keyboard does not get to {name!r}")


def test_signing_in_making_a_key_and_signing_out(seat, cloud):
    page = seat.page
    seat.open("/")
    seat.look("welcome", "A cloud of your own")
    page.get_by_role("link", name="Sign in", exact=True).click()
    seat.look("sign-in", "Sign in", seat.every_view)
    page.get_by_label("User name or email").fill("ada")
    page.get_by_label("Password").fill("Standing-wave-7")
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(seat.url("/"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Hello, ada")
    seat.look("overview", "Hello, ada", seat.every_view)

    page.get_by_role("link", name="Access keys").click()
    page.get_by_role("button", name="Make an access key").click()
    seat.look("key-made", "Your new access key")
    key_id, secret = page.locator("#key-id").inner_text(), page.locator("#key-secret").inner_text()
    credentials = cloud.boto3() | {"aws_access_key_id": key_id, "aws_secret_access_key": secret}
    sts = boto3.client("sts", **credentials)
    assert sts.get_caller_identity()["Arn"].endswith(":user/ada")
    page.get_by_role("link", name="I have it, go on").click()
    row = page.get_by_role("row").filter(has_text=key_id)
    seat.look("keys", "Access keys", seat.every_view)
    row.get_by_role("button", name="Switch off").click()
    expect(page.get_by_role("status")).to_contain_text("switched off")
    with pytest.raises(ClientError, match="Invalid"):
        sts.get_caller_identity()
    seat.confirm(row, "Delete")
    expect(page.get_by_role("status")).to_have_text("The key is deleted.")
    expect(page.get_by_text(key_id)).to_have_count(0)
    sts.close()

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{seat.url('/v2/web/logout', 'globus')}*")
    seat.look("signed-out", "You are signed out")
    seat.open("/keys")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_signing_in_with_the_keyboard_alone(seat):
    page = seat.page
    seat.open("/")
    page.keyboard.press("Tab")
    assert focused(page) == ["Skip to the content", True]
    walk_to(page, "Sign in")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{seat.url('/sign-in', 'globus')}*")
    expect(page.get_by_label("User name or email")).to_be_focused()
    page.keyboard.type("ada@example.org")
    walk_to(page, "Password")
    page.keyboard.type("Standing-wave-7")
    page.keyboard.press("Enter")
    page.wait_for_url(seat.url("/"))
    walk_to(page, "Access keys")
    page.keyboard.press("Enter")
    page.wait_for_url(seat.url("/keys"))
    walk_to(page, "Make an access key")
    walk_back = page.get_by_role("button", name="Sign out")
    walk_back.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{seat.url('/v2/web/logout', 'globus')}*")


def test_a_wrong_password_is_told_and_nothing_else(seat):
    page = seat.page
    seat.open("/sign-in")
    page.get_by_label("User name or email").fill("ada")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("Password")).to_have_value("")
    expect(page.get_by_label("User name or email")).to_have_value("ada")


def test_one_goes_on_where_one_wanted_to_go(seat):
    seat.sign_in("ada", to="/groups")
    expect(seat.page.get_by_role("heading", level=1)).to_have_text("Groups")


def test_signing_out_everywhere_ends_other_browsers_too(seat, take_seat):
    another_seat = take_seat()
    another_seat.sign_in("ada")
    seat.sign_in("ada", to="/sessions")
    seat.look("sessions", "Sessions")
    expect(seat.page.get_by_role("row").filter(has_text="this one")).to_have_count(1)
    seat.confirm(seat.page.locator("main"), "Sign out everywhere")
    seat.page.wait_for_url(seat.url("/"))
    for each in (seat, another_seat):
        each.open("/keys")
        expect(each.page.get_by_role("heading", level=1)).to_have_text("Sign in")
