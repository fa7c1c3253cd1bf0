"""What goes wrong with publications, in words for whoever publishes."""

from collections.abc import Sequence


class PublicationError(Exception):
    """What was asked cannot be done; the message says why, and what to do."""


class DatasetNotFound(PublicationError):
    """There is no such dataset, or it is not to be seen by who asks."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no dataset {name[:100]!r}")


class MetadataInvalid(PublicationError):
    """The metadata cannot be published as they are. `problems` has one line for each fault."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("The metadata are not complete or not right: " + "; ".join(problems))
        self.problems = tuple(problems)


class StateWrong(PublicationError):
    """It cannot be done with a dataset in this state."""


class NotAllowed(PublicationError):
    """Whoever asks may not publish, or not this."""


class SourceUnusable(PublicationError):
    """The folder to publish is not there, or cannot be reached or read."""
