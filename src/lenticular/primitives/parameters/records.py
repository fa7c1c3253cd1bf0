"""What the store remembers of parameters.

The records are MessagePack arrays: a field added at the end with a default reads old records
unchanged. Times are milliseconds since the epoch.
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace
from lenticular.primitives.parameters.errors import ParameterNotFound

TEXT, STRING_LIST, SECURE = "String", "StringList", "SecureString"
"""Types of parameters; the last is sealed."""

STANDARD, ADVANCED = "Standard", "Advanced"
"""Tiers: what a parameter may hold."""

NAMED = Subspace("parameters", "name")  # (account id, region, name) -> Parameter
VERSION = Subspace("parameters", "version")  # (parameter id, number) -> ParameterVersion
COUNT = Subspace("parameters", "count")  # (account id, region, tier) -> how many, decimal


class ParameterName(NamedTuple):
    """Where a parameter is found."""

    account_id: str
    region: str
    name: str

    @property
    def arn(self) -> str:
        """The parameter's ARN, in which a path does not begin with two slashes."""
        where = f"{self.region}:{self.account_id}"
        return f"arn:aws:ssm:{where}:parameter/{self.name.removeprefix('/')}"


class Parameter(Struct, array_like=True, frozen=True):
    """One parameter, whatever its value."""

    id: str
    account_id: str
    region: str
    name: str
    created: int
    number: int
    """Of its latest version."""
    tier: str
    tags: Mapping[str, str] = {}

    @property
    def where(self) -> ParameterName:
        """Where it is found."""
        return ParameterName(self.account_id, self.region, self.name)


class ParameterVersion(Struct, array_like=True, frozen=True):
    """One value that a parameter has or had, with its settings at the time."""

    number: int
    type: str
    value: bytes
    """The text, in UTF-8; sealed for `SECURE`."""
    modified: int
    modified_by: str
    """The ARN of who put it."""
    tier: str
    description: str = ""
    pattern: str = ""
    """The regular expression that its value had to match."""
    data_type: str = "text"
    key_id: str = ""
    labels: tuple[str, ...] = ()


_encode = msgspec.msgpack.Encoder().encode
decode_parameter = msgspec.msgpack.Decoder(Parameter).decode
_decode_version = msgspec.msgpack.Decoder(ParameterVersion).decode


def find_parameter(reader: Reader, name: ParameterName) -> Parameter:
    """Return a parameter. Raises `ParameterNotFound`."""
    data = reader.get(NAMED.pack(*name))
    if data is None:
        raise ParameterNotFound(name.name)
    return decode_parameter(data)


def save_parameter(tx: Transaction, parameter: Parameter) -> None:
    """Write a parameter's record."""
    tx.set(NAMED.pack(*parameter.where), _encode(parameter))


def find_version(reader: Reader, parameter: Parameter, number: int) -> ParameterVersion | None:
    """Return a version by its number, or None."""
    data = reader.get(VERSION.pack(parameter.id, number))
    return None if data is None else _decode_version(data)


def versions_of(reader: Reader, parameter: Parameter) -> list[ParameterVersion]:
    """Return all versions of a parameter, oldest first."""
    return [_decode_version(data) for _, data in reader.range(*VERSION.range(parameter.id))]


def save_version(tx: Transaction, parameter: Parameter, version: ParameterVersion) -> None:
    """Write a version's record."""
    tx.set(VERSION.pack(parameter.id, version.number), _encode(version))


def count(tx: Transaction, parameter: Parameter, tier: str, more: int) -> int:
    """Count parameters of a tier of an account in a region; return how many there are now."""
    key = COUNT.pack(parameter.account_id, parameter.region, tier)
    counted = int(tx.get(key) or b"0") + more
    tx.set(key, b"%d" % counted)
    return counted
