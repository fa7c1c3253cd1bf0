"""Agents: who they are, whether they are there, and what they are asked."""

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from urllib.parse import urlsplit

import msgspec

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction, Watch
from lenticular.engines.movers.messages import (
    Answer,
    Answered,
    Dial,
    Enrolled,
    Hello,
    Question,
)
from lenticular.primitives.agents import setupkeys
from lenticular.primitives.agents.errors import (
    AgentAbsent,
    AgentUnknown,
    SetupKeyInvalid,
)
from lenticular.primitives.agents.mailbox import Letters, Mailbox
from lenticular.primitives.agents.records import (
    AGENT,
    EXPIRING,
    HELLO,
    LIFE,
    SEEN,
    SETUP_KEY,
    Agent,
    Seen,
    SetupKey,
    decode_agent,
    decode_seen,
    decode_setup_key,
    encode,
)
from lenticular.primitives.vault import Vault

BUILT_IN = "built-in"
"""The id of the agent that the server starts itself."""

PATIENCE = 35.0
"""Seconds after its last poll within which an agent counts as connected."""

_START = 20.0
"""Seconds that the built-in agent is waited for: it is started when it is first needed."""

_NOTED = 4.0
"""Seconds after an agent was heard of for which that is recent enough."""

_MOST_ADDRESSES = 8
"""Of one agent."""

_SWEPT = 100
"""Expired setup keys that are removed whenever a new one is made."""


