"""The mailbox: questions to agents and their answers, whichever processes the two come to.

Somebody asks in one process of the cloud, and the agent polls another one. What they have to
say lies in a store that both share, for as long as somebody waits, and signals tell of it. It
is sealed, for questions carry secrets of places. A question is given out again to a poll that
comes later than `_AGAIN` seconds, as what was given may have been lost on the way: agents answer
one question once.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from uuid import uuid4

import msgspec
from msgspec import Struct

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction, Watch
from lenticular.engines.kv.keys import Subspace
from lenticular.engines.movers.messages import Answer, Answered, Asked, Dial, Question
from lenticular.primitives.agents.errors import AgentBusy
from lenticular.primitives.vault import Vault

_LETTER = Subspace("agents", "letter")  # (agent id, letter id) -> _Letter
_ANSWER = Subspace("agents", "answer")  # (agent id, question id, part) -> bytes

_MOST = 200
"""Letters that may wait for one agent."""

_PART = 1024 * 1024
"""Bytes of an answer under one key."""

_AGAIN = 5.0

_LOOK = 2.0
"""Seconds between two looks for an answer, if none is signalled."""

Alive = Callable[[], Awaitable[bool]]
"""Tells whether it is worth while to go on waiting."""

_CONTEXT = "a letter to an agent"


class _Letter(Struct, array_like=True, frozen=True):
    """A question or a dial that waits for an agent. Times: seconds since the epoch."""

    content: bytes
    """Sealed."""
    expires: float
    given: float = 0.0
    """When it was last given to the agent."""
    once: bool = False
    """Whether it is given only once: who waits has tried again before it would be given again."""


class _Content(Struct, frozen=True):
    """What a letter says: one of the two."""

    asked: Asked | None = None
    dial: Dial | None = None


class Letters(Struct, frozen=True):
    """What an agent finds in its mailbox."""

    questions: tuple[Asked, ...] = ()
    dials: tuple[Dial, ...] = ()


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Letter).decode
_read_content = msgspec.json.Decoder(_Content).decode
_ANSWERS: msgspec.json.Decoder[Answer] = msgspec.json.Decoder(Answer)


class Mailbox:
    """The letters to all agents of a cloud."""

    def __init__(
        self, store: KeyValueStore, vault: Vault, *, clock: Callable[[], float] = time.time
    ) -> None:
        """`store` is one that all processes of the cloud share; it need not last."""
        self._store = store
        self._vault = vault
        self._clock = clock

    def watch(self, agent_id: str) -> AbstractContextManager[Watch]:
        """Watch for letters to an agent."""
        return self._store.watch(_mail(agent_id))

    async def ask(
        self, agent_id: str, question: Question, seconds: float, *, alive: Alive
    ) -> Answer | None:
        """Return an agent's answer; None when there was none within so many seconds.

        It is given up before when `alive`, which is asked now and then, says so. Raises
        `AgentBusy`.
        """
        asked = Asked(str(uuid4()), question, seconds)
        ends = self._clock() + seconds
        with self._store.watch(_answered(asked.question_id)) as watch:
            try:
                await self._put(agent_id, asked.question_id, _Content(asked=asked), ends)
                while (left := ends - self._clock()) > 0:
                    woken = await watch.wait(min(left, _LOOK))
                    answer = await self._take_answer(agent_id, asked.question_id)
                    if answer is not None or not (woken or await alive()):
                        return answer
                return None
            finally:
                await asyncio.shield(self._forget(agent_id, asked.question_id))

    async def dial(self, agent_id: str, dial: Dial, seconds: float) -> None:
        """Ask an agent, within so many seconds, to connect somewhere. Raises `AgentBusy`."""
        content = _Content(dial=dial)
        await self._put(agent_id, str(uuid4()), content, self._clock() + seconds)

    async def collect(self, agent_id: str) -> Letters:
        """Return the letters to an agent that it has not been given, or not lately."""
        now = self._clock()
        if not await self._store.read(lambda reader: _due(reader, agent_id, now)):
            return Letters()

        def give(tx: Transaction) -> list[bytes]:
            found = []
            for key, letter in _due(tx, agent_id, now):
                if letter.expires <= now:
                    tx.delete(key)
                    continue
                found.append(letter.content)
                if letter.once:
                    tx.delete(key)
                else:
                    tx.set(key, _encode(msgspec.structs.replace(letter, given=now)))
            return found

        contents = [self._open(sealed) for sealed in await self._store.transact(give)]
        return Letters(
            tuple(one.asked for one in contents if one.asked is not None),
            tuple(one.dial for one in contents if one.dial is not None),
        )

    async def answer(self, agent_id: str, answers: Sequence[Answered]) -> None:
        """Take an agent's answers; those that nobody waits for (any more) are dropped."""
        texts = [(one.question_id, msgspec.json.encode(one.answer)) for one in answers]

        def deliver(tx: Transaction) -> None:
            for question_id, text in texts:
                if tx.get(_LETTER.pack(agent_id, question_id)) is None:
                    continue
                tx.delete(_LETTER.pack(agent_id, question_id))
                for number, start in enumerate(range(0, len(text), _PART)):
                    part = self._vault.seal(text[start : start + _PART], _CONTEXT)
                    tx.set(_ANSWER.pack(agent_id, question_id, number), part)
                tx.signal(_answered(question_id))

        if texts:
            await self._store.transact(deliver)

    async def _put(self, agent_id: str, letter_id: str, content: _Content, expires: float) -> None:
        sealed = self._vault.seal(msgspec.json.encode(content), _CONTEXT)
        letter = _Letter(sealed, expires, once=content.dial is not None)
        now = self._clock()

        def put(tx: Transaction) -> None:
            waiting = _letters(tx, agent_id)
            for key, old in waiting:
                if old.expires <= now:
                    tx.delete(key)
            if sum(old.expires > now for _, old in waiting) >= _MOST:
                raise AgentBusy(f"{_MOST} questions wait for this agent already: try again later")
            tx.set(_LETTER.pack(agent_id, letter_id), _encode(letter))
            tx.signal(_mail(agent_id))

        await self._store.transact(put)

    async def _take_answer(self, agent_id: str, question_id: str) -> Answer | None:
        parts = await self._store.read(
            lambda reader: reader.range(*_ANSWER.range(agent_id, question_id))
        )
        if not parts:
            return None
        text = b"".join(self._vault.open(part, _CONTEXT) for _, part in parts)
        return _ANSWERS.decode(text)

    async def _forget(self, agent_id: str, question_id: str) -> None:
        def remove(tx: Transaction) -> None:
            tx.delete(_LETTER.pack(agent_id, question_id))
            tx.delete_range(*_ANSWER.range(agent_id, question_id))

        await self._store.transact(remove)

    def _open(self, sealed: bytes) -> _Content:
        return _read_content(self._vault.open(sealed, _CONTEXT))


def _letters(reader: Reader, agent_id: str) -> list[tuple[bytes, _Letter]]:
    return [(key, _decode(data)) for key, data in reader.range(*_LETTER.range(agent_id))]


def _due(reader: Reader, agent_id: str, now: float) -> list[tuple[bytes, _Letter]]:
    """Return the letters to give now, and those that have expired."""
    return [
        (key, letter)
        for key, letter in _letters(reader, agent_id)
        if letter.given <= now - _AGAIN or letter.expires <= now
    ]


def _mail(agent_id: str) -> bytes:
    return b"agents/mail/" + agent_id.encode()


def _answered(question_id: str) -> bytes:
    return b"agents/answer/" + question_id.encode()
