"""Local administration: what the owner of the data folder may do without a signature.

Served over HTTP on a Unix socket in the data folder that only its owner can open; that is
the authentication: ``POST /NAME`` with the message as JSON. The command line uses the same
operations without a server through `open_offline`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from msgspec import Struct

from lenticular.apis.http import BodyTooLarge, Request, Response
from lenticular.engines.blobs.contract import BlobStoreUnavailable
from lenticular.engines.kv.contract import StoreFailed
from lenticular.primitives.budgets.errors import BudgetsError
from lenticular.primitives.collections import CollectionError
from lenticular.primitives.identities import IdentityError
from lenticular.primitives.meters import PriceListError
from lenticular.primitives.notices import NoticeNotFound
from lenticular.primitives.oauth import OAuthError
from lenticular.primitives.objects.errors import BucketNotFound
from lenticular.primitives.people import PeopleError
from lenticular.primitives.publications import PublicationError
from lenticular.primitives.vault import VaultError
from lenticular.server.administration import (
    accounts,
    auditing,
    authorization,
    budgets,
    collections,
    datasets,
    encryption,
    events,
    metrics,
    notices,
    people,
    policies,
    quotas,
    scrubbing,
    usage,
    users,
)
from lenticular.server.administration.contract import Operation, Site, message_type
from lenticular.server.blobstore import BlobStoreError
from lenticular.server.configuration import Configuration
from lenticular.server.keyvaluestore import StoreError
from lenticular.server.masterkey import MasterKeyError
from lenticular.server.migration.journal import MigrationError
from lenticular.server.restoring import RestorationUnfinished
from lenticular.server.wiring import open_cloud

OPERATIONS: dict[str, Operation] = {
    "accounts.create": accounts.create,
    "accounts.credentials": accounts.credentials,
    "audit.show": auditing.show,
    "audit.verify": auditing.verify,
    "events.show": events.show,
    "metrics.show": metrics.show,
    "keys.list": encryption.list_keys,
    "keys.rotate": encryption.rotate,
    "quotas.set": quotas.set_limit,
    "quotas.show": quotas.show,
    "auth.clients.create": authorization.create_client,
    "auth.clients.delete": authorization.delete_client,
    "auth.clients.list": authorization.list_clients,
    "auth.scopes.create": authorization.create_scope,
    "auth.scopes.list": authorization.list_scopes,
    "budgets.create": budgets.create,
    "budgets.delete": budgets.delete,
    "budgets.list": budgets.list_budgets,
    "budgets.show": budgets.show,
    "collections.create": collections.create,
    "collections.create-bucket": collections.create_bucket,
    "collections.create-sftp": collections.create_sftp,
    "collections.create-store": collections.create_store,
    "collections.create-web": collections.create_web,
    "collections.delete": collections.delete,
    "collections.list": collections.list_collections,
    "collections.setup-key": collections.new_setup_key,
    "collections.show": collections.show,
    "datasets.export": datasets.export,
    "datasets.list": datasets.list_datasets,
    "datasets.publish": datasets.publish,
    "datasets.show": datasets.show,
    "datasets.withdraw": datasets.withdraw,
    "notices.list": notices.list_notices,
    "notices.retry": notices.retry,
    "notices.show": notices.show,
    "people.identities": people.list_identities,
    "people.invitation": people.invitation,
    "people.link": people.link,
    "people.unlink": people.unlink,
    "policies.explain": policies.explain_access,
    "prices.show": usage.prices,
    "prices.write": usage.write_prices,
    "providers.create": people.create_provider,
    "providers.delete": people.delete_provider,
    "providers.list": people.list_providers,
    "scrub": scrubbing.scrub,
    "usage.show": usage.show,
    "users.create": users.create,
    "users.list": users.list_users,
    "users.password": users.set_password,
}
"""What can be done, by name."""

REFUSALS: tuple[type[Exception], ...] = (
    BlobStoreError,
    BlobStoreUnavailable,
    BodyTooLarge,
    BucketNotFound,
    BudgetsError,
    CollectionError,
    IdentityError,
    MasterKeyError,
    MigrationError,
    NoticeNotFound,
    OAuthError,
    PeopleError,
    PriceListError,
    PublicationError,
    StoreError,
    StoreFailed,
    RestorationUnfinished,
    VaultError,
    msgspec.DecodeError,
)
"""What opening a cloud or an operation on it raises with a message meant for its owner."""

_LARGEST_MESSAGE = 1024 * 1024

Answer = Struct | list[Any] | AsyncIterator[Struct]


async def perform(site: Site, name: str, message: bytes) -> Answer:
    """Carry out the operation `name`: its answer, or the steps of one that takes long.

    Raises LookupError when there is no such operation, `msgspec.DecodeError` for a message
    that is not the operation's own, and what the operation raises.
    """
    if name not in OPERATIONS:
        raise LookupError(f"there is no operation {name} here")
    operation = OPERATIONS[name]
    wanted = msgspec.json.decode(message, type=message_type(operation))
    answer = operation(site, wanted)
    if isinstance(answer, AsyncIterator):
        return _recorded(site, name, wanted, answer)
    try:
        done = await answer
    except Exception as error:
        await auditing.record(site, name, wanted, error)
        raise
    await auditing.record(site, name, wanted)
    return done


async def _recorded(
    site: Site, name: str, wanted: Struct, steps: AsyncIterator[Struct]
) -> AsyncIterator[Struct]:
    async for step in steps:
        yield step
    await auditing.record(site, name, wanted)


def serve(site: Site) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers the requests on the socket."""

    async def handle(request: Request) -> Response:
        if request.method != "POST":
            return _problem(405, f"operations are posted, and this is {request.method}")
        try:
            message = await request.body.read(_LARGEST_MESSAGE)
            answer = await perform(site, request.path[1:], message or b"{}")
        except LookupError as error:
            return _problem(404, str(error))
        except REFUSALS as error:
            return _problem(400, str(error))
        if isinstance(answer, AsyncIterator):
            return Response(200, [("Content-Type", "application/x-ndjson")], _lines(answer))
        body = msgspec.json.encode(answer)
        return Response(200, [("Content-Type", "application/json")], body)

    return handle


def _problem(status: int, message: str) -> Response:
    body = msgspec.json.encode({"message": message})
    return Response(status, [("Content-Type", "application/json")], body)


async def _lines(steps: AsyncIterator[Struct]) -> AsyncIterator[bytes]:
    async for step in steps:
        yield msgspec.json.encode(step) + b"\n"


@asynccontextmanager
async def open_offline(configuration: Configuration) -> AsyncIterator[Site]:
    """Open a data folder that no server has, for administration only."""
    async with open_cloud(configuration) as cloud:
        yield Site(cloud, configuration)