class Agents:
    """The agents of one cloud."""

    def __init__(
        self,
        store: KeyValueStore,
        vault: Vault,
        *,
        letters: KeyValueStore | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Keep agents in `store`, and what they are asked in `letters` (None: there too).

        `letters` is shared by all processes of the cloud, and need not last.
        """
        self._store = store
        self._mailbox = Mailbox(letters or store, vault, clock=clock)
        self._clock = clock
        self.url = ""
        """Where agents find this cloud, for setup keys to tell."""
        self.is_closing = asyncio.Event()
        """Once it is set, no poll waits any more."""

    @asynccontextmanager
    async def attended(self) -> AsyncIterator[None]:
        """Let agents wait for orders while the context lasts; then send them all away."""
        try:
            yield
        finally:
            self.is_closing.set()

    # Enrolment

    def expect(self, tx: Transaction, agent_id: str, display_name: str) -> str:
        """Return a new setup key, with which a machine becomes this agent, within a week.

        It works once; one that was made for the agent before works no more.
        """
        now = self._clock()
        self._sweep(tx, now)
        old = self.find(tx, agent_id)
        if old is not None and old.setup_key:
            tx.delete(SETUP_KEY.pack(old.setup_key))
        key = setupkeys.make(self.url)
        digest = _digest(setupkeys.split(key).secret)
        agent = msgspec.structs.replace(
            old or Agent(agent_id, display_name), display_name=display_name, setup_key=digest
        )
        expires = now + setupkeys.LIFE
        tx.set(AGENT.pack(agent_id), encode(agent))
        tx.set(SETUP_KEY.pack(digest), encode(SetupKey(agent_id, expires)))
        tx.set(EXPIRING.pack(int(expires), digest), b"")
        return key

    async def enrol(self, setup_key: str) -> Enrolled:
        """Make whoever has a setup key the agent that it is for. Raises `SetupKeyInvalid`."""
        digest = _digest(setupkeys.split(setup_key).secret)
        secret = secrets.token_urlsafe(32)
        now = self._clock()

        def write(tx: Transaction) -> Enrolled:
            data = tx.get(SETUP_KEY.pack(digest))
            key = None if data is None else decode_setup_key(data)
            agent = None if key is None else self.find(tx, key.agent_id)
            if key is None or agent is None or key.expires <= now:
                raise SetupKeyInvalid(
                    "This setup key is not known here, was used already, or has expired (it "
                    "works once, for a week): make a new one"
                )
            tx.delete(SETUP_KEY.pack(digest))
            tx.set(
                AGENT.pack(agent.agent_id),
                encode(
                    msgspec.structs.replace(
                        agent, digest=_digest(secret), enrolled=now, setup_key=b""
                    )
                ),
            )
            return Enrolled(agent.agent_id, secret, agent.display_name)

        return await self._store.transact(write)

    async def appoint(self, agent_id: str, display_name: str, secret: str) -> None:
        """Let who has `secret` be an agent: the built-in one, which needs no setup key."""
        agent = Agent(agent_id, display_name, _digest(secret), self._clock())
        await self._store.transact(lambda tx: tx.set(AGENT.pack(agent_id), encode(agent)))

    def forget(self, tx: Transaction, agent_id: str) -> None:
        """Remove an agent: it may call no more."""
        agent = self.find(tx, agent_id)
        if agent is not None and agent.setup_key:
            tx.delete(SETUP_KEY.pack(agent.setup_key))
        for space in (AGENT, HELLO, SEEN, LIFE):
            tx.delete(space.pack(agent_id))
        wake(tx, agent_id)

    async def authenticate(self, agent_id: str, secret: str) -> Agent:
        """Return the agent whose secret this is. Raises `AgentUnknown`."""
        agent = await self._store.read(lambda reader: self.find(reader, agent_id))
        digest = _digest(secret)
        if agent is None or not agent.digest or not hmac.compare_digest(agent.digest, digest):
            raise AgentUnknown("There is no such agent, or this is not its secret: enrol it anew")
        return agent

    async def check(self, agent_id: str) -> None:
        """Raise `AgentUnknown` when there is no such agent any more."""
        if await self._store.read(lambda reader: self.find(reader, agent_id)) is None:
            raise AgentUnknown("This agent was removed, with its collection")

    def find(self, reader: Reader, agent_id: str) -> Agent | None:
        """Return an agent that is enrolled, or expected to be."""
        data = reader.get(AGENT.pack(agent_id))
        return None if data is None else decode_agent(data)

    # Presence

    async def greet(self, agent_id: str, hello: Hello) -> None:
        """Note what an agent that has started offers.

        Others go to the addresses that it tells, with the tokens of whoever wants its files. So
        only those count where it must prove that they are its own: by a certificate.
        """
        now = self._clock()
        if agent_id != BUILT_IN:
            own = tuple(filter(_is_provable, hello.addresses[:_MOST_ADDRESSES]))
            hello = msgspec.structs.replace(hello, addresses=own)

        def write(tx: Transaction) -> None:
            tx.set(HELLO.pack(agent_id), msgspec.json.encode(hello))
            tx.set(SEEN.pack(agent_id), encode(Seen(now)))
            tx.set(LIFE.pack(agent_id), secrets.token_bytes(8))
            wake(tx, agent_id)

        await self._store.transact(write)

    async def life(self, agent_id: str) -> bytes:
        """Return what is another whenever an agent was started anew."""
        return await self._store.read(lambda reader: reader.get(LIFE.pack(agent_id))) or b""

    async def part(self, agent_id: str) -> None:
        """Note that an agent has ended."""
        await self._store.transact(lambda tx: tx.set(SEEN.pack(agent_id), encode(Seen(0.0))))

    def hello(self, reader: Reader, agent_id: str) -> Hello | None:
        """Return what an agent offered when it last started; None: it never has."""
        data = reader.get(HELLO.pack(agent_id))
        return None if data is None else msgspec.json.decode(data, type=Hello)

    def home(self, reader: Reader, agent_id: str) -> str:
        """Return the folder for which ``/~/`` stands at an agent; empty: it has never told."""
        hello = self.hello(reader, agent_id)
        return "" if hello is None else hello.home

    def is_connected(self, reader: Reader, agent_id: str) -> bool:
        """Tell whether an agent was heard of within the last `PATIENCE` seconds."""
        data = reader.get(SEEN.pack(agent_id))
        return data is not None and self._clock() - decode_seen(data).time < PATIENCE

    async def presence(self, agent_id: str) -> tuple[bool, float]:
        """Tell whether an agent is connected, and when it was last heard of (0: never)."""

        def find(reader: Reader) -> tuple[bool, float]:
            data = reader.get(SEEN.pack(agent_id))
            seen = 0.0 if data is None else decode_seen(data).time
            return self.is_connected(reader, agent_id), seen

        return await self._store.read(find)

    # Questions

    async def ask(self, agent_id: str, question: Question, seconds: float = 60) -> Answer:
        """Return what an agent answers to a question. Raises `AgentAbsent`."""
        begin = self._clock()

        async def alive() -> bool:
            if agent_id == BUILT_IN and self._clock() - begin < _START:
                return True
            return await self._store.read(lambda reader: self.is_connected(reader, agent_id))

        if not await alive():
            raise AgentAbsent("The agent of this collection is not connected: start it there")
        answer = await self._mailbox.ask(agent_id, question, seconds, alive=alive)
        if answer is None:
            raise AgentAbsent("The agent of this collection does not answer: is it still there?")
        return answer

    async def dial(self, agent_id: str, dial: Dial, seconds: float = 30) -> None:
        """Ask an agent to connect somewhere. Raises `AgentAbsent`."""
        if not await self._store.read(lambda reader: self.is_connected(reader, agent_id)):
            raise AgentAbsent("The agent of this collection is not connected: start it there")
        await self._mailbox.dial(agent_id, dial, seconds)

    # Polls

    async def take_answers(self, agent_id: str, answers: Sequence[Answered]) -> None:
        """Hand answers of an agent to those who wait for them."""
        await self._mailbox.answer(agent_id, answers)

    async def letters(self, agent_id: str) -> Letters:
        """Return what an agent that polls is to be asked now."""
        return await self._mailbox.collect(agent_id)

    async def note_poll(self, agent_id: str) -> None:
        """Note that an agent is there; it is not written down again and again."""
        now = self._clock()

        def is_noted(reader: Reader) -> bool:
            data = reader.get(SEEN.pack(agent_id))
            return data is not None and abs(now - decode_seen(data).time) < _NOTED

        def write(tx: Transaction) -> None:
            if tx.get(AGENT.pack(agent_id)) is not None:
                tx.set(SEEN.pack(agent_id), encode(Seen(now)))

        if not await self._store.read(is_noted):
            await self._store.transact(write)

    def watch_mail(self, agent_id: str) -> AbstractContextManager[Watch]:
        """Watch for letters to an agent."""
        return self._mailbox.watch(agent_id)

    def watch_wakes(self, agent_id: str) -> AbstractContextManager[Watch]:
        """Watch for an agent's being woken (`wake`)."""
        return self._store.watch(_orders(agent_id))

    def _sweep(self, tx: Transaction, now: float) -> None:
        start, _ = EXPIRING.range()
        for key, _ in tx.range(start, EXPIRING.pack(int(now)), limit=_SWEPT):
            tx.delete(key)
            tx.delete(SETUP_KEY.pack(EXPIRING.unpack(key)[1]))


def wake(tx: Transaction, agent_id: str) -> None:
    """Let an agent that waits for orders look again: there is work, or some is to be stopped."""
    tx.signal(_orders(agent_id))


def _is_provable(address: str) -> bool:
    """Tell whether who answers at an address has to show a certificate before anything is said.

    Nobody does at a relay.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and not parts.path.strip("/")


def _orders(agent_id: str) -> bytes:
    return b"agents/orders/" + agent_id.encode()


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
