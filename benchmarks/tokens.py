"""What a token costs, within the process: to give one, to look at one, to know its caller by it."""

import asyncio
import base64
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.report import Table
from lenticular.apis.globus.interface import GlobusInterface
from lenticular.apis.http import BufferedBody, Request
from lenticular.primitives.oauth import Authorization, Client, NewClient
from lenticular.primitives.oauth.builtin import AUTH, OPENID
from lenticular.server.configuration import Configuration
from lenticular.server.interfaces import globus_api
from lenticular.server.wiring import Cloud, open_cloud

PEOPLE = 200
TOKENS_OF_PERSON = 25
REQUESTS = 5_000
TARGET = 3_000
"""Introspections that one process shall do in a second."""

_CLIENT = "6f2c9b1e-3f0a-4f6e-9a55-6f3f5f0f7c11"
_SECRET = "the secret of a client that only this benchmark has"
_INTROSPECT = "/v2/oauth2/token/introspect"
_HEADERS = {
    "host": "127.0.0.1",
    "authorization": "Basic " + base64.b64encode(f"{_CLIENT}:{_SECRET}".encode()).decode(),
    "content-type": "application/x-www-form-urlencoded",
}


def measure_tokens() -> Table:
    """Return how many of each a process does in a second, one after the other."""
    return asyncio.run(_measure())


async def _measure() -> Table:
    total = PEOPLE * TOKENS_OF_PERSON
    table = Table(
        f"Tokens, with {total:,} of {PEOPLE} people about, on the SQLite engine",
        ["what", "per second", "µs each", "of processor"],
        notes=[f"At least {TARGET:,} introspections per second are asked for."],
    )
    with tempfile.TemporaryDirectory() as folder:
        async with open_cloud(Configuration(data=Path(folder))) as cloud:
            client, tokens = await _furnish(cloud)
            api = globus_api(Configuration(), cloud)
            chance = random.Random(1)

            bodies = [_form(token) for token in tokens]

            async def introspect() -> None:
                body = await _answer(api, _introspection(chance.choice(bodies)))
                assert b'"active":true' in body

            async def know() -> None:
                assert await cloud.oauth.token_caller(chance.choice(tokens), AUTH)

            async def give() -> None:
                await cloud.oauth.exchanges.client_credentials(client, OPENID)

            for what, work, count in (
                ("introspection, as a request", introspect, REQUESTS),
                ("caller of a token, with their policies", know, REQUESTS),
                ("token given, durably", give, REQUESTS // 25),
            ):
                seconds, busy = await _time(work, count)
                figures = f"{1 / seconds:,.0f}", f"{seconds * 1e6:,.0f}", f"{busy * 1e6:,.0f}"
                table.rows.append([what, *figures])
    return table


async def _time(work: Callable[[], Awaitable[None]], count: int) -> tuple[float, float]:
    """Return the seconds that one costs in the mean: that pass, and that the processor works."""
    await work()
    begin, busy = time.perf_counter(), time.process_time()
    for _ in range(count):
        await work()
    return (time.perf_counter() - begin) / count, (time.process_time() - busy) / count


async def _answer(api: GlobusInterface, request: Request) -> bytes:
    """Take a request through all steps that the server takes it through."""
    route = await api.route(request)
    caller = await api.authenticate(request, route)
    call = await api.parse(request, route, caller)
    await api.authorise(call)
    response = api.serialise(call, await api.run(call))
    assert isinstance(response.body, bytes)
    return response.body


def _form(token: str) -> bytes:
    return urlencode({"token": token, "include": "session_info,identity_set"}).encode()


def _introspection(body: bytes) -> Request:
    return Request("1", "POST", _INTROSPECT, _INTROSPECT, "", _HEADERS, BufferedBody(body))


async def _furnish(cloud: Cloud) -> tuple[Client, list[str]]:
    """Make people, and give a client tokens of theirs."""
    account_id = (await cloud.identities.first_account()).account_id
    new = NewClient(
        name="A service", account_id=account_id, client_id=_CLIENT, redirect_uris=("https://a/",)
    )
    client, _ = await cloud.oauth.clients.create(new, _SECRET)
    wanted = await cloud.oauth.scopes.resolve("openid email profile")
    users = [
        await cloud.identities.users.create(account_id, f"person-{number}")
        for number in range(PEOPLE)
    ]

    async def token_of(identity_id: str) -> str:
        allowed = Authorization(
            client_id=_CLIENT, identity_id=identity_id, wanted=wanted, redirect_uri="https://a/"
        )
        code = await cloud.oauth.allow(allowed)
        exchange = await cloud.oauth.exchanges.code(client, code, "https://a/", "")
        return exchange.tokens[0].access_token

    tokens: list[str] = []
    for _ in range(TOKENS_OF_PERSON):
        tokens += await asyncio.gather(*(token_of(user.identity_id) for user in users))
    return client, tokens
