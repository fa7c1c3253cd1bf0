"""What an agent and the cloud say to each other. The agent asks always: it only calls out.

An agent says `Hello` when it starts (`POST /agent/v1/hello`), then polls for orders for ever
(`POST /agent/v1/orders`: answered at once when there are any, else after a while), and sends
reports of its jobs between (`POST /agent/v1/reports`). It asks the cloud who may come in before
it serves bytes to somebody (`POST /agent/v1/admissions`). All documents are JSON, all but the
enrolment are authenticated by the id and secret that it was given then (Basic).
"""

from typing import Literal

from msgspec import Struct

from lenticular.engines.connectors.contract import Entry
from lenticular.engines.connectors.places import Announced, Place
from lenticular.engines.movers.contract import Job


class Enrolment(Struct, frozen=True):
    """``POST /agent/v1/enrolments``, by whoever has the setup key; it works once."""

    setup_key: str


class Enrolled(Struct, frozen=True):
    """The answer: who the agent is from now on."""

    endpoint_id: str
    secret: str
    display_name: str


class Hello(Struct, frozen=True):
    """An agent that has started, and what it has to offer."""

    version: str
    machine: str
    """Its host name."""
    folders: tuple[Announced, ...]
    home: str
    """Where paths begin that name no folder, as ``/~/`` does; one of the folders."""
    addresses: tuple[str, ...] = ()
    """Base URLs at which others may reach its files; none: through the cloud's relay only."""
    fingerprint: str = ""
    """SHA-256 (hexadecimal) of the certificate there; empty: it is served without TLS."""
    gridftp: str = ""
    """``gsiftp://HOST:PORT`` of a GridFTP server of the same files; empty: none."""
    slots: int = 4
    """Jobs that it does at once."""


class Ls(Struct, frozen=True, tag="ls"):
    """List a folder (a file: itself)."""

    place: Place
    path: str
    show_hidden: bool = True
    filters: tuple[str, ...] = ()
    """As in the Transfer API's query (``name:~*.txt/type:file``)."""
    order: tuple[str, ...] = ()
    """Fields with a direction each (``size DESC``); none: type, then name."""
    limit: int = 100_000
    offset: int = 0


class Stat(Struct, frozen=True, tag="stat"):
    """Tell what is at a path."""

    place: Place
    path: str


class MakeFolder(Struct, frozen=True, tag="mkdir"):
    """Make a folder."""

    place: Place
    path: str


class Rename(Struct, frozen=True, tag="rename"):
    """Give a file or folder another path."""

    place: Place
    old: str
    new: str


Question = Ls | Stat | MakeFolder | Rename


class Asked(Struct, frozen=True):
    """A question to an agent."""

    question_id: str
    question: Question
    seconds: float
    """After which nobody waits for the answer."""


class Listed(Struct, frozen=True, tag="listed"):
    """The answer to `Ls`, and with one entry that to `Stat`."""

    absolute_path: str
    """Of what was listed, with no ``~``, within the collection."""
    entries: tuple[Entry, ...]
    total: int


class Done(Struct, frozen=True, tag="done"):
    """The answer to what changes something."""


class Failed(Struct, frozen=True, tag="failed"):
    """A `Fault`, as an answer."""

    code: str
    description: str


Answer = Listed | Done | Failed


class Answered(Struct, frozen=True):
    """An answer of an agent."""

    question_id: str
    answer: Answer


class Running(Struct, frozen=True):
    """A job that an agent is about."""

    job_id: str
    attempt: int


class Dial(Struct, frozen=True):
    """Somebody waits at the cloud's relay for the agent, which cannot be reached itself."""

    url: str
    """Where to connect to."""
    ticket: str


class Poll(Struct, frozen=True):
    """What an agent says whenever it asks for orders."""

    running: tuple[Running, ...] = ()
    answers: tuple[Answered, ...] = ()
    wait: float = 20.0
    """Seconds to wait for orders, where there are none; 0 by who only brings answers."""


class Orders(Struct, frozen=True):
    """What the cloud wants of an agent.

    Jobs are those that it should run and did not say that it runs: an order that was lost on
    the way is given again with the next poll, and an agent takes one that it has for none.
    """

    questions: tuple[Asked, ...] = ()
    jobs: tuple[Job, ...] = ()
    stop: tuple[Running, ...] = ()
    dial: tuple[Dial, ...] = ()


class Visitor(Struct, frozen=True):
    """``POST /agent/v1/admissions``: somebody at the agent's door."""

    collection_id: str
    token: str = ""
    """An access token of the collection's ``https`` scope, or a ticket of a job; empty: nobody."""


class Admission(Struct, frozen=True):
    """What a visitor may do, for so many seconds."""

    verdict: Literal["admitted", "unknown", "refused"]
    """``unknown``: the token is not valid, or there is none; ``refused``: it is, but it is not
    for this."""
    place: Place | None = None
    identity_id: str = ""
    seconds: float = 5.0
    sign_in: str = ""
    """Where a browser without a token is sent to."""
    redirect_anonymous: bool = True
    reason: str = ""
    paths: tuple[str, ...] = ()
    """Where in the place an agent has to do that was let in for a task; empty: everywhere."""


class SignIn(Struct, frozen=True):
    """``POST /agent/v1/sign-ins``: a browser has come back to the agent with a code."""

    collection_id: str
    """Of the collection as whose client the browser was sent to sign in."""
    code: str
    verifier: str
    """Of PKCE (RFC 7636)."""


class SignedIn(Struct, frozen=True):
    """The answer: a token of the collection's ``https`` scope; empty: the code is no good."""

    token: str = ""
    seconds: int = 0


class Knock(Struct, frozen=True):
    """``POST /agent/v1/knocks``: somebody at the relay wants to reach an agent."""

    collection_id: str
    """Of one that the agent serves."""
    token: str
    """As a visitor at the agent's own door would have it."""
    url: str
    """Of the relay, for the agent to come to."""
    ticket: str
    """What the agent is to show there."""


class Called(Struct, frozen=True):
    """The answer: whether the agent was told to come; if not, why."""

    is_told: bool = False
    reason: str = ""
