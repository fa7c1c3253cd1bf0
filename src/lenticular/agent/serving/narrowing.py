"""Narrowing: an agent that does a task for somebody is let at what the task is about, only.

The other agent may be anybody's machine, and the task's owner may be allowed much more. What
it reads it names within these paths; links that are there lead on as they do for the owner.
What it writes is really within them, for it could make links itself.
"""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from lenticular.engines.connectors.confined import Confined
from lenticular.engines.connectors.contract import Connector
from lenticular.engines.connectors.grants import Grants
from lenticular.engines.connectors.paths import split
from lenticular.engines.connectors.places import Place, Rule
from lenticular.engines.movers.messages import Admission

OpenPlace = Callable[[Place], Connector]


def place_of(admission: Admission) -> Place | None:
    """Return the place that a visitor is let into."""
    place, paths = admission.place, admission.paths
    if place is None or not paths or not _is_writable(place):
        return place
    return replace(place, rules=_within(place.rules, paths))


def open_admitted(admission: Admission, place: Place, open_place: OpenPlace) -> Connector:
    """Return the files of the `place_of` an admission."""
    opened, whole = open_place(place), admission.place
    if not admission.paths or whole is None:
        return opened
    named = Grants([Rule(_folder(path), "rw") for path in admission.paths])
    if not _is_writable(whole):
        return Confined(opened, named)
    return _Errand(opened, open_place(whole), named)


class _Errand(Confined):
    """What a task writes to; folders are made also on the way there."""

    def __init__(self, inner: Connector, whole: Connector, named: Grants) -> None:
        super().__init__(inner, named)
        self._whole = whole
        self._named = named

    async def make_folder(self, path: str) -> None:
        if self._named.is_visible(path) and not self._named.permission(path):
            await self._whole.make_folder(path)
        else:
            await super().make_folder(path)

    async def close(self) -> None:
        await super().close()
        await self._whole.close()


def _within(rules: Sequence[Rule], paths: Sequence[str]) -> tuple[Rule, ...]:
    """Return what rules allow within some paths."""
    found: dict[Rule, None] = {}
    for rule in rules:
        is_folder, ruled = rule.path.endswith("/"), split(rule.path)
        for path in paths:
            names = split(path)
            if ruled[: len(names)] == names:
                found[rule] = None
            elif is_folder and names[: len(ruled)] == ruled:
                found[Rule(_folder(path), rule.permission)] = None
    return tuple(found)


def _is_writable(place: Place) -> bool:
    return any(rule.permission == "rw" for rule in place.rules)


def _folder(path: str) -> str:
    return f"{path.rstrip('/')}/"
