"""What a room of the portal is: pages under one path, for those whom the interfaces let in."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from lenticular.apis.http import Response
from lenticular.portal.visit import Visit

Handler = Callable[[Visit], Awaitable[Response]]
Part = Literal["Yours", "Data", "The lab"]
"""Where a room is listed: what is the person's own, research data, and what is everybody's."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A call that shows whether a person may use a room: listed are those that are open."""

    service: str
    operation: str
    params: Mapping[str, Any] = field(default_factory=dict)
    account: str = ""
    """The parameter that takes the person's account id, if it takes one."""


@dataclass(frozen=True, slots=True)
class Room:
    """One room."""

    path: str
    """Where its first page is."""
    title: str
    part: Part
    doors: Mapping[str, Handler]
    """What answers each ``METHOD /path``; a path may have ``{names}``, see `Visit.argument`."""
    probe: Probe | None = None
    """None: open to everybody who has signed in."""
    done: Mapping[str, str] = field(default_factory=dict)
    """What its pages say after something was done, by the word that `Visit.go` was given."""
