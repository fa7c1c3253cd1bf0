"""Progress: which buckets have lifecycle rules, and how far the worker is with each.

A record lies here for every bucket that has rules, so that the worker never looks at the
others. It says where the run through the bucket goes on, so that a run that ends in its middle
goes on there, in whichever process.
"""

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace

_PROGRESS = Subspace("objects", "lifecycle")  # (bucket name) -> Progress

DONE = -1
"""As a stage: the run is over."""


class Progress(Struct, array_like=True, frozen=True):
    """How far the worker is with a bucket."""

    uid: bytes
    """The bucket's: a new bucket of an old name begins anew."""
    turn: int = -1
    """When this run began (see `Calendar.turn`)."""
    stage: int = DONE
    """What is gone through: versions, objects, uploads (see ``worker``), or `DONE`."""
    position: bytes = b""
    """The store's key that was seen last; empty: none of this stage yet."""


_decode = msgspec.msgpack.Decoder(Progress).decode
_encode = msgspec.msgpack.Encoder().encode


def find(reader: Reader, name: str) -> Progress | None:
    """Return how far the worker is with a bucket; None: it has nothing to do there."""
    data = reader.get(_PROGRESS.pack(name))
    return None if data is None else _decode(data)


def save(tx: Transaction, name: str, progress: Progress) -> None:
    """Note how far the worker is with a bucket."""
    tx.set(_PROGRESS.pack(name), _encode(progress))


def forget(tx: Transaction, name: str) -> None:
    """Leave a bucket out from now on."""
    tx.delete(_PROGRESS.pack(name))


def due(reader: Reader, turn: int) -> list[str]:
    """Return the names of the buckets whose run is not over, or was in another turn."""
    names = []
    for key, data in reader.range(*_PROGRESS.range()):
        progress = _decode(data)
        if progress.stage != DONE or progress.turn != turn:
            names.append(str(_PROGRESS.unpack(key)[0]))
    return names
