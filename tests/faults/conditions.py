"""What a server that is forked finds itself in."""

import resource
from typing import TypedDict


class Conditions(TypedDict, total=False):
    """The conditions of one server."""

    files: int
    """Descriptors that it may have."""


def meet(conditions: Conditions) -> None:
    """Put this process into these conditions."""
    if "files" in conditions:
        resource.setrlimit(resource.RLIMIT_NOFILE, (conditions["files"], conditions["files"]))
