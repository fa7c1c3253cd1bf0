"""Buckets: one namespace of names for the whole cloud, each bucket owned by an account."""

import os
import time
from collections.abc import Callable
from functools import lru_cache

from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import after
from lenticular.primitives.access import AccessDenied, Grants
from lenticular.primitives.contents import Contents
from lenticular.primitives.identities.bindings import bind, shown
from lenticular.primitives.meters import Holder, Holders, levels, spender
from lenticular.primitives.objects.account_blocks import account_block
from lenticular.primitives.objects.errors import (
    BucketNotEmpty,
    BucketNotFound,
    BucketOwned,
    BucketTaken,
)
from lenticular.primitives.objects.holdings import holder
from lenticular.primitives.objects.keys import BUCKET, CURRENT, OLDER, OWNED, SETTING
from lenticular.primitives.objects.parts import drop_uploads
from lenticular.primitives.objects.publicity import require_grants, require_policy
from lenticular.primitives.objects.records import (
    ENABLED,
    UNVERSIONED,
    Bucket,
    BucketLock,
    decode_bucket,
    encode,
)
from lenticular.primitives.objects.retention import require_kept
from lenticular.primitives.objects.rights import bucket_arn, require_in_account, require_on_bucket
from lenticular.primitives.policies.documents import Policy
from lenticular.primitives.principals import Principal
from lenticular.primitives.remembered import tell_changed

# Records are decoded once: the key is the record's own bytes, so a change is never missed.
_decoded = lru_cache(maxsize=1024)(decode_bucket)


def find_bucket(reader: Reader, name: str) -> Bucket:
    """Return a bucket. Raises `BucketNotFound`."""
    data = reader.get(BUCKET.pack(name))
    if data is None:
        raise BucketNotFound(name)
    return _decoded(data)


def allowed_bucket(
    reader: Reader, principal: Principal, name: str, action: str, key: str | None = None
) -> Bucket:
    """Return a bucket that the principal may do this with. Raises as `require_on_bucket`.

    Raises `BucketNotFound` too.
    """
    bucket = find_bucket(reader, name)
    require_on_bucket(principal, bucket, action, key)
    return bucket


