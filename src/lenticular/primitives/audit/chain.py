"""The log of an account as a chain: each record holds on to its predecessor by its digest.

A record's digest is the SHA-256 of its predecessor's digest, its own time and the bytes of
its event, so that none can be altered, removed or put in between without all that follow
being made anew. The head, and every `SEALED`-th record for good, is sealed with a signature,
which whoever writes to the store cannot make: neither can they make the chain anew, nor cut
its end off. That an account has a chain at all stands in the cloud's own.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace, pack
from lenticular.primitives.audit.events import CLOUD, encode_event, own_event
from lenticular.primitives.audit.sealing import SealingKey

RECORD = Subspace("audit", "record")  # (account id, sequence from 1) -> Record
_HEAD = Subspace("audit", "head")  # (account id) -> Seal of the last record
_SEAL = Subspace("audit", "seal")  # (account id, sequence) -> Seal, kept for good

SEALED = 1000
"""So many records lie between two seals that are kept, at most one commit more."""

BEGINNING = "BeginAccountLog"
"""The event that tells, in the cloud's own chain, that an account's chain begins."""

NOTHING = bytes(32)
"""Stands for the digest before the first record."""


class Record(Struct, array_like=True, frozen=True):
    """One event in its place."""

    time: int
    """When it was recorded, in milliseconds since the epoch: never before its predecessor."""
    previous: bytes
    """The digest of the record before."""
    event: bytes
    """The event's JSON."""
    digest: bytes

    def is_intact(self) -> bool:
        """Tell whether the digest is that of the record's own contents."""
        return self.digest == digest(self.previous, self.time, self.event)


class Seal(Struct, array_like=True, frozen=True):
    """A signed statement that a chain came as far as a record."""

    sequence: int
    digest: bytes
    time: int
    signature: bytes

    def statement(self, account_id: str) -> bytes:
        """Return the bytes that are signed."""
        return pack("lenticular audit", account_id, self.sequence, self.digest, self.time)


_encode = msgspec.msgpack.Encoder().encode
decode_record = msgspec.msgpack.Decoder(Record).decode
_decode_seal = msgspec.msgpack.Decoder(Seal).decode


def digest(previous: bytes, time: int, event: bytes) -> bytes:
    """Return the digest of a record."""
    return sha256(b"%b%b%b" % (previous, time.to_bytes(8, "big"), event)).digest()


def append(
    tx: Transaction, key: SealingKey, account_id: str, events: Iterable[bytes], now: int
) -> None:
    """Add events to an account's chain and seal its head. `now` is in milliseconds."""
    last = head(tx, account_id)
    if last is None and account_id != CLOUD:
        append(tx, key, CLOUD, [_beginning(account_id, now)], now)
    sequence, previous = (last.sequence, last.digest) if last else (0, NOTHING)
    now = max(now, last.time if last else 0)
    for event in events:
        sequence += 1
        record = Record(now, previous, event, digest(previous, now, event))
        tx.set(RECORD.pack(account_id, sequence), _encode(record))
        previous = record.digest
    unsigned = Seal(sequence, previous, now, b"")
    signature = key.sign(tx, unsigned.statement(account_id))
    sealed = _encode(msgspec.structs.replace(unsigned, signature=signature))
    tx.set(_HEAD.pack(account_id), sealed)
    if sequence // SEALED > (last.sequence if last else 0) // SEALED:
        tx.set(_SEAL.pack(account_id, sequence), sealed)


def _beginning(account_id: str, now: int) -> bytes:
    return encode_event(own_event(BEGINNING, now / 1000, {"accountId": account_id}))


def head(reader: Reader, account_id: str) -> Seal | None:
    """Return the seal of an account's last record; None: nothing is recorded of it."""
    data = reader.get(_HEAD.pack(account_id))
    return None if data is None else _decode_seal(data)


def seals(reader: Reader, account_id: str) -> list[Seal]:
    """Return the seals that are kept of an account's chain, in order."""
    return [_decode_seal(data) for _, data in reader.range(*_SEAL.range(account_id))]


def accounts(reader: Reader) -> set[str]:
    """Return the accounts of which there is a head, a seal or a record."""
    found: set[str] = set()
    for space in (_HEAD, _SEAL, RECORD):
        at, stop = space.range()
        while pairs := reader.range(at, stop, limit=1):
            account_id = space.unpack(pairs[0][0])[0]
            found.add(account_id)
            at = space.range(account_id)[1]
    return found


def records(
    reader: Reader, account_id: str, first: int, limit: int
) -> Sequence[tuple[int, Record]]:
    """Return a page of an account's records in order, from the sequence `first` on."""
    stop = RECORD.range(account_id)[1]
    pairs = reader.range(RECORD.pack(account_id, first), stop, limit=limit)
    return [(RECORD.unpack(key)[1], decode_record(data)) for key, data in pairs]


def last_sequence(reader: Reader, account_id: str) -> int:
    """Return the sequence of the last record that is there, whatever the head says; 0: none."""
    pairs = reader.range(*RECORD.range(account_id), limit=1, reverse=True)
    return RECORD.unpack(pairs[0][0])[1] if pairs else 0
