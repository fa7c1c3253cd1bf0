"""What an HTTP server, or who reads from it, tries with the machine that asks it."""

import asyncio
import socket

import httpx
import pytest

from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.places import Web
from lenticular.engines.connectors.web import WebFiles

PUBLIC = "93.184.216.34"
NAMES = {
    "data.example.org": PUBLIC,
    "mirror.example.org": PUBLIC,
    "inside.example.org": "10.0.0.7",
    "lab.internal": "10.0.0.8",
}


@pytest.fixture
async def asked(monkeypatch):
    """What a server, that sends on to `sent_to`, was asked; names are those above."""

    async def getaddrinfo(host, port, **more):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (NAMES.get(host, host), port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo, raising=False)


async def ask(base, location, path="/file"):
    """Return the URLs and hosts that are asked when a server sends on to `location`."""
    found = []

    def answer(request):
        found.append((str(request.url), request.headers["host"]))
        if request.url.host == httpx.URL(base).host:
            return httpx.Response(302, headers={"location": location})
        return httpx.Response(200, headers={"content-length": "4"})

    files = WebFiles(Web(base, {"authorization": "secret"}))
    files._requests._client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    try:
        await files.stat(path)
    finally:
        await files.close()
    return [each for each in found if each[1] != httpx.URL(base).host]


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:4200/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::ffff:127.0.0.1]/",
        "http://inside.example.org/",
    ],
)
async def test_sending_the_server_into_its_own_network(asked, location):
    with pytest.raises(Fault) as caught:
        await ask("http://data.example.org/", location)
    assert caught.value.code == "PERMISSION_DENIED"


async def test_a_mirror_is_followed_at_the_address_that_was_checked(asked):
    found = await ask("http://data.example.org/", "https://mirror.example.org/file")
    assert found == [(f"https://{PUBLIC}/file", "mirror.example.org")]


async def test_a_server_of_ones_own_network_sends_on_within_it(asked):
    found = await ask("http://lab.internal/", "http://inside.example.org/file")
    assert found == [("http://inside.example.org/file", "inside.example.org")]


@pytest.mark.parametrize("path", ["/..\\secret", "/a\\..\\..\\secret", "/public/..\\secret"])
async def test_a_way_up_that_only_some_servers_know(asked, path):
    with pytest.raises(Fault) as caught:
        await ask("http://data.example.org/public/", "/", path)
    assert caught.value.code == "INVALID_PATH"