class Buckets:
    """The buckets of one cloud."""

    def __init__(self, store: KeyValueStore, contents: Contents) -> None:
        self._store = store
        self._contents = contents
        self.holders = Holders(store, _find_holder)
        """Whom requests to a bucket are charged to, by the bucket's name."""

    async def create(
        self,
        principal: Principal,
        name: str,
        *,
        region: str,
        acl: Grants = (),
        ownership: str = "",
        tags: dict[str, str] | None = None,
        locks: bool = False,
    ) -> Bucket:
        """Create a bucket that belongs to the principal's account.

        `name` is taken as it is: each interface has its own rules for names. With `locks` it
        keeps versions from the beginning, and they can be locked. Raises `BucketOwned`,
        `BucketTaken` and `AccessDenied`.
        """
        if principal.is_anonymous:
            raise AccessDenied("a bucket needs an owner")
        arn = bucket_arn(name)
        require_in_account(principal, "s3:CreateBucket", arn)
        if acl:
            require_in_account(principal, "s3:PutBucketAcl", arn)
        if ownership:
            require_in_account(principal, "s3:PutBucketOwnershipControls", arn)
        if tags:
            require_in_account(principal, "s3:TagResource", arn)
        if locks:
            require_in_account(principal, "s3:PutBucketObjectLockConfiguration", arn)
            require_in_account(principal, "s3:PutBucketVersioning", arn)
        bucket = Bucket(
            name=name,
            uid=os.urandom(8),
            account_id=principal.account_id,
            owner=principal.canonical_id,
            region=region,
            created=int(time.time() * 1000),
            acl=acl,
            ownership=ownership,
            tags=tags,
            versioning=ENABLED if locks else UNVERSIONED,
            lock=BucketLock() if locks else None,
        )

        def commit(tx: Transaction) -> None:
            data = tx.get(BUCKET.pack(name))
            if data is not None:
                is_own = _decoded(data).owner == principal.canonical_id
                raise BucketOwned(name) if is_own else BucketTaken(name)
            blocked = account_block(tx, principal.account_id) or 0
            made = replace(bucket, account_public_access=blocked)
            require_grants(made, acl)
            tx.set(BUCKET.pack(name), encode(made))
            tx.set(OWNED.pack(principal.account_id, name), b"")
            levels.begin(tx, holder(bucket), spender(principal))
            tell_changed(tx)

        await self._store.transact(commit)
        self.holders.forget(name)
        return bucket

    async def get(
        self,
        principal: Principal,
        name: str,
        action: str = "s3:ListBucket",
        key: str | None = None,
    ) -> Bucket:
        """Return a bucket that the principal may do `action` with, for a `key` if one is named.

        Raises `BucketNotFound` or `AccessDenied`.
        """
        return await self._store.read(
            lambda reader: allowed_bucket(reader, principal, name, action, key)
        )

    async def find(self, name: str) -> Bucket:
        """Return a bucket, whoever asks: for what an interface itself must know of it.

        Raises `BucketNotFound`.
        """
        return await self._store.read(lambda reader: find_bucket(reader, name))

    async def exists(self, name: str) -> bool:
        """Tell whether there is a bucket of this name, whoever asks."""
        return await self._store.read(lambda reader: reader.get(BUCKET.pack(name))) is not None

    async def list(
        self,
        principal: Principal,
        *,
        prefix: str = "",
        behind: str = "",
        limit: int = 1000,
        region: str | None = None,
    ) -> tuple[list[Bucket], str | None]:
        """Return a page of the principal's own buckets by name, and where the next one begins.

        Raises `AccessDenied`.
        """
        if principal.is_anonymous:
            raise AccessDenied("Access Denied: only signed requests can list buckets")
        require_in_account(principal, "s3:ListAllMyBuckets", "*")

        def collect(reader: Reader) -> tuple[list[Bucket], str | None]:
            start, stop = OWNED.starting_with(principal.account_id, prefix)
            if behind:
                start = max(start, after(OWNED.pack(principal.account_id, behind)))
            found: list[Bucket] = []
            for key, _ in reader.range(start, stop):
                bucket = find_bucket(reader, OWNED.unpack(key)[1])
                if region is not None and bucket.region != region:
                    continue
                if len(found) == limit:
                    return found, found[-1].name
                found.append(bucket)
            return found, None

        return await self._store.read(collect)

    async def delete(self, principal: Principal, name: str) -> None:
        """Delete an empty bucket.

        Raises `BucketNotFound`, `AccessDenied` or `BucketNotEmpty`. Uploads in progress do
        not keep a bucket: they go with it.
        """

        def commit(tx: Transaction) -> None:
            bucket = allowed_bucket(tx, principal, name, "s3:DeleteBucket")
            for space in (CURRENT, OLDER):
                if tx.range(*space.range(bucket.uid), limit=1):
                    raise BucketNotEmpty(name)
            drop_uploads(tx, self._contents, bucket)
            tx.delete(BUCKET.pack(name))
            tx.delete(OWNED.pack(bucket.account_id, name))
            tx.delete_range(*SETTING.range(bucket.uid))
            levels.end(tx, holder(bucket))
            tell_changed(tx)

        await self._store.transact(commit)
        self.holders.forget(name)

    async def change(
        self,
        principal: Principal,
        name: str,
        fn: Callable[[Bucket], Bucket],
        action: str,
    ) -> Bucket:
        """Replace a bucket's record by what `fn` makes of it (`msgspec.structs.replace`).

        `action` is what the principal must be allowed. Raises `BucketNotFound`,
        `AccessDenied`, what `fn` raises, and as `require_kept` for what would undo locks.
        """

        changed = await self._store.transact(lambda tx: _change(tx, principal, name, fn, action))
        self.holders.forget(name)
        return changed

    async def set_acl(self, principal: Principal, name: str, acl: Grants) -> None:
        """Replace a bucket's access control list. Raises as `change` does."""

        def granting(bucket: Bucket) -> Bucket:
            require_grants(bucket, acl)
            return replace(bucket, acl=acl)

        await self.change(principal, name, granting, "s3:PutBucketAcl")

    async def policy(self, principal: Principal, name: str) -> str:
        """Return a bucket's policy as it is to be shown; empty: it has none.

        Raises `BucketNotFound` and `AccessDenied`.
        """

        def read(reader: Reader) -> str:
            bucket = allowed_bucket(reader, principal, name, "s3:GetBucketPolicy")
            return shown(reader, bucket.policy, bucket.bindings)

        return await self._store.read(read)

    async def set_policy(self, principal: Principal, name: str, policy: Policy) -> None:
        """Replace a bucket's policy. Raises as `change` does, and `PrincipalUnknown`."""

        def commit(tx: Transaction) -> None:
            def entrusted(bucket: Bucket) -> Bucket:
                require_policy(bucket, policy.document)
                return replace(bucket, policy=policy.document, bindings=bind(tx, policy))

            _change(tx, principal, name, entrusted, "s3:PutBucketPolicy")

        await self._store.transact(commit)

    async def delete_policy(self, principal: Principal, name: str) -> None:
        """Remove a bucket's policy, if it has one. Raises as `change` does."""

        def bare(bucket: Bucket) -> Bucket:
            return replace(bucket, policy="", bindings=())

        await self.change(principal, name, bare, "s3:DeleteBucketPolicy")


def _change(
    tx: Transaction, principal: Principal, name: str, fn: Callable[[Bucket], Bucket], action: str
) -> Bucket:
    bucket = allowed_bucket(tx, principal, name, action)
    changed = fn(bucket)
    require_kept(bucket, changed)
    tx.set(BUCKET.pack(name), encode(changed))
    if holder(changed) != holder(bucket):  # it is for another project now
        levels.change(tx, holder(changed), 0)
    tell_changed(tx)
    return changed


def _find_holder(reader: Reader, name: str) -> Holder | None:
    data = reader.get(BUCKET.pack(name))
    return None if data is None else holder(_decoded(data))
