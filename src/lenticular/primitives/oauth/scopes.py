"""Scopes: what resource servers let be done with tokens, and what each needs in turn."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from msgspec import Struct

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.oauth import builtin, scopestrings
from lenticular.primitives.oauth.errors import (
    EntryExists,
    EntryInvalid,
    EntryNotFound,
    ScopeInvalid,
)
from lenticular.primitives.oauth.lookup import find_scope, get_client, scope_by_id
from lenticular.primitives.oauth.records import Dependency, Scope, encode
from lenticular.primitives.oauth.scopestrings import Requested
from lenticular.primitives.oauth.spaces import SCOPE, SCOPE_ID, SCOPE_OF

_MOST_DEPENDENCIES = 50
_LONGEST = 1000


class NewScope(Struct, frozen=True, kw_only=True):
    """A scope to make; the fields are those of `Scope`."""

    string: str
    client_id: str
    name: str = ""
    description: str = ""
    dependencies: tuple[Dependency, ...] = ()
    advertised: bool = True
    allows_refresh_token: bool = True
    required_domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A scope that a client asks for, with those that are needed below it."""

    scope: Scope
    revocable: bool
    """Consent to it can be withdrawn on its own."""
    below: tuple["Wanted", ...] = ()


class Scopes:
    """The scopes of one cloud."""

    def __init__(self, store: KeyValueStore) -> None:
        self._store = store

    async def create(self, new: NewScope) -> Scope:
        """Make a scope of a client.

        Raises `EntryExists`, `EntryNotFound` for a client or a dependency that is not there,
        and `EntryInvalid`.
        """

        return await self._store.transact(lambda tx: add_scope(tx, new))

    async def find(self, string: str) -> Scope | None:
        """Return a scope by its string, or None."""
        return await self._store.read(lambda reader: find_scope(reader, string))

    async def get(self, scope_id: str) -> Scope:
        """Return a scope by its id. Raises `EntryNotFound`."""
        return await self._store.read(lambda reader: _by_id(reader, scope_id))

    async def of_clients(self, client_ids: Iterable[str]) -> list[Scope]:
        """Return the scopes of some clients."""
        wanted = list(client_ids)
        return await self._store.read(
            lambda reader: [scope for one in wanted for scope in scopes_of(reader, one)]
        )

    async def change(self, scope_id: str, fn: Callable[[Scope], Scope]) -> Scope:
        """Replace a scope by what `fn` makes of it; its string, id and client stay.

        Raises `EntryNotFound`, also for one that is built in, and `EntryInvalid`.
        """

        def write(tx: Transaction) -> Scope:
            changed = fn(_stored(tx, scope_id))
            _check(tx, changed)
            _save(tx, changed)
            return changed

        return await self._store.transact(write)

    async def delete(self, scope_id: str) -> Scope:
        """Delete a scope. Raises `EntryNotFound`."""

        def write(tx: Transaction) -> Scope:
            scope = _stored(tx, scope_id)
            _drop(tx, scope)
            return scope

        return await self._store.transact(write)

    async def resolve(self, text: str) -> tuple[Wanted, ...]:
        """Return what a request for scopes means. Raises `ScopeInvalid`."""
        requested = scopestrings.parse(text)
        return await self._store.read(lambda reader: resolve(reader, requested))


def resolve(reader: Reader, requested: tuple[Requested, ...]) -> tuple[Wanted, ...]:
    """Return the scopes that are asked for, and those that they always need.

    Raises `ScopeInvalid` for a scope that is unknown, and for a dependency that its parent
    does not have.
    """
    if not requested:
        raise ScopeInvalid("no scope is asked for")
    left = iter(range(scopestrings.MOST))
    return tuple(_resolve(reader, one, (), left) for one in requested)


