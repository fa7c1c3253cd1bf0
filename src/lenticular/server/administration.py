"""Local administration: what the owner of the data folder may do without a signature.

Served over HTTP on a Unix socket in the data folder that only its owner can open; that is
the authentication. The command line uses the same operations without a server through
`open_offline`.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from msgspec import Struct

from lenticular.apis.http import Request, Response
from lenticular.engines.blobs.contract import BlobCorrupt, BlobNotFound
from lenticular.primitives.identities import AccountNameInvalid, AccountTaken
from lenticular.primitives.vault import VaultError
from lenticular.server.configuration import Configuration
from lenticular.server.wiring import Cloud, MasterKeyError, open_cloud

REFUSALS = (AccountTaken, AccountNameInvalid, MasterKeyError, VaultError)
"""What opening a cloud or an operation on it raises with a message meant for its owner."""

_LARGEST_REQUEST = 64 * 1024


class RootCredentials(Struct, frozen=True):
    """An account, the access key of its root identity, and the region it works in."""

    account_id: str
    canonical_id: str
    access_key_id: str
    secret_access_key: str
    region: str


class ScrubProgress(Struct, frozen=True):
    """One step of a scrub."""

    checked: int
    total: int
    problem: str | None = None
    """What is wrong with what was just checked."""


class _NewAccount(Struct, frozen=True, forbid_unknown_fields=True):
    name: str


class Administration:
    """What the owner of the data folder may do."""

    def __init__(self, cloud: Cloud, region: str) -> None:
        self._cloud = cloud
        self._region = region

    async def credentials(self) -> RootCredentials:
        """Return the credentials of the account that the cloud started with."""
        found = await self._cloud.identities.first_account()
        return RootCredentials(**msgspec.structs.asdict(found), region=self._region)

    async def create_account(self, name: str) -> RootCredentials:
        """Create an account. Raises `AccountTaken` or `AccountNameInvalid`."""
        made = await self._cloud.identities.create_account(name)
        return RootCredentials(**msgspec.structs.asdict(made), region=self._region)

    async def scrub(self) -> AsyncGenerator[ScrubProgress, None]:
        """Check the database, then read every blob against its checksum."""
        problems = await self._cloud.check_store()
        blobs = [entry.id async for entry in self._cloud.blobs.list()]
        total = 1 + len(blobs)
        yield ScrubProgress(1, total, "; ".join(problems) or None)
        for checked, blob_id in enumerate(blobs, start=2):
            problem = None
            try:
                await self._cloud.blobs.verify(blob_id)
            except BlobCorrupt as error:
                problem = str(error)
            except BlobNotFound:
                pass  # deleted since it was listed
            yield ScrubProgress(checked, total, problem)

    # The same over HTTP.

    async def handle(self, request: Request) -> Response:
        """Answer one request on the socket."""
        try:
            match request.method, request.path:
                case "GET", "/credentials":
                    return _json(await self.credentials())
                case "POST", "/accounts":
                    body = await request.body.read(_LARGEST_REQUEST)
                    wanted = msgspec.json.decode(body, type=_NewAccount)
                    return _json(await self.create_account(wanted.name))
                case "POST", "/scrub":
                    return Response(
                        200, [("Content-Type", "application/x-ndjson")], _lines(self.scrub())
                    )
        except AccountTaken as error:
            return _problem(409, str(error))
        except (AccountNameInvalid, msgspec.DecodeError) as error:
            return _problem(400, str(error))
        return _problem(404, f"there is no {request.method} {request.path} here")


def _json(document: object) -> Response:
    return Response(200, [("Content-Type", "application/json")], msgspec.json.encode(document))


def _problem(status: int, message: str) -> Response:
    body = msgspec.json.encode({"message": message})
    return Response(status, [("Content-Type", "application/json")], body)


async def _lines(steps: AsyncIterator[ScrubProgress]) -> AsyncIterator[bytes]:
    async for step in steps:
        yield msgspec.json.encode(step) + b"\n"


@asynccontextmanager
async def open_offline(configuration: Configuration) -> AsyncIterator[Administration]:
    """Open a data folder that no server has, for administration only."""
    async with open_cloud(configuration) as cloud:
        yield Administration(cloud, configuration.region)
