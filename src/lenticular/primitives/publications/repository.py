"""The repository: the place where published files are kept, which is made on first use.

It is an account of its own whose root key nobody has, with two buckets. Copies come into the
one, through a guest collection, each by an access rule that is there only as long as the copy
lasts. What was verified is put into the other one, which has object lock; no rule and no
policy lets anybody write there, and anybody reads it through a mapped collection. The curator,
a user without credentials, owns the collections: its policy is all that agents are lent.

Every step may be done again: a server that ends in the middle goes on later.
"""

import json
import secrets
import uuid
from contextlib import suppress
from typing import Final

from msgspec.structs import replace

from lenticular.engines.connectors.places import Store
from lenticular.engines.kv.contract import KeyValueStore, Transaction
from lenticular.primitives.collections import (
    Collections,
    Details,
    EntryExists,
    NewMapped,
    Person,
)
from lenticular.primitives.identities import USERS, Identities
from lenticular.primitives.identities.errors import AccountTaken, EntityExists
from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.objects.errors import BucketOwned
from lenticular.primitives.principals import Principal
from lenticular.primitives.publications import records
from lenticular.primitives.publications.records import REPOSITORY, Repository
from lenticular.primitives.search import Indices, Viewer

_CURATOR: Final = "curator"
_INDEX: Final = "datasets"

_POLICY: Final = "files-of-the-repository"


class RepositoryPlace:
    """Makes the repository, and tells where it is."""

    def __init__(
        self,
        store: KeyValueStore,
        identities: Identities,
        storage: ObjectStorage,
        collections: Collections,
        indices: Indices,
        *,
        region: str,
    ) -> None:
        self._store = store
        self._identities = identities
        self._storage = storage
        self._collections = collections
        self._indices = indices
        self._region = region

    async def principal(self, place: Repository) -> Principal:
        """Return who acts in the repository's account: the server itself."""
        return await self._identities.read(
            lambda reader: self._identities.root_principal(reader, place.account_id)
        )

    async def known(self) -> Repository | None:
        """Return the repository; None while there is none."""
        place = await self._store.read(records.repository)
        return place if place is not None and place.is_ready else None

    async def get(self) -> Repository:
        """Return the repository, which is made when there is none."""
        place = await self._store.read(records.repository)
        if place is None:
            place = await self._store.transact(_plan)
        if place.is_ready:
            return place
        place = await self._save(replace(place, account_id=await self._account(place)))
        place = await self._save(replace(place, curator_id=await self._curator(place)))
        await self._make_buckets(place)
        await self._make_collections(place)
        place = replace(place, deposits_id=await self._deposits(place))
        place = replace(place, index_id=await self._index(place))
        return await self._save(replace(place, is_ready=True))

    async def _save(self, place: Repository) -> Repository:
        await self._store.transact(lambda tx: tx.set(REPOSITORY.pack(), records.encode(place)))
        return place

    async def _account(self, place: Repository) -> str:
        # The root key that comes with it is let go of: nobody ever has it.
        with suppress(AccountTaken):
            await self._identities.create_account(place.account_name)
        accounts = await self._identities.accounts.list()
        return next(one.account_id for one in accounts if one.name == place.account_name)

    async def _curator(self, place: Repository) -> str:
        users = self._identities.users
        with suppress(EntityExists):
            await users.create(place.account_id, _CURATOR, full_name="The repository")
        await self._identities.inline_policies.put(
            USERS, place.account_id, _CURATOR, _POLICY, _policy(place)
        )
        return (await users.get(place.account_id, _CURATOR)).identity_id

    async def _make_buckets(self, place: Repository) -> None:
        root = await self.principal(place)
        for name in (place.bucket, place.arrivals):  # both keep versions
            with suppress(BucketOwned):
                await self._storage.buckets.create(root, name, region=self._region, locks=True)

    async def _make_collections(self, place: Repository) -> None:
        for collection_id, bucket, details in (
            (
                place.published_id,
                place.bucket,
                Details(
                    display_name="Published datasets",
                    description="Files of all datasets that were published here.",
                    anonymous_read=True,
                    public=True,
                    default_directory="/",
                ),
            ),
            (
                place.arrivals_id,
                place.arrivals,
                Details(display_name="Arrivals of datasets", public=False),
            ),
        ):
            with suppress(EntryExists):
                await self._collections.create_mapped(
                    NewMapped(
                        kind="bucket",
                        origin=Store(f"s3://{bucket}"),
                        account_id=place.account_id,
                        owner_id=place.curator_id,
                        collection_id=collection_id,
                        details=details,
                    )
                )

    async def _deposits(self, place: Repository) -> str:
        person = Person((place.curator_id,))
        found = await self._collections.guests(place.arrivals_id, person)
        if found:
            return found[0].collection_id
        details = Details(display_name="Datasets being published", public=False)
        made = await self._collections.create_guest(place.arrivals_id, "/", details, person)
        return made.collection_id

    async def _index(self, place: Repository) -> str:
        viewer = Viewer((place.curator_id,))
        found = await self._indices.list(viewer)
        if found:
            return found[0].index.index_id
        view = await self._indices.create(viewer, _INDEX, "Datasets that were published here.")
        return view.index.index_id


def _plan(tx: Transaction) -> Repository:
    """Note what the repository will be called, once."""
    known = records.repository(tx)
    if known is None:
        known = Repository(secrets.token_hex(5), str(uuid.uuid4()), str(uuid.uuid4()))
        tx.set(REPOSITORY.pack(), records.encode(known))
    return known


def _policy(place: Repository) -> str:
    """Return what agents may do with what the curator lends them: read all, write arrivals."""
    published, arrivals = (f"arn:aws:s3:::{name}" for name in (place.bucket, place.arrivals))
    reads = {
        "Effect": "Allow",
        "Action": ["s3:GetObject", "s3:ListBucket"],
        "Resource": [published, f"{published}/*", arrivals, f"{arrivals}/*"],
    }
    writes = {
        "Effect": "Allow",
        "Action": [
            "s3:PutObject",
            "s3:DeleteObject",
            "s3:AbortMultipartUpload",
            "s3:ListMultipartUploadParts",
            "s3:ListBucketMultipartUploads",
        ],
        "Resource": [arrivals, f"{arrivals}/*"],
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [reads, writes]})
