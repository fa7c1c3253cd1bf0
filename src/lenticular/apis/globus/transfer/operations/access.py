"""Access rules of guest collections.

Transfer API, "Guest Collection Permission Management".
"""

from datetime import UTC, datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from lenticular.apis.globus.transfer.calls import ALL, collection_id, person
from lenticular.apis.globus.transfer.documents import Document, narrowed, result
from lenticular.apis.globus.transfer.moments import moment
from lenticular.apis.globus.wire.service import Call, operation
from lenticular.primitives.collections import (
    AccessList,
    AccessRule,
    Collections,
    InputInvalid,
    NewRule,
    PrincipalType,
    Role,
)


class NewAccess(Struct, frozen=True, kw_only=True):
    """A rule to make."""

    principal_type: PrincipalType
    principal: str | None = None
    path: str
    permissions: Literal["r", "rw"]
    notify_email: str | None = None
    notify_message: str | None = None
    expiration_date: str | None = None


class AccessChange(Struct, frozen=True, kw_only=True):
    """What to change of a rule; the rest of it stays as it was made."""

    permissions: Literal["r", "rw"] | None = None
    expiration_date: str | UnsetType | None = UNSET
    """Null: it expires no more."""
    path: str | None = None
    principal: str | None = None
    principal_type: str | None = None


class AccessOperations:
    """The operations on access rules."""

    def __init__(self, collections: Collections) -> None:
        self._rules = collections.rules

    @operation("GET", "/v0.10/endpoint/{endpoint_id}/access_list", scopes=(ALL,))
    async def get_access_list(self, call: Call) -> Document:
        """Return all rules, and the roles that give access to everything."""
        found = await self._rules.of(collection_id(call), person(call))
        return narrowed(call, access_list_document(found))

    @operation(
        "POST",
        "/v0.10/endpoint/{endpoint_id}/access",
        scopes=(ALL,),
        document=NewAccess,
        status=201,
    )
    async def create_access(self, call: Call) -> Document:
        """Give somebody access to a folder."""
        new: NewAccess = call.document
        rule = NewRule(
            principal_type=new.principal_type,
            principal=new.principal or "",
            path=new.path,
            permission=new.permissions,
            expires=_expiry(new.expiration_date) if new.expiration_date else 0,
            notify_email=new.notify_email or None,
            notify_message=new.notify_message or "",
        )
        made = await self._rules.create(collection_id(call), rule, person(call))
        return result(
            call,
            "Created",
            "Access rule created successfully.",
            "access_create_result",
            access_id=made.rule_id,
        )

    @operation("GET", "/v0.10/endpoint/{endpoint_id}/access/{rule_id}", scopes=(ALL,))
    async def get_access(self, call: Call) -> Document:
        """Return a rule."""
        rule_id = call.arguments["rule_id"]
        found = await self._rules.get(collection_id(call), rule_id, person(call))
        return narrowed(call, _document(found))

    @operation(
        "PUT",
        "/v0.10/endpoint/{endpoint_id}/access/{rule_id}",
        scopes=(ALL,),
        document=AccessChange,
    )
    async def update_access(self, call: Call) -> Document:
        """Change what a rule lets do, or until when."""
        change: AccessChange = call.document
        rule_id, asking = call.arguments["rule_id"], person(call)
        rule = await self._rules.get(collection_id(call), rule_id, asking)
        _check_rest(rule, change)
        expires: int | UnsetType = UNSET
        if change.expiration_date is not UNSET:
            text = change.expiration_date
            expires = _expiry(text) if text else 0
        await self._rules.change(
            collection_id(call), rule_id, asking, permission=change.permissions, expires=expires
        )
        return result(call, "Updated", f"Access rule '{rule_id}' permissions updated successfully")

    @operation("DELETE", "/v0.10/endpoint/{endpoint_id}/access/{rule_id}", scopes=(ALL,))
    async def delete_access(self, call: Call) -> Document:
        """Take a rule away."""
        rule_id = call.arguments["rule_id"]
        await self._rules.delete(collection_id(call), rule_id, person(call))
        return result(call, "Deleted", f"Access rule '{rule_id}' deleted successfully")


def access_list_document(found: AccessList) -> Document:
    """Say who has access to a guest collection."""
    documents = [_role_document(one) for one in found.roles]
    documents += [_document(rule) for rule in found.rules]
    return {
        "DATA_TYPE": "access_list",
        "endpoint": found.collection.collection_id,
        "length": len(documents),
        "DATA": documents,
    }


def _expiry(text: str) -> int:
    """Return the milliseconds since the epoch of a time in ISO 8601; without a zone it is UTC.

    Raises `InputInvalid`.
    """
    try:
        parsed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise InputInvalid(
            f"expiration_date is a time like 2030-12-31T23:59:59+00:00, not {text[:100]!r}"
        ) from None
    # The epoch itself is long past like all before it, where 0 would say "never".
    return int(parsed.replace(tzinfo=parsed.tzinfo or UTC).timestamp() * 1000) or -1


def _check_rest(rule: AccessRule, change: AccessChange) -> None:
    """Refuse to change whom and what a rule is for: that would be another rule."""
    for name in ("path", "principal", "principal_type"):
        given = getattr(change, name)
        if given is not None and given != getattr(rule, name):
            raise InputInvalid(f"{name} of a rule cannot be changed: make another rule")


def _document(rule: AccessRule) -> Document:
    return {
        "DATA_TYPE": "access",
        "id": rule.rule_id,
        "principal_type": rule.principal_type,
        "principal": rule.principal,
        "path": rule.path,
        "permissions": rule.permission,
        "role_id": None,
        "role_type": None,
        "create_time": moment(rule.created),
        "expiration_date": moment(rule.expires),
    }


def _role_document(role: Role) -> Document:
    return {
        "DATA_TYPE": "access",
        "id": None,
        "principal_type": role.principal_type,
        "principal": role.principal,
        "path": "/",
        "permissions": "rw",
        "role_id": role.role_id,
        "role_type": role.role,
        "create_time": moment(role.created),
        "expiration_date": None,
    }
