"""The page that a server shows of a folder: Apache's, nginx's, an agent's, or any that links.

Only links to what is right in the folder count, whatever else there is on the page. What they
say of sizes and times is for people, and rounded: it is not read.
"""

from html.parser import HTMLParser
from urllib.parse import unquote_to_bytes, urljoin, urlsplit

from lenticular.engines.connectors.faults import Fault


class Links(HTMLParser):
    """Takes a page in pieces, and gives the names that it links to."""

    def __init__(self, url: str) -> None:
        """Begin the page of a folder; its URL ends with ``/``."""
        super().__init__(convert_charrefs=True)
        self._url = urlsplit(url)
        self._last = ""
        self._found: list[tuple[str, bool] | Fault] = []

    def take(self) -> list[tuple[str, bool] | Fault]:
        """Return the names that were met since, each with whether it is a folder's."""
        found, self._found = self._found, []
        return found

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = next((value for name, value in attrs if name == "href" and value), None)
        if tag == "a" and href is not None:
            self._link(href)

    def _link(self, href: str) -> None:
        try:
            url = urlsplit(urljoin(self._url.geturl(), href))
        except ValueError:
            return
        below = url.path.removeprefix(self._url.path)
        if url[:2] != self._url[:2] or below == url.path or url.query:
            return  # to elsewhere, or the same folder in another order
        raw, is_folder = below.removesuffix("/"), below.endswith("/")
        if not raw or "/" in raw or raw == self._last:  # icons link as the names beside them
            return
        self._last = raw
        try:
            name = unquote_to_bytes(raw).decode()
        except UnicodeDecodeError:
            self._found.append(Fault("INVALID_PATH", f"{raw!r}: the name is not UTF-8"))
            return
        if name in {".", ".."} or "/" in name or "\0" in name:
            self._found.append(Fault("INVALID_PATH", f"{name!r}: no path can have this name"))
            return
        self._found.append((name, is_folder))
