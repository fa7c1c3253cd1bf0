"""Clients of a cloud that is recorded: each works on addresses of its own, and takes notes."""

import random
import threading
from collections.abc import Callable, Iterable
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError, HTTPClientError

from ..values import make_token
from .notes import Changes, Note, State, changed

Answer = dict[str, Any]
Connect = Callable[[str], Any]
"""Returns a client of a service by its name."""

KEYS = 5
"""Addresses of each client."""

SIZES = (300, 4000, 70_000, 200_000)
"""Bytes of values: beside the key, in the database, and in a file of its own."""


class Client:
    """Does what a plan says, one thing after the other, also in several runs of a server."""

    service = ""
    operations: tuple[str, ...] = ()
    """The methods that a plan names."""

    def __init__(self, name: str, seed: object) -> None:
        self.name = name
        self.notes: list[Note] = []
        self.state: State = {}
        self.random = random.Random(f"{name} {seed}")
        self.failure: BaseException | None = None
        self.client: Any = None
        self._number = 0
        self._thread: threading.Thread | None = None

    def start(self, connect: Connect, steps: int) -> None:
        """Begin to do as much, on a thread: every operation at least once, if there is room."""
        self.client = connect(self.service)
        rest = max(steps - len(self.operations), 0)
        plan = [*self.operations, *self.random.choices(self.operations, k=rest)]
        self.random.shuffle(plan)
        self._thread = threading.Thread(target=self._work, args=(plan[:steps],))
        self._thread.start()

    def join(self) -> None:
        """Return when the plan is done, or the server is gone."""
        assert self._thread
        self._thread.join()
        if self.failure:
            raise self.failure

    def settle(self, connect: Connect) -> None:
        """Look how that ended of which no answer came: from now on it must stay so."""
        if not self.notes or self.notes[-1].request is not None:
            return
        note = self.notes[-1]
        self.client = connect(self.service)
        found, note.request = self.look(note.changes)
        note.done = found == dict(note.changes)
        before = {address: self.state.get(address) for address in note.changes}
        assert note.done or found == before, f"half of {note.changes} is there: {found}"
        if note.done:
            self.state = changed(self.state, note.changes)

    def look(self, addresses: Iterable[str]) -> tuple[Changes, str]:
        """Return what is at `addresses`, and the last request that told so."""
        raise NotImplementedError

    def carry_out(self, changes: Changes, ask: Callable[[], Answer]) -> Answer:
        """Ask for `changes`, and note it."""
        note = Note(changes)
        self.notes.append(note)
        answer = ask()
        note.request = request_of(answer)
        self.state = changed(self.state, changes)
        return answer

    def address(self) -> str:
        return f"{self.name}/{self.random.randrange(KEYS)}"

    def existing(self) -> str | None:
        """Return an address at which there is something, if there is one."""
        return self.random.choice(sorted(self.state)) if self.state else None

    def token(self, address: str, size: int | None = None) -> str:
        self._number += 1
        return make_token(address, self._number, size or self.random.choice(SIZES))

    def _work(self, plan: list[str]) -> None:
        try:
            for operation in plan:
                getattr(self, operation)()
        except (HTTPClientError, EndpointConnectionError):
            pass  # the server was killed: see `settle`
        except BaseException as error:
            self.failure = error


def request_of(answer: Answer) -> str:
    """Return the id of the request that was answered."""
    request: str = answer["ResponseMetadata"]["RequestId"]
    return request


def attempt(ask: Callable[[], Answer], *absent: str) -> tuple[Answer | None, str]:
    """Return the answer, None where its error is one of `absent`, and the request's id."""
    try:
        answer = ask()
    except ClientError as error:
        if error.response["Error"]["Code"] not in absent:
            raise
        return None, request_of(error.response)
    return answer, request_of(answer)
