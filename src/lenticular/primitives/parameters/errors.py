"""What can be wrong with a request for a parameter, in neutral words."""


class ParametersError(Exception):
    """A request that cannot be served."""


class ParameterNotFound(ParametersError, LookupError):
    """There is no parameter of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no parameter {name!r}")
        self.name = name


class ParameterExists(ParametersError):
    """There is a parameter of this name, and it is not to be overwritten."""


class VersionNotFound(ParametersError, LookupError):
    """The parameter has no such version; `what` says which was looked for."""

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"{name} has no {what}")
        self.name = name
        self.what = what


class OldestLabelled(ParametersError):
    """The parameter has as many versions as it may, and the oldest bears a label."""

    def __init__(self, name: str, number: int) -> None:
        super().__init__(f"version {number} of {name} bears a label")
        self.name = name
        self.number = number


class TooManyLabels(ParametersError):
    """A version would bear more labels than it may."""


class TooManyParameters(ParametersError):
    """The account has as many parameters of the tier in the region as it may."""


class TooManyTags(ParametersError):
    """A parameter would have more tags than it may."""


class TypeFixed(ParametersError):
    """A parameter in a hierarchy keeps its type."""


class TierFixed(ParametersError):
    """A parameter of the advanced tier stays there."""
