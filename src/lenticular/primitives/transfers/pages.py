"""Long lists that belong to tasks, kept as pages: of a million rows few are read at a time."""

from collections.abc import Sequence
from typing import Final, Generic, TypeVar

import msgspec

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace, after

T = TypeVar("T")

_ROWS: Final = 500
"""Of a page, at most."""

_encode = msgspec.msgpack.Encoder().encode


class Pages(Generic[T]):
    """The rows of one kind, by task and in their order. They are counted by who adds them."""

    def __init__(self, space: Subspace, kind: type[T]) -> None:
        self._space = space
        self._decode = msgspec.msgpack.Decoder(list[kind]).decode  # type: ignore[valid-type]  # known at run time

    def append(self, tx: Transaction, task_id: str, length: int, rows: Sequence[T]) -> int:
        """Add rows behind the `length` that there are; return how many there are then."""
        for start in range(0, len(rows), _ROWS):
            page = _encode(rows[start : start + _ROWS])
            tx.set(self._space.pack(task_id, length + start), page)
        return length + len(rows)

    def read(self, reader: Reader, task_id: str, start: int, limit: int) -> list[T]:
        """Return rows from number `start` on."""
        begin, stop = self._space.range(task_id)
        at = self._space.pack(task_id, start)
        page = reader.range(begin, after(at), limit=1, reverse=True)
        rows: list[T] = []
        if page:
            first = self._space.unpack(page[0][0])[-1]
            rows += self._decode(page[0][1])[start - first :]
            at = after(page[0][0])
        while len(rows) < limit and (page := reader.range(at, stop, limit=1)):
            rows += self._decode(page[0][1])
            at = after(page[0][0])
        return rows[:limit]

    def cut(self, tx: Transaction, task_id: str, length: int) -> None:
        """Forget all rows behind the first `length`, behind which a page begins."""
        tx.delete_range(self._space.pack(task_id, length), self._space.range(task_id)[1])

    def clear(self, tx: Transaction, task_id: str) -> None:
        """Forget all rows."""
        tx.delete_range(*self._space.range(task_id))
