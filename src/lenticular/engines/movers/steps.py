"""Steps: the parts of a job that are done one by one, and may be done at once."""

from functools import lru_cache

from lenticular.engines.connectors.contract import Entry
from lenticular.engines.connectors.paths import clean
from lenticular.engines.movers.checkpoints import Kept, Progress, StepKind, weight
from lenticular.engines.movers.contract import Item
from lenticular.engines.movers.walking import Names


class Step:
    """A file or link to move, a folder to make, a tree to walk, something to remove."""

    __slots__ = (
        *("_destination", "_source", "beside", "breaks", "given", "is_checked", "is_resumed"),
        *("item", "kind", "names", "progress", "size", "tries"),
    )

    def __init__(
        self,
        kind: StepKind,
        item: int,
        given: Item,
        names: Names = (),
        *,
        size: int = 0,
        is_checked: bool = False,
        beside: Entry | None = None,
    ) -> None:
        """Begin with item number `item`, as it was given.

        `beside` is what the destination has there, where it was listed.
        """
        self.kind = kind
        self.item = item
        self.given = given
        self.names = names
        self.size = size
        self.is_checked = is_checked
        self.beside = beside
        self.progress: Progress | None = None
        self._source = self._destination = ""
        self.tries = 0
        """In a row without any progress."""
        self.breaks = 0
        """How often the destination broke off."""
        self.is_resumed = False
        """Whether an earlier attempt began with it."""

    @property
    def source(self) -> str:
        """Its path at the source."""
        self._source = self._source or below(self.given.source, self.names)
        return self._source

    @property
    def destination(self) -> str:
        """Its path at the destination."""
        self._destination = self._destination or below(self.given.destination, self.names)
        return self._destination

    @property
    def is_named(self) -> bool:
        """Whether the person named it, or it was found in what they named."""
        return not self.names

    @property
    def weight(self) -> int:
        """The bytes that it adds to a checkpoint."""
        progress = self.progress
        held = 200 + len(progress.mark) + 40 * len(progress.parts) if progress else 0
        return weight(self.names) + held

    def kept(self) -> Kept:
        """Return it as a checkpoint has it."""
        return Kept(self.item, self.names, self.kind, self.size, self.is_checked, self.progress)

    @classmethod
    def again(cls, kept: Kept, given: Item) -> "Step":
        """Return a step that a checkpoint has."""
        step = cls(kept.kind, kept.item, given, kept.names, size=kept.size)
        step.is_checked = kept.is_checked
        step.progress = kept.progress
        step.is_resumed = True
        return step


def below(root: str, names: Names) -> str:
    """Return the path of what is below a root (which may be written with a ``/`` at its end)."""
    if not names:
        return _clean(root)
    return f"{_clean(root).rstrip('/')}/{'/'.join(names)}"


_clean = lru_cache(1024)(clean)
