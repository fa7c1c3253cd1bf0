"""An app of somebody else asks for consent; it is seen, given, listed and taken back."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import expect

from lenticular.primitives.oauth import NewClient

SCOPE = "urn:globus:auth:scope:groups.api.globus.org:view_my_groups_and_memberships"


class App(BaseHTTPRequestHandler):
    """An app that takes a code, and says no more about it."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<title>App</title><link rel=icon href=data:,>")

    def log_message(self, *words):
        """Say nothing."""


@pytest.fixture
def callback():
    """The address at which an app waits for codes."""
    with ThreadingHTTPServer(("127.0.0.1", 0), App) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}/callback"
        server.shutdown()
        thread.join()


@pytest.fixture
def app(cloud, callback):
    """The id of an app that somebody registered."""
    new = NewClient(
        name="Sample Collection",
        account_id=cloud.credentials.account_id,
        redirect_uris=(callback,),
    )
    client, _ = cloud.run(cloud.engines.oauth.clients.create(new))
    return client.client_id


def ask(seat, app, callback):
    """Let the app send the browser to be asked."""
    query = {
        "client_id": app,
        "redirect_uri": callback,
        "response_type": "code",
        "scope": f"openid email {SCOPE}",
        "state": "of-the-app",
    }
    seat.open(f"/v2/oauth2/authorize?{urlencode(query)}", "globus")


def test_a_third_partys_consent_is_seen_given_and_withdrawn(seat, app, callback):
    page = seat.page
    seat.sign_in("ada", to="/consents")
    seat.look("consents-empty", "Consents")

    ask(seat, app, callback)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sample Collection")
    expect(page.locator("main")).to_contain_text(SCOPE)
    seat.look("consent", "Sample Collection", seat.every_view)
    page.get_by_role("button", name="Deny").click()
    page.wait_for_url(f"{callback}**")
    assert parse_qs(urlsplit(page.url).query)["error"] == ["access_denied"]

    ask(seat, app, callback)
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{callback}**")
    answer = parse_qs(urlsplit(page.url).query)
    assert answer["state"] == ["of-the-app"]
    assert answer["code"]

    seat.open("/consents")
    collection = page.get_by_role("region", name="Sample Collection")
    expect(collection).to_contain_text(SCOPE)
    expect(page.locator("main")).not_to_contain_text("Lenticular portal")
    seat.look("consents", "Consents")
    row = collection.get_by_role("listitem").filter(has_text=SCOPE)
    row.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("status")).to_contain_text("withdrawn")
    expect(collection).not_to_contain_text(SCOPE)
    seat.confirm(collection, "Withdraw all")
    expect(page.get_by_text("No app acts on your behalf")).to_be_visible()

    ask(seat, app, callback)
    expect(page.get_by_role("button", name="Allow")).to_be_visible()
