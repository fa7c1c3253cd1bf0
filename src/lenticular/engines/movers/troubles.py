"""Troubles: faults with the side on which they were met, and what is to be done about them."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal

from lenticular.engines.connectors.faults import TRANSIENT, Fault
from lenticular.engines.movers.contract import Options

_log = logging.getLogger(__name__)

Side = Literal["source", "destination"]

BROKEN: Final = frozenset(
    {"CONNECT_FAILED", "CONNECTION_BROKEN", "CONNECTION_RESET", "ENDPOINT_ERROR", "TIMEOUT"}
)
"""Codes of what happens to connections: whoever reads or writes goes on where it was."""

_PASSING: Final = TRANSIENT | {"AUTH"}
"""Codes that say nothing about the one path that was asked for."""

_HOPELESS: Final = frozenset(
    {
        "EXISTS",
        "EXTERNAL_CHECKSUM_MISMATCH",
        "INVALID_PATH",
        "IS_A_DIRECTORY",
        "NOT_A_DIRECTORY",
        "NOT_EMPTY",
        "NOT_SUPPORTED",
    }
)
"""Codes of what no patience helps against."""


class Trouble(Exception):
    """A fault, and where it was met."""

    def __init__(self, fault: Fault, side: Side) -> None:
        super().__init__(f"{fault} ({side})")
        self.fault = fault
        self.side = side

    @property
    def is_passing(self) -> bool:
        """Whether whatever is done next will meet it too, until it is over."""
        return self.fault.code in _PASSING

    @property
    def is_break(self) -> bool:
        """Whether only a connection broke."""
        return self.fault.code in BROKEN

    def is_skipped(self, options: Options) -> bool:
        """Whether the job goes on without what could not be read."""
        codes = ("PERMISSION_DENIED", "FILE_NOT_FOUND", "INVALID_PATH")
        return options.skip_source_errors and self.side == "source" and self.fault.code in codes

    def is_final(self, options: Options, *, is_named: bool) -> bool:
        """Whether the job fails by it; `is_named`: met at what the person named themselves."""
        code = self.fault.code
        return (
            code in _HOPELESS
            or (code == "QUOTA_EXCEEDED" and options.fail_on_quota_errors)
            or (
                code == "FILE_NOT_FOUND"
                and self.side == "source"
                and is_named
                and options.fail_on_missing_source
            )
        )


class Failure(Exception):
    """The job has failed for good."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


def is_cancelled() -> bool:
    """Tell whether this task was cancelled.

    Where something goes wrong in the same moment, the fault may have come instead of the
    cancellation (`asyncio.gather` and `asyncio.TaskGroup` raise one of them): whoever would try
    again looks here first.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


@contextmanager
def at(side: Side) -> Iterator[None]:
    """Let what is done within raise `Trouble` of a side, whatever goes wrong."""
    try:
        yield
    except Fault as fault:
        raise Trouble(fault, side) from fault
    except (Trouble, Failure):
        raise
    except Exception as error:
        _log.exception("a connector raised what it should not")
        told = f"The {side} failed in an unforeseen way: {type(error).__name__}."
        raise Trouble(Fault("UNKNOWN", told), side) from error
