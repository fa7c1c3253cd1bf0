"""The place of a process in its cloud: alone, or one of several workers."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

ADMINISTRATION = "administration"
"""What the local socket is called among the listeners."""

ADMINISTRATION_SOCKET = "admin.sock"
"""The file of the local socket, in the data folder."""


def _nobody_waits() -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Place:
    """Which of the cloud's processes this is, and what it was handed by its supervisor."""

    number: int = 1
    """Counted from 1."""
    workers: int = 1
    """How many there are."""
    listeners: Mapping[str, socket.socket] = field(default_factory=dict)
    """The sockets to listen on, by interface; one that is not there is to be opened."""
    begun: Callable[[], None] = _nobody_waits
    """To be called once requests are served."""

    @property
    def is_alone(self) -> bool:
        """Whether this process is the whole cloud."""
        return self.workers == 1

    @property
    def worker(self) -> int | None:
        """The number of this worker, where there are several."""
        return None if self.is_alone else self.number


ALONE = Place()
"""The place of a process that is the whole cloud."""
