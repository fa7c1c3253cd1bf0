"""Puts a cloud together from a configuration: names the concrete engines (keyvaluestore too)."""

import os
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from lenticular.engines.blobs.contract import BlobStore
from lenticular.engines.blobs.memory import MemoryBlobs
from lenticular.engines.blobs.tiered import TieredBlobs
from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.engines.kv.memory import MemoryStore
from lenticular.engines.queries.contract import Limits, QueryEngine
from lenticular.engines.queries.duckdb import DuckDbQueries
from lenticular.engines.search.contract import SearchEngine
from lenticular.engines.search.sqlite import SqliteSearch
from lenticular.primitives.admissions import Admissions
from lenticular.primitives.agents import Agents
from lenticular.primitives.audit import Audit, Trails
from lenticular.primitives.audit.delivery import Delivery
from lenticular.primitives.audit.digests import DigestKeys
from lenticular.primitives.budgets import Budgets, Evaluation, Ledger, Spending
from lenticular.primitives.collections import Collections
from lenticular.primitives.contents import SMALL, Contents
from lenticular.primitives.encryption import Keyring, Rotation
from lenticular.primitives.events import Events
from lenticular.primitives.groups import Groups
from lenticular.primitives.identities import Identities
from lenticular.primitives.invitations import Invitations
from lenticular.primitives.keys import Keys
from lenticular.primitives.leases import Leases
from lenticular.primitives.meters import Meters, Prices
from lenticular.primitives.metrics import Metrics
from lenticular.primitives.notices import Letters, Notices, Sender
from lenticular.primitives.oauth import AuthorizationServer
from lenticular.primitives.objects import DataKeys, ObjectStorage
from lenticular.primitives.objects.bucketmetrics import StorageMetrics
from lenticular.primitives.objects.census import census as census_of_buckets
from lenticular.primitives.objects.datakeys import WRAPPED_KEYS
from lenticular.primitives.objects.lifecycle.calendar import PACE, Pace
from lenticular.primitives.parameters import Parameters
from lenticular.primitives.people import IdentityProviders, People
from lenticular.primitives.publications import Publications
from lenticular.primitives.publications.identifiers import TEST_NAAN
from lenticular.primitives.search import Indices
from lenticular.primitives.secrets import Secrets
from lenticular.primitives.secrets.leaks import LeakedKeys
from lenticular.primitives.sessions import Sessions
from lenticular.primitives.signin import SignIn
from lenticular.primitives.tables import Tables
from lenticular.primitives.tables.census import census as census_of_tables
from lenticular.primitives.timers import Timers
from lenticular.primitives.transfers import Transfers
from lenticular.primitives.vault import KEY_SIZE, Vault
from lenticular.server import mailplaces
from lenticular.server.blobplaces import open_blobs
from lenticular.server.configuration import Configuration
from lenticular.server.keyvaluestore import open_store
from lenticular.server.mailplaces import Outgoing
from lenticular.server.masterkey import settle
from lenticular.server.migration import journal, notes
from lenticular.server.restoring import refuse_unfinished


@dataclass(slots=True)
class Cloud:
    """The engines and primitives of one cloud."""

    store: KeyValueStore
    vault: Vault
    blobs: BlobStore
    contents: Contents
    leases: Leases
    identities: Identities
    storage: ObjectStorage
    queries: QueryEngine
    tables: Tables
    sessions: Sessions
    signin: SignIn
    people: People
    groups: Groups
    notices: Notices
    letters: Letters
    invitations: Invitations
    sender: Sender
    oauth: AuthorizationServer
    collections: Collections
    transfers: Transfers
    timers: Timers
    admissions: Admissions
    agents: Agents
    events: Events
    metrics: Metrics
    storage_metrics: StorageMetrics
    audit: Audit
    trails: Trails
    delivery: Delivery
    secrets: Secrets
    keys: Keys
    rotation: Rotation
    parameters: Parameters
    meters: Meters
    prices: Prices
    budgets: Budgets
    spending: Spending
    evaluation: Evaluation
    indices: Indices
    publications: Publications

    async def check_store(self) -> list[str]:
        """Return what is wrong with the key-value store itself, one line each."""
        return await self.store.check()

    async def close(self) -> None:
        """Finish what was handed over and release everything."""
        try:
            await self.identities.close()
            await self.storage.access_logs.flush()
            await self.metrics.flush()
            await self.tables.close()
            await self.audit.close()
            await self.indices.close()
            await self.queries.close()
        finally:
            await self.store.close()
            await self.blobs.close()


