"""The control channel of agents (``/agent/v1``): this cloud's own, for `lenticular connect`.

The documents are those of `lenticular.engines.movers.messages`.
"""

from lenticular.apis.globus.agents.errors import translate
from lenticular.apis.globus.agents.operations import AgentOperations
from lenticular.apis.globus.wire.errors import CodedErrors
from lenticular.apis.globus.wire.service import Service
from lenticular.primitives.agents import Agents, Doorkeeper, Work


def service(agents: Agents, work: Work, doorkeeper: Doorkeeper) -> Service:
    """Return the service."""
    return Service(
        "agents",
        AgentOperations(agents, work, doorkeeper),
        resource_server="agents",
        errors=CodedErrors(),
        translate=translate,
    )
