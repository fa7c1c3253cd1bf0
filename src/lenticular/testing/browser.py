"""A person's browser without a screen: cookies, redirects, and forms sent as their pages have them.

    with Browser(cloud, "ada", "her password") as browser:
        location = browser.authorize(auth_client.oauth2_get_authorize_url())

Everything goes through the front door: the pages are fetched, their forms filled in and
posted, as any script with a cookie jar could.
"""

import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
from lxml import html

from lenticular.testing.cloud import RunningCloud

CODE_PAGE = "/v2/web/auth-code"

_MOST_STEPS = 12


class Stuck(AssertionError):
    """The walk did not come to its end; the message has the page where it stopped."""


class Page:
    """What a browser shows."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status = response.status_code
        # What html makes has more than lxml's stubs say of an element.
        self._tree: Any = html.document_fromstring(response.text or "<html></html>")

    @property
    def text(self) -> str:
        """The words on the page."""
        return " ".join(self._tree.text_content().split())

    def form(self, field: str) -> html.FormElement | None:
        """Return the form that has a field or button of this name."""
        forms: list[html.FormElement] = self._tree.forms
        return next((one for one in forms if one.xpath(f".//*[@name='{field}']")), None)


class Browser:
    """One browser, in which one person signs in when asked to."""

    def __init__(self, cloud: RunningCloud, username: str = "", password: str = "") -> None:
        trusted = ssl.create_default_context(cafile=cloud.trusted) if cloud.trusted else True
        self.http = httpx.Client(
            base_url=cloud.configuration.url("globus"), verify=trusted, trust_env=False
        )
        self._username = username
        self._password = password
        self.page: Page | None = None
        """The last page that was shown."""
        self.asked: list[str] = []
        """What the person did on the way: ``sign in``, ``allow``, ``deny``."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def get(self, url: str) -> Page:
        """Fetch a page, without going on anywhere."""
        return self._show(self.http.get(url))

    def submit(self, page: Page, field: str, values: Mapping[str, str]) -> Page:
        """Post the form that has `field`, filled in with `values`."""
        form = page.form(field)
        if form is None:
            raise Stuck(f"no form has {field}: {page.status} {page.text}")
        filled = {name: value for name, value in form.form_values() if isinstance(value, str)}
        address = urljoin(str(page.response.url), form.action or "")
        return self._show(self.http.post(address, data={**filled, **values}))

    def sign_in(self) -> Page:
        """Sign in on the sign-in page itself."""
        return self._sign_in(self.get("/sign-in"))

    def authorize(self, url: str, *, answer: str = "allow") -> str:
        """Walk an authorization to its end; return the URL that it ends at.

        That is the client's, or the page that shows a code. Raises `Stuck` at an error page.
        """
        page = self.get(url)
        for _ in range(_MOST_STEPS):
            location = page.response.headers.get("location")
            if location is not None:
                target: str = urljoin(str(page.response.url), location)
                if self._is_elsewhere(target):
                    return target
                page = self.get(target)
            elif page.form("password") is not None:
                page = self._sign_in(page)
            elif page.form("allow") is not None:
                self.asked.append(answer)
                page = self.submit(page, "allow", {answer: "yes"})
            else:
                break
        raise Stuck(f"stopped at {page.response.url}: {page.status} {page.text}")

    def code(self, url: str) -> str:
        """Walk an authorization and return the code that it ends with."""
        ended = self.authorize(url)
        answer = parse_qs(urlsplit(ended).query)
        if "code" not in answer:
            raise Stuck(f"no code in {ended}")
        return answer["code"][0]

    def _sign_in(self, page: Page) -> Page:
        self.asked.append("sign in")
        filled = {"username": self._username, "password": self._password}
        return self.submit(page, "password", filled)

    def _is_elsewhere(self, url: str) -> bool:
        place, own = urlsplit(url), urlsplit(str(self.http.base_url))
        return place[:2] != own[:2] or place.path == CODE_PAGE

    def _show(self, response: httpx.Response) -> Page:
        self.page = Page(response)
        return self.page
