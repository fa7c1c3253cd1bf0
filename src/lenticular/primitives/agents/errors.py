"""What can go wrong with agents."""


class AgentError(Exception):
    """Any error of this package."""


class SetupKeyInvalid(AgentError):
    """The setup key is none of this cloud's, was used already, or has expired."""


class AgentUnknown(AgentError):
    """There is no agent of this id, or this is not its secret."""


class AgentAbsent(AgentError):
    """The agent is not connected, or does not answer: somebody must start it, or wait."""


class AgentBusy(AgentAbsent):
    """So many questions wait for the agent that it is not asked another one."""
