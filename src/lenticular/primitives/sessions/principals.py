"""Who a session is when it makes a request: composed anew of what its rights come from.

Nothing of a role or a user is copied into its sessions. What is changed there counts for
them too, and with it they end.
"""

from dataclasses import replace as changed
from datetime import UTC, datetime
from functools import lru_cache

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.identities import ROLES, USERS, EntityNotFound, Identities, Role
from lenticular.primitives.identities.policies import compiled
from lenticular.primitives.policies.authority import Authority
from lenticular.primitives.policies.documents import Policy, parse
from lenticular.primitives.principals import Principal
from lenticular.primitives.sessions.limits import limiting_policy
from lenticular.primitives.sessions.records import Session

Keys = dict[str, str | tuple[str, ...]]


def assumed_role_arn(role: Role, session_name: str) -> str:
    """Return the ARN of a session of a role."""
    return f"arn:aws:sts::{role.account_id}:assumed-role/{role.name}/{session_name}"


def federated_arn(account_id: str, name: str) -> str:
    """Return the ARN of somebody whom a user of an account vouches for."""
    return f"arn:aws:sts::{account_id}:federated-user/{name}"


def tag_keys(tags: dict[str, str]) -> Keys:
    """Return the condition keys of a principal's tags."""
    return {f"aws:principaltag/{name.lower()}": value for name, value in tags.items()}


class SessionPrincipals:
    """Makes principals of sessions."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    def of(self, reader: Reader, session: Session, now: float) -> Principal | None:
        """Return who a session is at `now` (seconds since the epoch).

        None when the role or the user that it had its rights from is no more, or a managed
        policy that was to limit it.
        """
        try:
            base = self._base(reader, session)
            policies = _policies(reader, session)
        except (EntityNotFound, LookupError):
            return None
        authority = _limited(base.authority, policies) if policies else base.authority
        keys = dict(base.keys) | tag_keys(dict(session.tags)) | _session_keys(session, now)
        return replace(base, authority=authority, keys=keys)

    def _base(self, reader: Reader, session: Session) -> Principal:
        """Return whom the rights come from, by the session's name."""
        if session.kind == "role":
            return self._in_role(reader, session)
        account_id, key_id = session.account_id, session.access_key_id
        if session.principal_id == account_id:
            base = self._identities.root_principal(reader, account_id, key_id)
        else:
            user = USERS.at(reader, account_id, session.principal_id)
            base = self._identities.user_principal(reader, account_id, user.name, key_id)
        if session.kind != "federated":
            return base
        tags = {name: base.keys[name] for name in base.keys if name.startswith(_TAG)}
        return replace(
            base,
            arn=federated_arn(account_id, session.session_name),
            user_id=f"{account_id}:{session.session_name}",
            kind="federated",
            issuer_arn=base.arn,
            issuer_id=base.user_id,
            identity_id="",  # whoever it is, it is not the person who vouches
            keys=tags,
        )

    def _in_role(self, reader: Reader, session: Session) -> Principal:
        role = ROLES.at(reader, session.account_id, session.principal_id)
        root = self._identities.root_principal(reader, role.account_id, session.access_key_id)
        return replace(
            root,
            arn=assumed_role_arn(role, session.session_name),
            user_id=f"{role.id}:{session.session_name}",
            kind="role",
            authority=self._identities.role_authority(reader, role.account_id, role.name),
            issuer_arn=role.arn,
            issuer_id=role.id,
            keys=tag_keys(role.tags),
        )


_TAG = "aws:principaltag/"

_parse = lru_cache(maxsize=10_000)(parse)


@lru_cache(maxsize=10_000)
def _limited(authority: Authority, session: tuple[Policy, ...]) -> Authority:
    """Return an authority within session policies; the same one each time, for it remembers."""
    return changed(authority, session=session)


def _policies(reader: Reader, session: Session) -> tuple[Policy, ...] | None:
    """Return what limits a session; None: nothing does. Raises `EntityNotFound`."""
    found = [compiled(reader, session.account_id, arn) for arn in session.policy_arns]
    if session.policy:
        found.append(_parse(session.policy, "the session policy", "session"))
    if session.limits:
        found.append(limiting_policy(session.limits, bool(session.mfa_time)))
    return tuple(found) or None


def _session_keys(session: Session, now: float) -> Keys:
    keys: Keys = dict(session.claims)
    keys["aws:tokenissuetime"] = _iso(session.begun)
    keys["aws:multifactorauthpresent"] = "true" if session.mfa_time else "false"
    if session.mfa_time:
        keys["aws:multifactorauthage"] = str(max(0, int(now - session.mfa_time / 1000)))
    if session.source_identity:
        keys["aws:sourceidentity"] = session.source_identity
    if session.provider:
        keys["aws:federatedprovider"] = session.provider
    return keys


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
