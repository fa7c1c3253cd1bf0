"""Endpoints: collections, made, described, changed and deleted.

Transfer API, "Endpoints and Collections" and "Globus Connect Personal Management".
"""

from typing import Any

from msgspec import UNSET, Struct, UnsetType, convert
from msgspec.structs import asdict

from lenticular.apis.globus.transfer.calls import ALL, collection_id, parsed_id, person
from lenticular.apis.globus.transfer.documents import (
    Document,
    endpoint_document,
    narrowed,
    result,
    server_document,
    server_id,
)
from lenticular.apis.globus.transfer.moments import moment
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, operation
from lenticular.primitives.collections import (
    Collections,
    Details,
    EntryNotFound,
    InputInvalid,
    PauseRule,
    PermissionDenied,
    View,
)

Text = str | UnsetType | None
Flag = bool | UnsetType | None

_NO_SUBSCRIPTIONS = "This cloud has no subscriptions: its collections can do everything without"


class EndpointFields(Struct, frozen=True, kw_only=True):
    """What a document says of a collection, besides what only the server says."""

    display_name: str | UnsetType = UNSET
    description: Text = UNSET
    organization: Text = UNSET
    department: Text = UNSET
    keywords: str | list[str] | UnsetType | None = UNSET
    """Separated by commas."""
    contact_email: Text = UNSET
    contact_info: Text = UNSET
    info_link: Text = UNSET
    user_message: Text = UNSET
    user_message_link: Text = UNSET
    default_directory: Text = UNSET
    public: Flag = UNSET
    force_encryption: Flag = UNSET
    disable_verify: Flag = UNSET
    force_verify: Flag = UNSET
    guest_collection_activity_notification_policy: (
        dict[str, list[str] | None] | UnsetType | None
    ) = UNSET
    subscription_id: Text = UNSET
    subscription_admin_verified: Flag = UNSET

    def details(self) -> Details:
        """Return what is to be said of the collection. Raises `InputInvalid`, `GlobusError`."""
        if self.subscription_id or self.subscription_admin_verified:
            raise GlobusError(400, _NO_SUBSCRIPTIONS, "BadRequest")
        given = {name: value for name, value in asdict(self).items() if value is not UNSET}
        given.pop("subscription_id", None)
        given.pop("subscription_admin_verified", None)
        for name in ("public", "force_encryption", "disable_verify", "force_verify"):
            if name in given and given[name] is None:
                del given[name]
        if "keywords" in given:
            given["keywords"] = _keywords(given["keywords"])
        policy = given.pop("guest_collection_activity_notification_policy", UNSET)
        if policy is not UNSET:
            given["activity_notifications"] = _notifications(policy)
        return convert(given, Details)


class NewEndpoint(EndpointFields, frozen=True, kw_only=True):
    """A machine that is to have an agent."""

    is_globus_connect: bool | None = None


class NewSharedEndpoint(EndpointFields, frozen=True, kw_only=True):
    """A guest collection to make."""

    host_path: str
    host_endpoint: str = ""
    host_endpoint_id: str = ""