def build(
    store: KeyValueStore,
    blobs: BlobStore,
    master_key: bytes,
    *,
    small: int = SMALL,
    domains: Collection[str] = ("localhost",),
    prices: Prices | None = None,
    queries: QueryEngine | None = None,
    search: SearchEngine | None = None,
    pace: Pace = PACE,
    default_encryption: str = "",
    is_alone: bool = True,
    outgoing: Outgoing | None = None,
    url: Callable[[str], str],
    region: str = "us-east-1",
    naan: str = TEST_NAAN,
    repository_name: str = "",
) -> Cloud:
    """Put the primitives on their engines.

    `is_alone`: no other process works on this cloud. `url` returns the address at which
    clients find an interface.
    """
    tiers = blobs if isinstance(blobs, TieredBlobs) else None
    contents = Contents(store, blobs, small, tiers=tiers)
    leases = Leases(store, is_alone=is_alone, reading_since=contents.reading_since)
    contents.check_alive = leases.check
    vault = Vault(master_key)
    identities = Identities(store, vault, domains=domains)
    people = People(identities, IdentityProviders(store, vault, domains), domains)
    groups = Groups(identities, people.knows)
    outgoing = Outgoing() if outgoing is None else outgoing
    notices = Notices(store, vault)
    letters = Letters(notices, people, portal=url("portal"))
    oauth = AuthorizationServer(store, vault, identities, people)
    for add_keys in (identities.add_keys, oauth.callers.add_keys):
        add_keys(partial(_keys_of, people, groups))
    sessions = Sessions(store, vault, identities)
    letterbox = MemoryStore() if is_alone else None
    agents = Agents(store, vault, letters=letterbox)
    collections = Collections(
        store,
        vault,
        people,
        groups,
        agents,
        sessions,
        data_url=url("data"),
        s3_url=url("aws"),
        region=region,
    )
    keys, keyring = Keys(store, vault), Keyring(vault)
    data_keys = DataKeys(store, keyring, keys, default_encryption)
    storage, trails = ObjectStorage(store, contents, pace, data_keys), Trails(store)
    prices = Prices.load() if prices is None else prices
    meters = Meters(store, (census_of_buckets, census_of_tables))
    ledger = Ledger(store, meters, prices, member=leases.id, living=leases.living)
    metrics = Metrics(store)
    transfers = Transfers(store, vault, collections, agents, meters, notices, letters)
    collections.add_uses(transfers.in_use)
    invitations = Invitations(
        store, vault, identities, people, collections, letters, pages=url("globus")
    )
    collections.rules.tell(invitations)
    groups.on_invitation(letters.invited_to_group)
    indices = Indices(store, search or SqliteSearch())
    publications = Publications(
        store,
        identities,
        people,
        storage,
        collections,
        agents,
        transfers,
        indices,
        url=url("globus"),
        region=region,
        naan=naan,
        repository_name=repository_name,
    )
    return Cloud(
        store=store,
        vault=vault,
        blobs=blobs,
        contents=contents,
        leases=leases,
        identities=identities,
        storage=storage,
        queries=queries or DuckDbQueries(),
        tables=Tables(store),
        sessions=sessions,
        signin=SignIn(store, identities),
        people=people,
        groups=groups,
        notices=notices,
        letters=letters,
        invitations=invitations,
        sender=Sender(store, notices, outgoing.mail, outgoing.webhooks, outgoing.mail_from),
        oauth=oauth,
        agents=agents,
        collections=collections,
        transfers=transfers,
        timers=Timers(store, transfers, oauth.callers),
        admissions=Admissions(
            store,
            collections,
            agents,
            oauth,
            vault,
            auth_url=url("globus"),
            data_url=url("data"),
        ),
        events=Events(store),
        metrics=metrics,
        storage_metrics=StorageMetrics(store, metrics),
        audit=Audit(store, vault),
        trails=trails,
        delivery=Delivery(store, trails, storage, DigestKeys(store, vault)),
        secrets=Secrets(store, vault, identities),
        keys=keys,
        rotation=Rotation(store, keyring, WRAPPED_KEYS),
        parameters=Parameters(store, vault),
        meters=meters,
        prices=prices,
        budgets=Budgets(store, ledger),
        spending=Spending(ledger),
        evaluation=Evaluation(ledger),
        indices=indices,
        publications=publications,
    )


