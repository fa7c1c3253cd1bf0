"""The portal over TLS: another cloud, with an authority of its own."""

import pytest
from playwright.sync_api import expect

from lenticular.testing.cloud import running_cloud


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    """A cloud over TLS, to which nobody has come yet."""
    with running_cloud(tmp_path_factory.mktemp("secured"), tls=True) as running:
        yield running


def test_the_first_administrator_comes_in_over_tls(take_seat, secured):
    seat = take_seat(secured, ignore_https_errors=True)
    page = seat.page
    token = secured.run(secured.engines.signin.welcome.invite_administrator())
    seat.open(f"/welcome?token={token}", "globus")
    seat.look("first-administrator", "Welcome")
    page.get_by_label("User name").fill("ada")
    page.get_by_label("Password").fill("Standing-wave-7")
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(seat.url("/"))
    expect(page.locator("nav.side")).to_contain_text("People")
    expect(seat.page.get_by_role("heading", level=1)).to_have_text("Hello, ada")
    expect(seat.page.locator("#aws-shell")).to_contain_text("AWS_CA_BUNDLE=/path/to/lenticular.pem")
    bundle = seat.context.request.get(seat.url("/lenticular.pem")).text()
    assert "BEGIN CERTIFICATE" in bundle
    assert "PRIVATE KEY" not in bundle
    cookies = {cookie["name"]: cookie for cookie in seat.context.cookies()}
    assert len(cookies) >= 3
    for name, cookie in cookies.items():
        assert name.startswith("__Host-"), name
        assert cookie["secure"], name
        assert cookie["httpOnly"], name
        assert cookie["sameSite"] == "Lax", name
