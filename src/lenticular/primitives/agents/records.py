"""What the store knows of agents."""

import msgspec
from msgspec import Struct

from lenticular.engines.kv.keys import Subspace

AGENT = Subspace("agents", "agent")  # (agent id) -> Agent
HELLO = Subspace("agents", "hello")  # (agent id) -> Hello, as JSON
SEEN = Subspace("agents", "seen")  # (agent id) -> Seen
LIFE = Subspace("agents", "life")  # (agent id) -> random bytes, others at each start
SETUP_KEY = Subspace("agents", "setup key")  # (digest) -> SetupKey
EXPIRING = Subspace("agents", "expiring")  # (time, digest of a setup key) -> b""


class Agent(Struct, array_like=True, frozen=True):
    """An agent that may call. Times are in seconds since the epoch."""

    agent_id: str
    display_name: str
    digest: bytes = b""
    """SHA-256 of its secret, of 256 random bits; empty: it is not enrolled yet."""
    enrolled: float = 0.0
    setup_key: bytes = b""
    """The digest of the setup key that enrols it; empty: there is none any more."""


class SetupKey(Struct, array_like=True, frozen=True):
    """A setup key that was not used yet."""

    agent_id: str
    expires: float


class Seen(Struct, array_like=True, frozen=True):
    """When an agent was last heard of; 0: it has said goodbye."""

    time: float


encode = msgspec.msgpack.Encoder().encode
decode_agent = msgspec.msgpack.Decoder(Agent).decode
decode_setup_key = msgspec.msgpack.Decoder(SetupKey).decode
decode_seen = msgspec.msgpack.Decoder(Seen).decode
