"""What an administrative operation is: a function of the site and one message, by name."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, get_type_hints

from msgspec import Struct

from lenticular.server.configuration import Configuration
from lenticular.server.wiring import Cloud


@dataclass(frozen=True, slots=True)
class Site:
    """What the owner of a data folder administers."""

    cloud: Cloud
    configuration: Configuration


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """The message of an operation that needs none."""


Operation = Callable[[Site, Any], Awaitable[Struct | list[Any]] | AsyncIterator[Struct]]
"""Takes a site and a message, a struct of the operation's own, and answers with a struct, with
a list of them, or step by step."""


def message_type(operation: Operation) -> type[Struct]:
    """Return the type of an operation's message: that of its second parameter."""
    hints = get_type_hints(operation)
    hints.pop("return", None)
    return list(hints.values())[1]  # type: ignore[no-any-return]  # hints are not typed
