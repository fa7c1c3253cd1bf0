"""Consents: what people let clients do on their behalf, as trees along the scopes' dependencies.

A person lets an app use a scope of a service, and that service, for this app and this scope,
use a scope of another one, and so on. A token stands on consents: when one is withdrawn, with
all below it, the tokens that stand on it go in the same transaction.
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import pack, unpack
from lenticular.primitives.oauth import families
from lenticular.primitives.oauth.errors import EntryNotFound
from lenticular.primitives.oauth.lookup import find_client
from lenticular.primitives.oauth.records import Client, Consent, decode, encode
from lenticular.primitives.oauth.scopes import Wanted
from lenticular.primitives.oauth.spaces import CONSENT, CONSENT_AT, LAST_CONSENT


class Consents:
    """The consents that people have given."""

    def __init__(self, store: KeyValueStore) -> None:
        self._store = store

    async def of(self, identity_id: str, root_id: str | None = None) -> list[Consent]:
        """Return what a person consents to, parents first; only to the client `root_id`.

        What was consented to a client that is deleted means nothing any more, and is left out.
        """

        def collect(reader: Reader) -> list[Consent]:
            found = consents_of(reader, identity_id, root_id)
            return [one for one in found if find_client(reader, one.root_id) is not None]

        return await self._store.read(collect)

    async def withdraw(self, identity_id: str, number: int) -> list[Consent]:
        """Withdraw a consent with all below it; return them. Raises `EntryNotFound`."""

        def write(tx: Transaction) -> list[Consent]:
            consent = find_consent(tx, number)
            if consent is None or consent.identity_id != identity_id:
                raise EntryNotFound(f"there is no consent {number} of this person")
            return _withdraw(tx, consent)

        return await self._store.transact(write)


def find_consent(reader: Reader, number: int) -> Consent | None:
    """Return a consent, or None when there is none (any more)."""
    data = reader.get(CONSENT.pack(number))
    return None if data is None else decode(data, Consent)


def consent_at(
    reader: Reader, identity_id: str, root_id: str, scope_ids: Iterable[str]
) -> Consent | None:
    """Return the consent on one path of scopes, or None."""
    data = reader.get(CONSENT_AT.pack(identity_id, root_id, *scope_ids))
    return None if data is None else find_consent(reader, unpack(data)[0])


def consents_of(reader: Reader, identity_id: str, root_id: str | None = None) -> list[Consent]:
    """Return what a person consents to, parents first; only to the client `root_id`."""
    where = (identity_id,) if root_id is None else (identity_id, root_id)
    found = (find_consent(reader, unpack(data)[0]) for _, data in _rows(reader, where))
    return [consent for consent in found if consent is not None]


def missing(
    reader: Reader, identity_id: str, root: Client, wanted: Iterable[Wanted], *, refresh: bool
) -> bool:
    """Tell whether the person has not consented to all of it yet."""
    for path, one, _ in _walk(wanted):
        consent = consent_at(reader, identity_id, root.client_id, path)
        away = refresh and one.scope.allows_refresh_token
        # A client that was made later under the same id is another one.
        if consent is None or consent.created < root.created:
            return True
        if away and not consent.allows_refresh:
            return True
    return False


def grant(
    tx: Transaction,
    identity_id: str,
    root_id: str,
    wanted: Iterable[Wanted],
    *,
    refresh: bool,
    now: int,
    automatic: bool = False,
) -> list[Consent]:
    """Write down that a person consents to all of it; return the consents of the roots.

    `refresh`: also while the person is away. What was consented to before stays as it was,
    or becomes more.
    """
    roots: list[Consent] = []
    numbers: dict[tuple[str, ...], tuple[int, ...]] = {(): ()}
    for path, one, client_id in _walk(wanted):
        known = consent_at(tx, identity_id, root_id, path)
        if known is None:
            number = _next_number(tx)
            known = Consent(
                number,
                identity_id,
                root_id,
                client_id or root_id,
                one.scope.scope_id,
                one.scope.string,
                (*numbers[path[:-1]], number),
                now,
                now,
                now,
                revocable=one.revocable,
                automatic=automatic,
            )
            tx.set(CONSENT_AT.pack(identity_id, root_id, *path), pack(number))
        lasting = known.allows_refresh or (refresh and one.scope.allows_refresh_token)
        updated = known.updated if lasting == known.allows_refresh else now
        consent = replace(known, updated=updated, used=now, allows_refresh=lasting)
        tx.set(CONSENT.pack(consent.number), encode(consent))
        numbers[path] = consent.path
        if len(path) == 1:
            roots.append(consent)
    return roots


def note_use(tx: Transaction, numbers: Iterable[int], now: int) -> None:
    """Write down that tokens were given on these consents."""
    for number in numbers:
        consent = find_consent(tx, number)
        if consent is not None:
            tx.set(CONSENT.pack(number), encode(replace(consent, used=now)))


def below(reader: Reader, consent: Consent) -> list[Consent]:
    """Return the consents that a service needs for a scope: those right below it."""
    path = _scope_ids(reader, consent)
    rows = _rows(reader, (consent.identity_id, consent.root_id, *path))
    found = (find_consent(reader, unpack(data)[0]) for _, data in rows)
    depth = len(consent.path) + 1
    return [one for one in found if one is not None and len(one.path) == depth]


def _withdraw(tx: Transaction, consent: Consent) -> list[Consent]:
    where = (consent.identity_id, consent.root_id, *_scope_ids(tx, consent))
    found = [find_consent(tx, unpack(data)[0]) for _, data in _rows(tx, where)]
    for one in found:
        if one is not None:
            tx.delete(CONSENT.pack(one.number))
    tx.delete_range(*CONSENT_AT.range(*where))
    tx.delete(CONSENT_AT.pack(*where))
    tx.delete(CONSENT.pack(consent.number))
    gone = [consent, *(one for one in found if one is not None)]
    for grant in families.grants_of(tx, consent.identity_id, consent.root_id):
        families.drop_standing_on(tx, grant, {one.number for one in gone})
    return gone


def _rows(reader: Reader, where: tuple[str, ...]) -> list[tuple[bytes, bytes]]:
    return reader.range(*CONSENT_AT.range(*where))


def _scope_ids(reader: Reader, consent: Consent) -> tuple[str, ...]:
    """Return the ids of the scopes on the path to a consent."""
    above = (find_consent(reader, number) for number in consent.path[:-1])
    return (*(one.scope_id for one in above if one is not None), consent.scope_id)


def _walk(
    wanted: Iterable[Wanted], above: tuple[str, ...] = (), client_id: str = ""
) -> Iterator[tuple[tuple[str, ...], Wanted, str]]:
    """Iterate over all that is wanted, parents first.

    Each comes with the scope ids of its path, and the client that uses it (empty: the root).
    """
    for one in wanted:
        path = (*above, one.scope.scope_id)
        yield path, one, client_id
        yield from _walk(one.below, path, one.scope.client_id)


def _next_number(tx: Transaction) -> int:
    raw = tx.get(LAST_CONSENT)
    number: int = unpack(raw)[0] + 1 if raw else 1
    tx.set(LAST_CONSENT, pack(number))
    return number
