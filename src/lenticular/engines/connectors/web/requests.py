"""Requests to an HTTP server, and what its answers mean."""

import email.utils
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Final
from urllib.parse import quote, urlsplit

import httpx

from lenticular.engines.connectors.contract import Entry
from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.paths import split
from lenticular.engines.connectors.places import Web
from lenticular.engines.connectors.web.elsewhere import Way, way_from

_MOST_REDIRECTS = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_CODES: Final[Mapping[int, str]] = {
    401: "AUTH",
    403: "PERMISSION_DENIED",
    404: "FILE_NOT_FOUND",
    408: "TIMEOUT",
    410: "FILE_NOT_FOUND",
    412: "FILE_SIZE_CHANGED",
    414: "INVALID_PATH",
    416: "FILE_SIZE_CHANGED",
    504: "TIMEOUT",
}


class Requests:
    """A client of one server."""

    def __init__(self, place: Web) -> None:
        url = urlsplit(place.url)
        if url.scheme not in {"http", "https"} or not url.hostname or url.query:
            raise Fault("NOT_SUPPORTED", "the address of an HTTP server is http(s)://HOST/PATH/")
        self._base = f"{url.scheme}://{url.netloc}{url.path.rstrip('/')}/"
        self._headers = {"accept-encoding": "identity", **place.headers}
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(60.0, connect=10.0),
            limits=httpx.Limits(max_connections=64),
            trust_env=False,
        )

    def url(self, path: str, *, is_folder: bool = False) -> str:
        """Return the URL of a path; that of a folder ends with ``/``."""
        names = "/".join(quote(_sure(name), safe="") for name in split(path))
        return self._base + names + ("/" if is_folder and names else "")

    @asynccontextmanager
    async def answer(
        self, path: str, method: str, url: str, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """Ask, and follow where the answer sends on to, without what is for this server only.

        Raises `Fault` for an answer that is none.
        """
        with told(path):
            for _ in range(_MOST_REDIRECTS):
                is_own = _origin(url) == _origin(self._base)
                way = Way(url, self._headers) if is_own else await way_from(self._base, url)
                asked = {**way.headers, "accept-encoding": "identity", **(headers or {})}
                async with self._client.stream(
                    method, way.url, headers=asked, extensions=dict(way.extensions)
                ) as response:
                    if response.status_code not in _REDIRECTS:
                        _check(path, response)
                        yield response
                        return
                    url = str(httpx.URL(url).join(response.headers.get("location", "")))
                    if urlsplit(url).scheme not in {"http", "https"}:
                        break
        raise Fault("ENDPOINT_ERROR", f"{path!r}: the server sends on and on")

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()


@contextmanager
def told(path: str) -> Iterator[None]:
    """Raise a `Fault` for an error of httpx."""
    try:
        yield
    except httpx.TimeoutException:
        raise Fault("TIMEOUT", f"{path!r}: no answer in time") from None
    except httpx.ConnectError as error:
        raise Fault("CONNECT_FAILED", f"{path!r}: {error}") from None
    except httpx.InvalidURL as error:
        raise Fault("INVALID_PATH", f"{path!r}: {error}") from None
    except httpx.TransportError as error:
        raise Fault("CONNECTION_BROKEN", f"{path!r}: {error}") from None


def entry_of(path: str, response: httpx.Response) -> Entry:
    """Return the entry of a file that was asked for. Raises `Fault` where its size is not told."""
    total = response.headers.get("content-range", "").rpartition("/")[2]
    size = total or response.headers.get("content-length", "")
    if not size.isdecimal() or "content-encoding" in response.headers:
        raise Fault("NOT_SUPPORTED", f"{path!r}: the server does not tell its size")
    modified = response.headers.get("last-modified", "")
    try:
        seconds = email.utils.parsedate_to_datetime(modified).timestamp()
    except ValueError:
        seconds = 0.0
    version = response.headers.get("etag") or f"{modified}-{size}"
    return Entry(path.rpartition("/")[2], "file", int(size), seconds, version=version)


def _sure(name: str) -> str:
    """Return a name that no server takes for a way up. Raises `Fault`."""
    if ".." in name.split("\\"):  # some take that for a slash
        raise Fault("INVALID_PATH", f"{name!r} leads out of its folder on some servers")
    return name


def _check(path: str, response: httpx.Response) -> None:
    status = response.status_code
    if status < 400:
        return
    code = _CODES.get(status, "ENDPOINT_ERROR")
    raise Fault(code, f"{path!r}: the server answers {status} {response.reason_phrase}")


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc
