"""The documents of groups and memberships, as the Groups API has them."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, get_args

from msgspec import UNSET, Struct, UnsetType

from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.primitives.groups import Membership, Policies, Role, SignupField, View
from lenticular.primitives.groups.records import MembersVisibility, Visibility

Document = dict[str, Any]

_SESSION_LIMIT = 28800
"""Seconds that the service says where a group says nothing."""

INCLUDABLE = frozenset(
    {"memberships", "my_memberships", "policies", "allowed_actions", "child_ids"}
)

FIELD_NAMES = frozenset({"first_name", "last_name", "organization", *get_args(SignupField)})


class PolicyChange(Struct, frozen=True):
    """What to change of a group's policies; what is left out, or null, stays."""

    is_high_assurance: bool | None = None
    authentication_assurance_timeout: int | UnsetType | None = UNSET
    group_visibility: Visibility | None = None
    group_members_visibility: MembersVisibility | None = None
    join_requests: bool | None = None
    signup_fields: tuple[SignupField, ...] | None = None


class NewGroupDocument(Struct, frozen=True):
    """A group to make."""

    name: str
    description: str | None = None
    terms_and_conditions: str | None = None
    parent_id: str | None = None
    policies: PolicyChange | None = None


class GroupChange(Struct, frozen=True):
    """What to change of a group; what is left out stays."""

    name: str | None = None
    description: str | UnsetType | None = UNSET
    terms_and_conditions: str | UnsetType | None = UNSET
    subscription_admin_verified_id: str | None = None


class VerifiedDocument(Struct, frozen=True):
    """Whose subscription vouches for a group; null: nobody's."""

    subscription_admin_verified_id: str | None = None


class ActionDocument(Struct, frozen=True):
    """One identity in a batch."""

    identity_id: str
    role: Role | None = None
    status_reason: str | None = None
    invite_email_address: str | None = None


def group_document(view: View, names: Mapping[str, str], include: Collection[str]) -> Document:
    """Describe a group; `names` are the usernames of its members, by identity."""
    group, policies = view.group, view.group.policies
    document: Document = {
        "id": group.group_id,
        "name": group.name,
        "description": group.description,
        "terms_and_conditions": group.terms_and_conditions,
        "parent_id": group.parent_id or None,
        "group_type": "regular",
        "enforce_session": policies.is_high_assurance,
        "session_limit": policies.authentication_assurance_timeout or _SESSION_LIMIT,
        "session_timeouts": {},
        "subscription_id": None,
        "subscription_info": None,
        "subscription_admin_verified_id": None,
        "policies": policies_document(policies),
        "my_memberships": [membership_document(one, names) for one in view.mine],
    }
    if "child_ids" in include:
        document["child_ids"] = view.child_ids
    if "allowed_actions" in include:
        document["allowed_actions"] = view.allowed
    if "memberships" in include:
        if view.memberships is None:
            raise GlobusError(403, "Who is in this group is not for you to see", "FORBIDDEN")
        document["memberships"] = [
            membership_document(one, names, view.fields.get(one.identity_id, {}))
            for one in view.memberships
        ]
    return document


def policies_document(policies: Policies) -> Document:
    """Describe a group's policies."""
    return {
        "is_high_assurance": policies.is_high_assurance,
        "authentication_assurance_timeout": policies.authentication_assurance_timeout,
        "group_visibility": policies.group_visibility,
        "group_members_visibility": policies.group_members_visibility,
        "join_requests": policies.join_requests,
        "signup_fields": list(policies.signup_fields),
    }


def membership_document(
    one: Membership, names: Mapping[str, str], fields: Mapping[str, str] | None = None
) -> Document:
    """Describe a membership."""
    document: Document = {
        "group_id": one.group_id,
        "identity_id": one.identity_id,
        "username": names.get(one.identity_id, one.identity_id),
        "role": one.role,
        "status": one.status,
        "status_reason": one.status_reason,
        "invite_email_address": one.invite_email_address,
        "updated": _iso(one.updated),
        "invite_time": _iso(one.invited),
        "membership_fields": dict(fields or {}),
    }
    if one.source_group_id:
        document["source_group_id"] = one.source_group_id
    return document


def changed_policies(policies: Policies, change: PolicyChange) -> Policies:
    """Return policies with what a document says of them."""
    timeout = change.authentication_assurance_timeout
    if isinstance(timeout, int) and timeout <= 0:
        raise GlobusError(400, "authentication_assurance_timeout is a number of seconds above 0")

    def chosen(new: Any, old: Any) -> Any:
        return old if new is None else new

    return Policies(
        is_high_assurance=chosen(change.is_high_assurance, policies.is_high_assurance),
        authentication_assurance_timeout=(
            policies.authentication_assurance_timeout if timeout is UNSET else timeout
        ),
        group_visibility=chosen(change.group_visibility, policies.group_visibility),
        group_members_visibility=chosen(
            change.group_members_visibility, policies.group_members_visibility
        ),
        join_requests=chosen(change.join_requests, policies.join_requests),
        signup_fields=chosen(change.signup_fields, policies.signup_fields),
    )


def _iso(milliseconds: int) -> str | None:
    if not milliseconds:
        return None
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
