"""Managed policies: each stands by itself, has versions, and is attached to any number."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping

from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.identities.errors import (
    EntityExists,
    EntityInUse,
    EntityNotFound,
    QuotaExceeded,
)
from lenticular.primitives.identities.policy_records import (
    ATTACHED_TO,
    AWS,
    BOUNDARY_OF,
    POLICY,
    POLICY_NAMED,
    PREFIX,
    VERSION,
    ManagedPolicy,
    PolicyVersion,
)
from lenticular.primitives.identities.quotas import count
from lenticular.primitives.identities.records import decode, encode, present, unique_id
from lenticular.primitives.identities.store import IdentityStore
from lenticular.primitives.policies import documents
from lenticular.primitives.policies.managed import CREATED, MANAGED

POLICY_SIZE = 6_144
"""Characters of a document, white space not counted."""

VERSIONS = 5
"""A policy has at most so many at a time."""

QUOTA = "PoliciesPerAccount"

_ARN = re.compile(r"arn:aws:iam::(aws|[0-9]{12}):policy(?:/.*)?/([^/]+)")


class TooManyVersions(QuotaExceeded):
    """A version must be deleted before another one is made."""

    def __init__(self) -> None:
        super().__init__("VersionsPerPolicy", VERSIONS)
        self.args = (
            f"A managed policy can have up to {VERSIONS} versions. Before you create a new "
            f"version, you must delete an existing version.",
        )


def size(document: str) -> int:
    """Return what IAM counts of a document: its characters without white space."""
    return sum(map(len, document.split()))


def managed_policy(reader: Reader, account_id: str, arn: str) -> ManagedPolicy:
    """Return a policy that an account has or AWS manages. Raises `EntityNotFound`."""
    if arn in MANAGED:
        return _aws_policy(arn)
    match = _ARN.fullmatch(arn)
    if match and match[1] == account_id:
        known = reader.get(POLICY_NAMED.pack(account_id, match[2].lower()))
        if known is not None:
            policy = _policy_at(reader, account_id, known.decode())
            if policy.arn == arn:
                return policy
    raise EntityNotFound(f"Policy {arn} was not found.")


def aws_policies() -> list[ManagedPolicy]:
    """Return the policies that AWS manages, by name."""
    return sorted(map(_aws_policy, MANAGED), key=lambda policy: policy.name.lower())


def version_of(reader: Reader, policy: ManagedPolicy, number: int) -> PolicyVersion:
    """Return a version of a policy. Raises `EntityNotFound`."""
    if policy.account_id == AWS and number == policy.default:
        return PolicyVersion(number, MANAGED[policy.arn].document, policy.created)
    raw = reader.get(VERSION.pack(policy.account_id, policy.id, number))
    if raw is None:
        raise EntityNotFound(
            f"Policy {policy.arn} version v{number} does not exist or is not attachable."
        )
    return decode(raw, PolicyVersion)


def versions_of(reader: Reader, policy: ManagedPolicy) -> list[PolicyVersion]:
    """Return the versions of a policy, the latest first."""
    if policy.account_id == AWS:
        return [version_of(reader, policy, policy.default)]
    start, stop = VERSION.range(policy.account_id, policy.id)
    return [decode(raw, PolicyVersion) for _, raw in reader.range(start, stop, reverse=True)]


def usage_of(reader: Reader, account_id: str, arn: str) -> tuple[int, int]:
    """Return how many entities have a policy attached, and how many as their boundary."""
    attached, bounding = ATTACHED_TO.range(account_id, arn), BOUNDARY_OF.range(account_id, arn)
    return len(reader.range(*attached)), len(reader.range(*bounding))


def _aws_policy(arn: str) -> ManagedPolicy:
    known = MANAGED[arn]
    digest = base64.b32encode(hashlib.sha256(arn.encode()).digest()).decode()
    return ManagedPolicy(
        AWS, known.name, known.path, PREFIX + digest[:17], CREATED, CREATED, known.description
    )


def _policy_at(reader: Reader, account_id: str, policy_id: str) -> ManagedPolicy:
    return decode(present(reader.get(POLICY.pack(account_id, policy_id))), ManagedPolicy)


def _listed(reader: Reader, account_id: str) -> Iterator[ManagedPolicy]:
    for _, policy_id in reader.range(*POLICY_NAMED.range(account_id)):
        yield _policy_at(reader, account_id, policy_id.decode())


def _check(document: str, arn: str) -> None:
    """Raise `PolicyMalformed` or `QuotaExceeded` for what cannot be a managed policy."""
    documents.parse(document, arn, "identity")
    if size(document) > POLICY_SIZE:
        raise QuotaExceeded("PolicySize", POLICY_SIZE)


def _put(tx: Transaction, policy: ManagedPolicy) -> None:
    tx.set(POLICY.pack(policy.account_id, policy.id), encode(policy))


def _put_version(tx: Transaction, policy: ManagedPolicy, document: str, now: int) -> PolicyVersion:
    made = PolicyVersion(policy.last, document, now)
    tx.set(VERSION.pack(policy.account_id, policy.id, made.number), encode(made))
    return made


class ManagedPolicies:
    """The managed policies of every account, and those of AWS."""

    def __init__(self, store: IdentityStore) -> None:
        self._store = store

    async def create(
        self,
        account_id: str,
        name: str,
        document: str,
        *,
        path: str = "/",
        description: str = "",
        tags: Mapping[str, str] | None = None,
    ) -> ManagedPolicy:
        """Make a policy with its first version.

        Raises `PolicyMalformed`, `EntityExists` and `QuotaExceeded`.
        """
        now = self._store.now()
        policy = ManagedPolicy(
            account_id,
            name,
            path,
            unique_id(PREFIX),
            now,
            now,
            description,
            tags=dict(tags or {}),
        )
        _check(document, policy.arn)

        def create(tx: Transaction) -> None:
            named = POLICY_NAMED.pack(account_id, name.lower())
            if tx.get(named) is not None:
                raise EntityExists(
                    f"A policy called {name} already exists. Duplicate names are not allowed."
                )
            count(tx, account_id, QUOTA, 1)
            tx.set(named, policy.id.encode())
            _put(tx, policy)
            _put_version(tx, policy, document, now)

        await self._store.change(create)
        return policy

    async def get(self, account_id: str, arn: str) -> ManagedPolicy:
        """Return a policy. Raises `EntityNotFound`."""
        return await self._store.read(lambda reader: managed_policy(reader, account_id, arn))

    async def of_account(self, account_id: str) -> list[ManagedPolicy]:
        """Return the policies of an account by name; those of AWS are `aws_policies`."""
        return await self._store.read(lambda reader: list(_listed(reader, account_id)))

    async def delete(self, account_id: str, arn: str) -> None:
        """Delete a policy that nothing uses and that has no other version.

        Raises `EntityNotFound` and `EntityInUse`.
        """

        def delete(tx: Transaction) -> None:
            policy = managed_policy(tx, account_id, arn)
            if any(usage_of(tx, account_id, arn)):
                raise EntityInUse("Cannot delete a policy attached to entities.")
            if len(versions_of(tx, policy)) > 1:
                raise EntityInUse(
                    "This policy has more than one version. Before you delete a policy, you must "
                    "delete the policy's versions. The default version is deleted with the policy."
                )
            tx.delete_range(*VERSION.range(account_id, policy.id))
            tx.delete(POLICY_NAMED.pack(account_id, policy.name.lower()))
            tx.delete(POLICY.pack(account_id, policy.id))
            count(tx, account_id, QUOTA, -1)

        await self._store.change(delete)

    async def version(self, account_id: str, arn: str, number: int) -> PolicyVersion:
        """Return a version of a policy. Raises `EntityNotFound`."""
        return await self._store.read(
            lambda reader: version_of(reader, managed_policy(reader, account_id, arn), number)
        )

    async def versions(self, account_id: str, arn: str) -> list[PolicyVersion]:
        """Return the versions of a policy, the latest first. Raises `EntityNotFound`."""
        return await self._store.read(
            lambda reader: versions_of(reader, managed_policy(reader, account_id, arn))
        )

    async def add_version(
        self, account_id: str, arn: str, document: str, *, default: bool
    ) -> PolicyVersion:
        """Give a policy another version; `default` lets it count from now on.

        Raises `PolicyMalformed`, `EntityNotFound` and `QuotaExceeded`.
        """
        _check(document, arn)
        now = self._store.now()

        def add_version(tx: Transaction) -> PolicyVersion:
            policy = managed_policy(tx, account_id, arn)
            if len(versions_of(tx, policy)) >= VERSIONS:
                raise TooManyVersions
            last = policy.last + 1
            policy = replace(
                policy, last=last, updated=now, default=last if default else policy.default
            )
            _put(tx, policy)
            return _put_version(tx, policy, document, now)

        return await self._store.change(add_version)

    async def set_default(self, account_id: str, arn: str, number: int) -> None:
        """Let another version of a policy count. Raises `EntityNotFound`."""

        def set_default(tx: Transaction) -> None:
            policy = managed_policy(tx, account_id, arn)
            version_of(tx, policy, number)
            _put(tx, replace(policy, default=number))

        await self._store.change(set_default)

    async def delete_version(self, account_id: str, arn: str, number: int) -> None:
        """Delete a version that does not count. Raises `EntityNotFound` and `EntityInUse`."""

        def delete_version(tx: Transaction) -> None:
            policy = managed_policy(tx, account_id, arn)
            version_of(tx, policy, number)
            if number == policy.default:
                raise EntityInUse("Cannot delete the default version of a policy.")
            tx.delete(VERSION.pack(account_id, policy.id, number))

        await self._store.change(delete_version)

    async def alter(
        self, account_id: str, arn: str, change: Callable[[ManagedPolicy], ManagedPolicy]
    ) -> ManagedPolicy:
        """Change what a policy has, other than its versions. Raises `EntityNotFound`."""

        def alter(tx: Transaction) -> ManagedPolicy:
            changed = change(managed_policy(tx, account_id, arn))
            _put(tx, changed)
            return changed

        return await self._store.change(alter)
