"""Elsewhere: where an HTTP server sends on to, if that is another one.

A server of the Internet sends nobody into the network that this machine is in. The name is
looked up here, so that what was checked is what is used.
"""

import asyncio
import socket
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Any

import httpx
from msgspec import Struct

from lenticular.engines.addresses import Address, is_public
from lenticular.engines.connectors.faults import Fault

_PORTS = {"http": 80, "https": 443}


class Way(Struct, frozen=True):
    """How to ask at a URL."""

    url: str
    headers: Mapping[str, str] = {}
    extensions: Mapping[str, Any] = {}


async def way_from(base: str, url: str) -> Way:
    """Return how to ask at a URL that the server of `base` has sent on to.

    Raises `Fault` ``PERMISSION_DENIED`` for one to which it may not.
    """
    if not all(map(is_public, await _addresses(httpx.URL(base)))):
        return Way(url)
    asked = httpx.URL(url)
    found = await _addresses(asked)
    if not all(map(is_public, found)):
        raise Fault(
            "PERMISSION_DENIED",
            f"the server sends on to {asked.host}, which is not an address of the Internet",
        )
    return Way(
        str(asked.copy_with(host=str(found[0]))),
        {"host": asked.netloc.decode("ascii")},
        # The certificate must be that of the name, although its address is called.
        {"sni_hostname": asked.raw_host.decode("ascii")},
    )


async def _addresses(url: httpx.URL) -> Sequence[Address]:
    port = url.port or _PORTS[url.scheme]
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(url.host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise Fault("CONNECT_FAILED", f"{url.host}: {error.strerror}") from None
    return [ip_address(str(place[4][0]).partition("%")[0]) for place in found]
