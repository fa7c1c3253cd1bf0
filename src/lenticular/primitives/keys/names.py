"""How keys are asked for: by id, by alias, or by the ARN of either.

AWS KMS Developer Guide, "Key identifiers (KeyId)".
"""

import re
from typing import NamedTuple

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.keys.errors import (
    AliasNameInvalid,
    AliasNotFound,
    KeyNameInvalid,
    KeyNotFound,
)
from lenticular.primitives.keys.records import ALIAS, Key, decode_alias, find_key

ALIAS_PREFIX = "alias/"
MANAGED_PREFIX = "alias/aws/"
"""Begins the aliases of the keys that the cloud makes itself."""

S3_ALIAS = "alias/aws/s3"
"""The alias of the key that an account's objects are sealed with where none is named."""

_ARN = re.compile(r"arn:aws:kms:([a-z0-9-]+):([0-9]{12}):(key|alias)/(.+)")
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ALIAS = re.compile(r"alias/[a-zA-Z0-9/_-]+")
_LONGEST_ALIAS = 256


class KeyName(NamedTuple):
    """What a key is asked for by."""

    account_id: str
    region: str
    name: str
    """The key's id, or ``alias/NAME``."""

    @property
    def alias(self) -> str:
        """The alias that was given; empty: it was an id."""
        return self.name if self.name.startswith(ALIAS_PREFIX) else ""

    @property
    def arn(self) -> str:
        """The ARN of what was given."""
        path = self.alias or f"key/{self.name}"
        return f"arn:aws:kms:{self.region}:{self.account_id}:{path}"

    def find(self, reader: Reader) -> Key | None:
        """Return the key; None: this account and region have none of the name."""
        key_id = self.name
        if self.alias:
            data = reader.get(ALIAS.pack(*self))
            if data is None:
                return None
            key_id = decode_alias(data).key_id
        key = find_key(reader, key_id)
        if key is None or (key.account_id, key.region) != (self.account_id, self.region):
            return None
        return key

    def not_found(self) -> KeyNotFound:
        """Return the error of a key that is not there."""
        return AliasNotFound(self.arn) if self.alias else KeyNotFound(self.arn)


def parse(text: str, account_id: str, region: str) -> KeyName:
    """Read how a key is asked for by somebody of an account, in a region.

    Raises `KeyNameInvalid` for what begins as an ARN and is none, and `KeyNotFound` for what no
    key is called.
    """
    if text.startswith("arn:"):
        match = _ARN.fullmatch(text)
        if match is None:
            raise KeyNameInvalid(text)
        region, account_id, kind, rest = match.groups()
        text = rest if kind == "key" else f"{ALIAS_PREFIX}{rest}"
    if not (text.startswith(ALIAS_PREFIX) or _ID.fullmatch(text)):
        raise KeyNotFound(text)
    return KeyName(account_id, region, text)


def check_alias(name: str) -> None:
    """Raise `AliasNameInvalid` for what an alias cannot be called."""
    if not name.startswith(ALIAS_PREFIX):
        raise AliasNameInvalid(
            'Alias must start with the prefix "alias/". Please see '
            "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html"
        )
    if len(name) > _LONGEST_ALIAS or not _ALIAS.fullmatch(name):
        raise AliasNameInvalid(
            f"{name} is no alias: expected alias/ and letters, digits, /, _ and -, "
            f"{_LONGEST_ALIAS} characters at most"
        )
