"""Webhooks by HTTP. The name is looked up here, so that what was checked is what is used."""

import asyncio
import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import ip_address

import httpx

from lenticular.engines.addresses import Address, is_public
from lenticular.engines.webhooks.contract import (
    Answer,
    WebhookEngine,
    WebhookRefused,
    WebhookUnavailable,
)

TIMEOUT = 15.0
"""Seconds in which everything is over, the look-up included."""

_TRIED = 3
"""Addresses of one name that are tried, at most."""

_PORTS = {"http": 80, "https": 443}
_LARGEST_WAIT = 24 * 3600.0


class HttpWebhooks(WebhookEngine):
    """Posts webhooks."""

    def __init__(
        self,
        *,
        to_private: bool = False,
        trusted: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`to_private`: also to addresses that are not public. `transport` is for tests."""
        self._to_private = to_private
        self._trusted = trusted
        self._transport = transport

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            async with asyncio.timeout(TIMEOUT):
                return await self._post(httpx.URL(url), headers, body)
        except TimeoutError:
            raise WebhookUnavailable(f"no answer within {TIMEOUT:.0f} seconds") from None
        except httpx.InvalidURL as error:
            raise WebhookRefused(f"the address is none: {error}") from None
        except (httpx.HTTPError, OSError) as error:
            raise WebhookUnavailable(f"{type(error).__name__}: {error}") from None

    async def _post(self, url: httpx.URL, headers: Mapping[str, str], body: bytes) -> Answer:
        addresses = await self._addresses(url)
        async with httpx.AsyncClient(
            verify=self._trusted or ssl.create_default_context(),
            trust_env=False,
            timeout=TIMEOUT,
            transport=self._transport,
        ) as client:
            for address in addresses[:-1]:
                with suppress(httpx.ConnectError):
                    return await self._post_to(client, address, url, headers, body)
            return await self._post_to(client, addresses[-1], url, headers, body)

    async def _post_to(
        self,
        client: httpx.AsyncClient,
        address: Address,
        url: httpx.URL,
        headers: Mapping[str, str],
        body: bytes,
    ) -> Answer:
        async with client.stream(
            "POST",
            url.copy_with(host=str(address)),
            headers={**headers, "Host": url.netloc.decode("ascii")},
            content=body,
            # The certificate must be that of the name, although its address is called.
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
            follow_redirects=False,
        ) as response:
            return Answer(response.status_code, _wait(response.headers.get("retry-after", "")))

    async def _addresses(self, url: httpx.URL) -> list[Address]:
        """Return the addresses that may be connected to. Raises `WebhookRefused`, OSError."""
        if url.scheme not in _PORTS:
            raise WebhookRefused(f"webhooks go by http or https, and not by {url.scheme!r}")
        port = url.port or _PORTS[url.scheme]
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
        addresses = [ip_address(str(place[4][0]).partition("%")[0]) for place in found]
        if not self._to_private and not all(is_public(address) for address in addresses):
            raise WebhookRefused(
                f"{url.host} is not a public address: whoever keeps this cloud can allow it "
                f"with the setting webhooks_to_private"
            )
        return addresses[:_TRIED]


def _wait(retry_after: str) -> float | None:
    return min(float(retry_after), _LARGEST_WAIT) if retry_after.isdecimal() else None
