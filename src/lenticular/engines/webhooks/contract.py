"""The contract of posting webhooks: one request to an address that a person has named."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass


class WebhookRefused(Exception):
    """Nothing is ever posted there: the address is inside of the network, or is none."""


class WebhookUnavailable(Exception):
    """There was no answer; posted again later, there may be one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answered."""

    status: int
    retry_after: float | None = None
    """Seconds that it wants to be left alone for."""


class WebhookEngine(ABC):
    """Posts webhooks."""

    @abstractmethod
    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post a body and return the answer, whatever its status; a redirect is not followed.

        The address was named by somebody who may not be let into the network of this
        machine: only public addresses are connected to, and the one that was checked is the
        one that is connected to, whatever the name stands for a moment later.

        Raises `WebhookRefused` and `WebhookUnavailable`.
        """
