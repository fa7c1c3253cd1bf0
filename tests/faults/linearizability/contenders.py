"""Those who read and write the same few registers at the same time, on purpose."""

import itertools
import random
import threading
from collections.abc import Callable, Sequence
from contextlib import closing

from ..values import make_token
from .clients import Client
from .history import History, NotAsked
from .registers import Outcome, Step, Value

_NOBODY = 0.005
"""Seconds until one asks again when there is no server."""

SIZES = (20,) * 30 + (200 * 1024,)
"""Bytes of values. The large one of an object lies beside the store, in a file."""


class Contender(threading.Thread):
    """Takes random steps until it is stopped: reads, and writes on what it last saw, mostly."""

    def __init__(
        self,
        name: str,
        make_client: Callable[[], Client],
        keys: Sequence[str],
        history: History,
        chance: random.Random,
        *,
        widest: int = 1,
        sizes: Sequence[int] = (20,),
    ) -> None:
        """Take steps over up to `widest` registers in one, and write values of these sizes."""
        super().__init__(name=name, daemon=True)
        self.stopping = threading.Event()
        self.failure: BaseException | None = None
        self._make_client = make_client
        self._keys = keys
        self._history = history
        self._chance = chance
        self._widest = widest
        self._sizes = sizes
        self._known: dict[str, Value] = {}
        self._numbers = itertools.count(1)

    def run(self) -> None:
        try:
            with closing(self._make_client()) as client:
                while not self.stopping.is_set():
                    self._take(client, self._draw())
        except BaseException as error:
            self.failure = error

    def _take(self, client: Client, step: Step) -> None:
        try:
            answer = self._history.carry_out(self.name, step, client.ask)
        except NotAsked:
            self.stopping.wait(_NOBODY)
            return
        if answer.outcome is Outcome.DONE:
            self._known.update({**answer.seen, **step.writes})
        else:
            for key in step.keys:
                self._known.pop(key, None)
            self._known.update(answer.seen)

    def _draw(self) -> Step:
        wide = self._chance.randint(1, self._widest)
        keys = self._chance.sample(self._keys, wide)
        if self._chance.random() < 0.3 or not self._known.keys() >= set(keys):
            return Step(reads=frozenset(keys))
        if wide == 1:
            return self._draw_one(keys[0])
        expects = {key: self._known[key] for key in keys if self._chance.random() < 0.6}
        writes = {key: self._value() for key in keys if self._chance.random() < 0.8}
        writes |= {key: self._value() for key in keys if key not in {*expects, *writes}}
        return Step(expects, writes)

    def _draw_one(self, key: str) -> Step:
        known, value = self._known[key], self._value()
        if self._chance.random() < 0.2:
            return Step(writes={key: value})
        if known is None or self._chance.random() < 0.05:
            return Step({key: None}, {key: value or self._token()})
        return Step({key: known}, {key: value})

    def _value(self) -> Value:
        return None if self._chance.random() < 0.1 else self._token()

    def _token(self) -> str:
        size = self._chance.choice(self._sizes)
        return make_token(self.name, next(self._numbers), size)
