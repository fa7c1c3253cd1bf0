"""The errors of agents as HTTP has them."""

from typing import Final

from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.primitives.agents import (
    AgentAbsent,
    AgentBusy,
    AgentError,
    AgentUnknown,
    SetupKeyInvalid,
)

_STATUSES: Final[dict[type[AgentError], tuple[int, str]]] = {
    SetupKeyInvalid: (403, "SetupKeyInvalid"),
    AgentUnknown: (401, "AgentUnknown"),
    AgentAbsent: (502, "EndpointError"),
    AgentBusy: (503, "EndpointError"),
}


def translate(error: Exception) -> GlobusError | None:
    """Return the service's error for one of the primitive's."""
    if not isinstance(error, AgentError):
        return None
    status, code = _STATUSES[type(error)]
    return GlobusError(status, str(error), code)