def _resolve(
    reader: Reader, requested: Requested, above: tuple[str, ...], left: Iterator[int]
) -> Wanted:
    """Return what one scope means; `left` gives out as many as may still be needed."""
    if next(left, None) is None:
        raise ScopeInvalid(f"more than {scopestrings.MOST} scopes are needed at once")
    scope = find_scope(reader, requested.string)
    if scope is None:
        raise ScopeInvalid(f"there is no scope {requested.string[:200]}")
    path = (*above, scope.string)
    if len(path) > scopestrings.DEEPEST:
        raise ScopeInvalid(f"{scope.string} is needed {len(path)} scopes deep")
    named = {one.string: one for one in requested.below}
    known = {one.scope: one for one in scope.dependencies}
    for string in named:
        if string not in known and not (scope.open_to and string.endswith(scope.open_to)):
            raise ScopeInvalid(f"{scope.string} does not use {string[:200]}")
    for string, dependency in known.items():
        # A dependency may be gone by now, or lead back here: then the service does without.
        if not dependency.optional and string not in path and find_scope(reader, string):
            named.setdefault(string, Requested(string))
    below = tuple(_resolve(reader, one, path, left) for one in named.values())
    return Wanted(scope, requested.optional, below)


def scopes_of(reader: Reader, client_id: str) -> list[Scope]:
    """Return the scopes of a client."""
    own = [scope for scope in builtin.SCOPES.values() if scope.client_id == client_id]
    rows = reader.range(*SCOPE_OF.range(client_id))
    found = (find_scope(reader, SCOPE_OF.unpack(key)[1]) for key, _ in rows)
    return own + [scope for scope in found if scope is not None]


def add_scope(tx: Transaction, new: NewScope) -> Scope:
    """Make a scope of a client; see `Scopes.create`."""
    client = get_client(tx, new.client_id)
    scope = Scope(
        str(uuid.uuid4()),
        new.string,
        client.client_id,
        new.name or new.string,
        new.description,
        new.dependencies,
        new.advertised,
        new.allows_refresh_token,
        new.required_domains,
    )
    _check(tx, scope)
    if find_scope(tx, scope.string) is not None:
        raise EntryExists(f"there is a scope {scope.string} already")
    _save(tx, scope)
    tx.set(SCOPE_ID.pack(scope.scope_id), scope.string.encode())
    tx.set(SCOPE_OF.pack(scope.client_id, scope.string), b"")
    return scope


def drop_scopes(tx: Transaction, client_id: str) -> None:
    """Delete the scopes of a client."""
    for scope in scopes_of(tx, client_id):
        _drop(tx, scope)


def _by_id(reader: Reader, scope_id: str) -> Scope:
    scope = scope_by_id(reader, scope_id)
    if scope is None:
        raise EntryNotFound(f"there is no scope {scope_id[:100]!r}")
    return scope


def _stored(reader: Reader, scope_id: str) -> Scope:
    if scope_id in builtin.SCOPES_BY_ID:
        raise EntryNotFound(f"the scope {scope_id} is built in: nobody changes it")
    return _by_id(reader, scope_id)


def _save(tx: Transaction, scope: Scope) -> None:
    tx.set(SCOPE.pack(scope.string), encode(scope))


def _drop(tx: Transaction, scope: Scope) -> None:
    tx.delete(SCOPE_OF.pack(scope.client_id, scope.string))
    tx.delete(SCOPE_ID.pack(scope.scope_id))
    tx.delete(SCOPE.pack(scope.string))


def _check(reader: Reader, scope: Scope) -> None:
    """Raise `EntryInvalid` or `EntryNotFound` unless a scope can be as it is described."""
    try:
        parsed = scopestrings.parse(scope.string)
    except ScopeInvalid as error:
        raise EntryInvalid(f"{scope.string[:200]!r} cannot be a scope: {error}") from None
    if parsed != (Requested(scope.string),) or len(scope.string) > _LONGEST:
        raise EntryInvalid(f"{scope.string[:200]!r} is not the string of one scope")
    if len(scope.dependencies) > _MOST_DEPENDENCIES:
        raise EntryInvalid(f"a scope depends on at most {_MOST_DEPENDENCIES} others")
    for dependency in scope.dependencies:
        if find_scope(reader, dependency.scope) is None:
            raise EntryNotFound(f"there is no scope {dependency.scope[:200]}")
        if dependency.scope == scope.string:
            raise EntryInvalid("a scope cannot depend on itself")
