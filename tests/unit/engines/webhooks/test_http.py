"""Webhooks by HTTP: to public addresses, whatever a name says, and nowhere else."""

import asyncio
import re
import socket
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address

import httpx
import pytest

from lenticular.engines.addresses import is_public
from lenticular.engines.webhooks import http
from lenticular.engines.webhooks.contract import WebhookRefused, WebhookUnavailable
from lenticular.engines.webhooks.http import HttpWebhooks


@asynccontextmanager
async def receiver(answer="HTTP/1.1 204 No Content\r\n\r\n"):
    """Serve one answer on a free port of this machine, and keep what came."""
    came, under_way = [], set()

    async def serve(reader, writer):
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            came.append((head, await reader.readexactly(int(length[1]))))
            writer.write(answer.encode())
            await writer.drain()
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)

    def begin(reader, writer):
        task = asyncio.create_task(serve(reader, writer))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], came
    await asyncio.gather(*under_way)


@pytest.fixture
def names(monkeypatch):
    """Addresses by name, a list each: every look-up takes the next."""
    told = {}

    async def look_up(self, host, port, **more):
        if host in told:
            found = told[host].pop(0) if len(told[host]) > 1 else told[host][0]
            family = socket.AF_INET6 if ":" in found else socket.AF_INET
            return [(family, socket.SOCK_STREAM, 6, "", (found, port))]
        return socket.getaddrinfo(host, port, **more)

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", look_up)
    return told


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f::1", "::ffff:93.184.215.14"])
def test_public_addresses(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.1.2.3",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    ],
)
def test_addresses_that_are_not_public(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1", "0177.0.0.1"],
)
async def test_requests_forged_to_this_machine(host):
    async with receiver() as (port, came):
        with pytest.raises((WebhookRefused, WebhookUnavailable)):
            await HttpWebhooks().post(f"http://{host}:{port}/", {}, b"{}")
    assert came == []


async def test_a_name_that_stands_for_a_private_address(names):
    names["inside.example"] = ["10.1.2.3"]
    with pytest.raises(WebhookRefused, match=r"inside\.example is not a public address"):
        await HttpWebhooks().post("http://inside.example/", {}, b"{}")


async def test_a_name_of_which_one_address_is_private(monkeypatch):
    async def look_up(self, host, port, **more):
        return [(2, 1, 6, "", (one, port)) for one in ("93.184.215.14", "127.0.0.1")]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", look_up)
    with pytest.raises(WebhookRefused):
        await HttpWebhooks().post("http://both.example/", {}, b"{}")


async def test_dns_rebinding(names):
    # The first look-up is checked; a client that looked again would be led to this machine.
    names["rebinds.example"] = ["93.184.215.14", "127.0.0.1"]
    called = []

    async def answer(request):
        called.append(request)
        return httpx.Response(204)

    engine = HttpWebhooks(transport=httpx.MockTransport(answer))
    await engine.post("https://rebinds.example:8443/hook?a=b", {}, b"{}")
    [request] = called
    assert str(request.url) == "https://93.184.215.14:8443/hook?a=b"
    assert request.headers["host"] == "rebinds.example:8443"
    assert request.extensions["sni_hostname"] == "rebinds.example"


async def test_a_redirect_is_not_followed():
    async with receiver() as (inside, came):
        moved = f"HTTP/1.1 307 Moved\r\nLocation: http://127.0.0.1:{inside}/\r\n\r\n"
        async with receiver(moved) as (port, _):
            answer = await HttpWebhooks(to_private=True).post(
                f"http://127.0.0.1:{port}/", {}, b"{}"
            )
    assert answer.status == 307
    assert came == []


async def test_a_webhook_is_posted_where_that_is_allowed():
    answer = "HTTP/1.1 429 Slow\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n"
    async with receiver(answer) as (port, came):
        answer = await HttpWebhooks(to_private=True).post(
            f"http://localhost:{port}/hook?a=b", {"webhook-id": "abc"}, b'{"a":1}'
        )
    assert (answer.status, answer.retry_after) == (429, 120.0)
    [(head, body)] = came
    assert head.startswith(b"POST /hook?a=b HTTP/1.1\r\n")
    assert f"host: localhost:{port}".encode() in head.lower()
    assert b"webhook-id: abc" in head.lower()
    assert body == b'{"a":1}'


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch):
    async with receiver() as (proxy, through_proxy), receiver() as (port, came):
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy}")
        await HttpWebhooks(to_private=True).post(f"http://127.0.0.1:{port}/", {}, b"{}")
    assert len(came) == 1
    assert through_proxy == []


async def test_of_an_endless_answer_only_the_head_is_read():
    answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    async with receiver(answer) as (port, _):
        answer = await HttpWebhooks(to_private=True).post(f"http://127.0.0.1:{port}/", {}, b"{}")
    assert answer.status == 200


async def test_a_receiver_that_never_answers(monkeypatch):
    async def answer(request):
        await asyncio.Event().wait()

    monkeypatch.setattr(http, "TIMEOUT", 0.05)
    engine = HttpWebhooks(to_private=True, transport=httpx.MockTransport(answer))
    with pytest.raises(WebhookUnavailable, match="no answer"):
        await engine.post("http://127.0.0.1/", {}, b"{}")


@pytest.mark.parametrize("url", ["ftp://x.example/", "http://x.example:1:2/"])
async def test_what_is_no_address(url):
    with pytest.raises(WebhookRefused):
        await HttpWebhooks().post(url, {}, b"{}")
