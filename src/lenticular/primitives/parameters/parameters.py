"""The parameters of the cloud: every operation as one call that is atomic and durable."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.kv.keys import after
from lenticular.primitives.parameters import records
from lenticular.primitives.parameters.errors import (
    OldestLabelled,
    ParameterExists,
    TierFixed,
    TooManyLabels,
    TooManyParameters,
    TooManyTags,
    TypeFixed,
    VersionNotFound,
)
from lenticular.primitives.parameters.records import (
    ADVANCED,
    NAMED,
    SECURE,
    VERSION,
    Parameter,
    ParameterName,
    ParameterVersion,
    find_parameter,
    find_version,
    save_parameter,
    save_version,
    versions_of,
)
from lenticular.primitives.vault import Vault

MOST_VERSIONS = 100
MOST_LABELS = 10
MOST_TAGS = 50
MOST_PARAMETERS: Mapping[str, int] = {records.STANDARD: 10_000, ADVANCED: 100_000}
"""Of one account in one region, by tier."""

_PAGE = 500

Selector = int | str | None
"""A version by its number or by a label; None: the latest."""


@dataclass(frozen=True, slots=True)
class Found:
    """A version of a parameter with its value."""

    parameter: Parameter
    version: ParameterVersion
    value: str
    """The text itself."""


class Parameters:
    """The parameters of every account. Whoever may see them is asked by the interface."""

    def __init__(
        self, store: KeyValueStore, vault: Vault, *, clock: Callable[[], float] = time.time
    ) -> None:
        """`clock` gives seconds since the epoch."""
        self._store = store
        self._vault = vault
        self._clock = clock

    # -- finding

    async def find(self, name: ParameterName) -> Parameter:
        """Return a parameter without its value. Raises `ParameterNotFound`."""
        return await self._store.read(lambda reader: find_parameter(reader, name))

    async def get(self, name: ParameterName, selector: Selector = None) -> Found:
        """Return a version with its value. Raises `ParameterNotFound` and `VersionNotFound`."""

        def read(reader: Reader) -> Found:
            parameter = find_parameter(reader, name)
            return self._found(parameter, _selected(reader, parameter, selector))

        return await self._store.read(read)

    async def history(self, name: ParameterName) -> list[Found]:
        """Return all versions, oldest first. Raises `ParameterNotFound`."""

        def read(reader: Reader) -> list[Found]:
            parameter = find_parameter(reader, name)
            return [self._found(parameter, each) for each in versions_of(reader, parameter)]

        return await self._store.read(read)

    async def page(
        self,
        account_id: str,
        region: str,
        *,
        prefix: str = "",
        behind: str = "",
        limit: int = 50,
        takes: Callable[[Parameter, ParameterVersion], bool] = lambda parameter, version: True,
        label: str = "",
    ) -> tuple[Sequence[Found], str | None]:
        """Return a page of the parameters that `takes` takes, by name, and where the next begins.

        Of each it is the latest version, or the one that bears `label`, if any does. `prefix`
        begins their names, `behind` is the name before the first of them.
        """

        def read(reader: Reader) -> tuple[Sequence[Found], str | None]:
            start, stop = NAMED.starting_with(account_id, region, prefix)
            if behind:
                start = max(start, after(NAMED.pack(account_id, region, behind)))
            found: list[Found] = []
            while pairs := reader.range(start, stop, limit=_PAGE):
                for _, data in pairs:
                    parameter = records.decode_parameter(data)
                    version = _labelled(reader, parameter, label)
                    if version is None or not takes(parameter, version):
                        continue
                    if len(found) == limit:
                        return found, found[-1].parameter.name
                    found.append(self._found(parameter, version))
                start = after(pairs[-1][0])
            return found, None

        return await self._store.read(read, long=True)

    def _found(self, parameter: Parameter, version: ParameterVersion) -> Found:
        raw = version.value
        if version.type == SECURE:
            raw = self._vault.open(raw, _context(parameter, version.number))
        return Found(parameter, version, raw.decode())

    # -- changing

    async def put(
        self,
        name: ParameterName,
        version: ParameterVersion,
        *,
        overwrite: bool,
        tags: Mapping[str, str] | None = None,
    ) -> ParameterVersion:
        """Make a parameter or, with `overwrite`, add a version; return what was stored.

        `version` is as it is to be, with its value as text and without a number. Raises
        `ParameterExists`, `TypeFixed`, `TierFixed`, `OldestLabelled` and
        `TooManyParameters`.
        """
        now = int(self._clock() * 1000)
        made = Parameter(os.urandom(8).hex(), *name, now, 0, version.tier, tags or {})

        def write(tx: Transaction) -> ParameterVersion:
            known = tx.get(NAMED.pack(*name))
            if known is None:
                if records.count(tx, made, made.tier, 1) > MOST_PARAMETERS[made.tier]:
                    raise TooManyParameters
                parameter = made
            else:
                parameter = records.decode_parameter(known)
                if not overwrite:
                    raise ParameterExists
                self._check_change(tx, parameter, version)
            return self._add(tx, parameter, replace(version, modified=now))

        return await self._store.transact(write)

    @staticmethod
    def _check_change(tx: Transaction, parameter: Parameter, version: ParameterVersion) -> None:
        latest = find_version(tx, parameter, parameter.number)
        if latest is not None and "/" in parameter.name and latest.type != version.type:
            raise TypeFixed
        if parameter.tier == ADVANCED != version.tier:
            raise TierFixed
        if parameter.tier != version.tier:
            records.count(tx, parameter, parameter.tier, -1)
            records.count(tx, parameter, version.tier, 1)

    def _add(
        self, tx: Transaction, parameter: Parameter, version: ParameterVersion
    ) -> ParameterVersion:
        number = parameter.number + 1
        value = version.value
        if version.type == SECURE:
            value = self._vault.seal(value, _context(parameter, number))
        stored = replace(version, number=number, value=value, labels=())
        save_version(tx, parameter, stored)
        save_parameter(tx, replace(parameter, number=number, tier=version.tier))
        oldest = number - MOST_VERSIONS
        if oldest > 0 and (gone := find_version(tx, parameter, oldest)) is not None:
            if gone.labels:
                raise OldestLabelled(parameter.name, oldest)
            tx.delete(VERSION.pack(parameter.id, oldest))
        return stored

    async def delete(self, name: ParameterName) -> None:
        """Delete a parameter with all its versions. Raises `ParameterNotFound`."""

        def write(tx: Transaction) -> None:
            parameter = find_parameter(tx, name)
            records.count(tx, parameter, parameter.tier, -1)
            tx.delete(NAMED.pack(*name))
            tx.delete_range(*VERSION.range(parameter.id))

        await self._store.transact(write)

    async def tag(
        self, name: ParameterName, fn: Callable[[Mapping[str, str]], Mapping[str, str]]
    ) -> None:
        """Replace the tags by what `fn` makes of them.

        Raises `ParameterNotFound` and `TooManyTags`.
        """

        def write(tx: Transaction) -> None:
            parameter = find_parameter(tx, name)
            tags = fn(parameter.tags)
            if len(tags) > MOST_TAGS:
                raise TooManyTags
            save_parameter(tx, replace(parameter, tags=tags))

        await self._store.transact(write)

    # -- labels

    async def label(self, name: ParameterName, number: int | None, labels: Sequence[str]) -> int:
        """Put labels on a version, taken from others; return its number (None: the latest).

        Raises `ParameterNotFound`, `VersionNotFound` and `TooManyLabels`.
        """

        def write(tx: Transaction) -> int:
            parameter = find_parameter(tx, name)
            target = _selected(tx, parameter, number)
            wanted = tuple(dict.fromkeys((*target.labels, *labels)))
            if len(wanted) > MOST_LABELS:
                raise TooManyLabels
            for version in versions_of(tx, parameter):
                left = tuple(label for label in version.labels if label not in labels)
                kept = wanted if version.number == target.number else left
                if kept != version.labels:
                    save_version(tx, parameter, replace(version, labels=kept))
            return target.number

        return await self._store.transact(write)

    async def unlabel(self, name: ParameterName, number: int, labels: Sequence[str]) -> list[str]:
        """Take labels off a version; return those that it bore.

        Raises `ParameterNotFound` and `VersionNotFound`.
        """

        def write(tx: Transaction) -> list[str]:
            parameter = find_parameter(tx, name)
            version = _selected(tx, parameter, number)
            left = tuple(label for label in version.labels if label not in labels)
            save_version(tx, parameter, replace(version, labels=left))
            return [label for label in version.labels if label in labels]

        return await self._store.transact(write)


def _selected(reader: Reader, parameter: Parameter, selector: Selector) -> ParameterVersion:
    """Return the version that a selector means. Raises `VersionNotFound`."""
    if isinstance(selector, str):
        found = _labelled(reader, parameter, selector)
        what = f"label {selector}"
    else:
        number = parameter.number if selector is None else selector
        found = find_version(reader, parameter, number) if number > 0 else None
        what = f"version {number}"
    if found is None:
        raise VersionNotFound(parameter.name, what)
    return found


def _labelled(reader: Reader, parameter: Parameter, label: str) -> ParameterVersion | None:
    """Return the version that bears a label, or without one the latest."""
    if not label:
        return find_version(reader, parameter, parameter.number)
    found = (each for each in versions_of(reader, parameter) if label in each.labels)
    return next(found, None)


def _context(parameter: Parameter, number: int) -> str:
    return f"parameter {parameter.id} version {number}"
