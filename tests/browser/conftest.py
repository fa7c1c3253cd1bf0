"""People at browsers: Debian's Chromium, driven by playwright, on a real cloud.

Whatever a page does wrong while somebody looks at it fails the test: an error in the
console, a breach of the content policy, a request to anybody else.
"""

import os
import shutil
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

from lenticular.testing.cloud import running_cloud

SCREENSHOTS = Path(__file__).parents[2] / "build/screenshots"
TAKES_PICTURES = bool(os.environ.get("PICTURES"))
CHECKS = (Path(__file__).parent / "accessibility.js").read_text()
SIZES = {"desktop": {"width": 1280, "height": 860}, "phone": {"width": 360, "height": 740}}
BY_DAY_AND_NIGHT = [("desktop", "light"), ("phone", "dark")]
EVERY_VIEW = [*BY_DAY_AND_NIGHT, ("desktop", "dark"), ("phone", "light")]
PASSWORD = "Standing-wave-7"

expect.set_options(timeout=10_000)

ADMINISTRATOR = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


# For a module and not for the session: while playwright runs, so does its event loop, and
# tests of other modules on the same worker have loops of their own.
@pytest.fixture(scope="module")
def chromium():
    """The browser, started once in each module."""
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium here; `make browser` installs it")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def cloud():
    """A cloud with an administrator, ada, and somebody who may do nothing, bob."""
    with running_cloud() as running:
        running.create_user(
            "ada", policies=[ADMINISTRATOR], email="ada@example.org", password=PASSWORD
        )
        running.create_user("bob", password=PASSWORD)
        yield running


class Seat:
    """Somebody at a browser of their own."""

    every_view = EVERY_VIEW

    def __init__(self, chromium, cloud, **options):
        self.cloud = cloud
        self.context = chromium.new_context(
            viewport=SIZES["desktop"], locale="en-GB", reduced_motion="reduce", **options
        )
        self.context.set_default_timeout(10_000)
        self.problems = []
        self.context.on("console", self._on_console)
        self.context.on("weberror", lambda error: self.problems.append(str(error.error)))
        self.context.on("request", self._on_request)
        self.page = self.context.new_page()

    def _on_console(self, message):
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.problems.append(message.text)

    def _on_request(self, request):
        host = urlsplit(request.url).hostname
        if host not in ("127.0.0.1", "localhost"):
            self.problems.append(f"a request to {request.url}")

    def url(self, path="/", interface="portal"):
        return f"{self.cloud.configuration.url(interface)}{path}"

    def open(self, path, interface="portal"):
        return self.page.goto(self.url(path, interface))

    def sign_in(self, name, password=PASSWORD, to="/"):
        """Walk from the portal's front door through the sign-in page and back."""
        self.open(f"/sign-in?to={to}")
        self.page.get_by_label("User name or email").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in", exact=True).click()
        self.page.wait_for_url(self.url(to))

    def confirm(self, within, label):
        """Press what asks back, and confirm it."""
        within.locator("summary").filter(has_text=label).click()
        within.get_by_role("button", name=label).click()

    def look(self, name, headline, views=BY_DAY_AND_NIGHT):
        """Hold the page with this headline to what every page is held to.

        With ``PICTURES=yes`` pictures of it are kept too: each takes a second to paint.
        """
        expect(self.page.get_by_role("heading", level=1)).to_have_text(headline)
        self.page.wait_for_load_state("load")
        for device, scheme in views:
            self.page.set_viewport_size(SIZES[device])
            self.page.emulate_media(color_scheme=scheme)
            self.problems += self.page.evaluate(CHECKS)
            if TAKES_PICTURES:
                picture = SCREENSHOTS / f"{name}-{device}-{scheme}.png"
                self.page.screenshot(path=picture, full_page=True)
        self.page.set_viewport_size(SIZES["desktop"])
        self.page.emulate_media(color_scheme="light")

    def leave(self):
        self.context.close()
        assert self.problems == []


@pytest.fixture
def take_seat(chromium, cloud):
    """``take_seat()``: somebody at a browser, whose pages must be without fault."""
    taken = []

    def take(at=cloud, **options):
        taken.append(Seat(chromium, at, **options))
        return taken[-1]

    yield take
    for each in taken:
        each.leave()


@pytest.fixture(scope="module")
def signed_in(chromium, cloud):
    """What ada's browser keeps once she has signed in: a seat's ``storage_state``."""
    ada = Seat(chromium, cloud)
    ada.sign_in("ada")
    kept = ada.context.storage_state()
    ada.leave()
    return kept


@pytest.fixture
def seat(take_seat):
    """Somebody at a browser."""
    return take_seat()