class EndpointOperations:
    """The operations on collections."""

    def __init__(self, collections: Collections) -> None:
        self._collections = collections

    @operation("GET", "/v0.10/endpoint/{endpoint_id}", scopes=(ALL,))
    async def get_endpoint(self, call: Call) -> Document:
        """Describe a collection."""
        view = await self._view(call)
        return narrowed(call, endpoint_document(view))

    @operation("POST", "/v0.10/endpoint", scopes=(ALL,), document=NewEndpoint, status=201)
    async def create_endpoint(self, call: Call) -> Document:
        """Make a mapped collection for a machine, and the setup key for the agent there."""
        new: NewEndpoint = call.document
        if not new.is_globus_connect:
            raise InputInvalid(
                "is_globus_connect is true here: an endpoint is a machine with an agent of its own"
            )
        made, key = await self._collections.create_enrolled(new.details(), person(call))
        return result(
            call,
            "Created",
            "Endpoint created successfully",
            "endpoint_create_result",
            id=made.collection_id,
            globus_connect_setup_key=key,
        )

    @operation("POST", "/v0.10/endpoint/{endpoint_id}/setup_key", scopes=(ALL,))
    async def create_setup_key(self, call: Call) -> Document:
        """Make a new setup key for a machine's collection: this cloud's own operation."""
        key = await self._collections.new_setup_key(collection_id(call), person(call))
        return result(
            call,
            "Created",
            "Setup key created successfully",
            "setup_key_result",
            globus_connect_setup_key=key,
        )

    @operation(
        "POST", "/v0.10/shared_endpoint", scopes=(ALL,), document=NewSharedEndpoint, status=201
    )
    async def create_shared_endpoint(self, call: Call) -> Document:
        """Make a guest collection."""
        new: NewSharedEndpoint = call.document
        host_id = parsed_id(new.host_endpoint_id or new.host_endpoint)
        made = await self._collections.create_guest(
            host_id, new.host_path, new.details(), person(call)
        )
        return result(
            call,
            "Created",
            "Shared endpoint created successfully",
            "endpoint_create_result",
            id=made.collection_id,
            globus_connect_setup_key=None,
        )

    @operation("PUT", "/v0.10/endpoint/{endpoint_id}", scopes=(ALL,), document=EndpointFields)
    async def update_endpoint(self, call: Call) -> Document:
        """Change what is said of a collection."""
        fields: EndpointFields = call.document
        await self._collections.change(collection_id(call), fields.details(), person(call))
        return result(call, "Updated", "Endpoint updated successfully")

    @operation("DELETE", "/v0.10/endpoint/{endpoint_id}", scopes=(ALL,))
    async def delete_endpoint(self, call: Call) -> Document:
        """Delete a collection, and the guest collections on it; no file is touched."""
        await self._collections.delete(collection_id(call), person(call))
        return result(call, "Deleted", "Endpoint deleted successfully")

    @operation("PUT", "/v0.10/endpoint/{endpoint_id}/subscription", scopes=(ALL,), document=Any)
    async def set_subscription_id(self, call: Call) -> Document:
        """Take a collection from no subscription: there are none to put it under."""
        return await self._without_subscription(call, "subscription_id")

    @operation(
        "PUT",
        "/v0.10/endpoint/{endpoint_id}/subscription_admin_verified",
        scopes=(ALL,),
        document=Any,
    )
    async def set_subscription_admin_verified(self, call: Call) -> Document:
        """Say of a collection that no subscription's administrator vouches for it."""
        return await self._without_subscription(call, "subscription_admin_verified")

    async def _without_subscription(self, call: Call, name: str) -> Document:
        fields = call.document if isinstance(call.document, dict) else {}
        view = await self._view(call)
        if "administrator" not in view.roles:
            raise PermissionDenied("To change a collection needs the role administrator on it")
        if fields.get(name):
            raise GlobusError(400, _NO_SUBSCRIPTIONS, "BadRequest")
        return result(call, "Updated", "Endpoint updated successfully")

    @operation("GET", "/v0.10/endpoint/{endpoint_id}/server_list", scopes=(ALL,))
    async def get_endpoint_server_list(self, call: Call) -> Document:
        """Describe the servers of a collection: it has one."""
        view = await self._view(call)
        return {
            "DATA_TYPE": "endpoint_server_list",
            "endpoint": view.collection.collection_id,
            "DATA": [server_document(view)],
        }

    @operation("GET", "/v0.10/endpoint/{endpoint_id}/server/{server_id}", scopes=(ALL,))
    async def get_endpoint_server(self, call: Call) -> Document:
        """Describe one server of a collection."""
        view = await self._view(call)
        wanted = call.arguments["server_id"]
        if wanted != str(server_id(view.collection)):
            raise EntryNotFound(f"The collection has no server {wanted[:100]!r}")
        return server_document(view)

    @operation("GET", "/v0.10/endpoint/{endpoint_id}/my_effective_pause_rule_list", scopes=(ALL,))
    async def get_my_effective_pause_rule_list(self, call: Call) -> Document:
        """Tell what whoever calls cannot do on a collection for now, and why."""
        rules = await self._collections.pauses(collection_id(call), person(call))
        documents = [_pause_document(rule) for rule in rules]
        return {
            "DATA_TYPE": "pause_rule_limited_list",
            "length": len(documents),
            "DATA": documents,
        }

    async def _view(self, call: Call) -> View:
        return await self._collections.get(collection_id(call), person(call))


def _pause_document(rule: PauseRule) -> Document:
    flags = {name: value for name, value in asdict(rule).items() if name.startswith("pause_")}
    return {
        "DATA_TYPE": "pause_rule_limited",
        "id": rule.rule_id,
        "message": rule.message,
        "start_time": None,
        "endpoint_id": rule.collection_id,
        "identity_id": rule.identity_id or None,
        "modified_time": moment(rule.modified),
        **flags,
    }


def _keywords(given: str | list[str] | None) -> tuple[str, ...]:
    words = given.split(",") if isinstance(given, str) else given or []
    return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


def _notifications(policy: dict[str, list[str] | None] | None) -> dict[str, list[str]] | None:
    """Return of which tasks an owner is told; None: as it is by default."""
    return None if policy is None else {name: values or [] for name, values in policy.items()}
