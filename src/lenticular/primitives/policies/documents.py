"""Policy documents: IAM's JSON language, parsed, checked and compiled."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy, compiled."""

    name: str
    """How explanations call it: its ARN, or «the inline policy NAME of user NAME»."""
    document: str
    """The JSON that it was made of."""