def _keys_of(
    people: People, groups: Groups, reader: Reader, person_id: str
) -> dict[str, tuple[str, ...]]:
    """Return what policies may ask of a person besides what their user says."""
    identity_ids = people.identity_ids(reader, person_id)
    return {
        "globus:identities": identity_ids,
        "globus:groups": groups.active(reader, identity_ids),
    }


def build_in_memory(configuration: Configuration | None = None) -> Cloud:
    """Return a cloud that remembers nothing once it is gone: for tests and for listings.

    `configuration`: where it is found, if it is.
    """
    url = configuration.url if configuration is not None else _nowhere
    outgoing = mailplaces.outgoing(configuration) if configuration is not None else None
    store, key = MemoryStore(), os.urandom(KEY_SIZE)
    return build(
        store,
        MemoryBlobs(),
        key,
        url=url,
        outgoing=outgoing,
        naan=configuration.ark_naan if configuration is not None else TEST_NAAN,
        repository_name=configuration.repository_name if configuration is not None else "",
    )


def _nowhere(interface: str) -> str:
    return ""


@asynccontextmanager
async def open_cloud(configuration: Configuration) -> AsyncIterator[Cloud]:
    """Open the cloud of a data folder, which is made when missing.

    The caller holds the folder (`lenticular.server.process.hold`). Raises
    `MigrationError` for half a cloud, `StoreFailed`, `MasterKeyError`, `BlobStoreError` and
    `BlobStoreUnavailable` when the blobs are elsewhere, and OSError when the folder cannot be
    used.
    """
    data = configuration.data
    refuse_unfinished(data)
    journal.check_none(data)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    prices, outgoing = Prices.load(data), mailplaces.outgoing(configuration)
    store = await open_store(configuration)
    try:
        await notes.check_none(store)
        master_key = await settle(store, data)
        blobs = await open_blobs(configuration, store)
    except BaseException:
        await store.close()
        raise
    cloud = build(
        store,
        blobs,
        master_key,
        small=configuration.small_object_threshold,
        domains=configuration.domains,
        prices=prices,
        queries=DuckDbQueries(_limits(configuration), data),
        search=SqliteSearch(data / "search"),
        pace=_pace(configuration),
        default_encryption=configuration.default_encryption.replace("none", ""),
        is_alone=configuration.workers == 1 and not configuration.store,
        url=configuration.url,
        region=configuration.region,
        outgoing=outgoing,
        naan=configuration.ark_naan,
        repository_name=configuration.repository_name,
    )
    try:
        if configuration.leaked_key_scan:
            cloud.storage.objects.observer = LeakedKeys(cloud.identities, cloud.audit).observe
        await cloud.trails.refresh()
        async with cloud.leases.joined():
            yield cloud
    finally:
        await cloud.close()


def _limits(configuration: Configuration) -> Limits:
    """Return what queries may use."""
    return Limits(
        concurrency=configuration.query_concurrency,
        memory=configuration.query_memory,
        seconds=configuration.query_timeout,
        threads=configuration.query_threads,
    )


def _pace(configuration: Configuration) -> Pace:
    """Return how fast objects age, and are restored."""
    return Pace(
        configuration.lifecycle_day,
        expedited=configuration.restore_expedited,
        standard=configuration.restore_standard,
        bulk=configuration.restore_bulk,
    )
