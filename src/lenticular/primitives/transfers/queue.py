"""The queue: tasks that wait for an agent's slot, and those that have one.

An agent that polls takes tasks itself, in one transaction: so no process of the cloud has to
be the one that schedules, and two that are asked at once cannot both give a task out.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec.structs import replace

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.engines.kv.keys import Subspace, after
from lenticular.primitives.transfers import fairness, history, records
from lenticular.primitives.transfers.records import RUNNING, WAITING, Task
from lenticular.primitives.transfers.routes import Presence, runner

_TURN = Subspace("transfers", "turn")  # (agent id, owner id) -> number of the last turn
_TURNS = Subspace("transfers", "turns")  # (agent id) -> how many there were

_PAGE: Final = 100

_decode_agents = msgspec.msgpack.Decoder(tuple[str, str]).decode


def running(reader: Reader, agent_id: str) -> list[Task]:
    """Return the tasks that have a slot of an agent."""
    keys = (key for key, _ in reader.range(*RUNNING.range(agent_id)))
    return [records.get(reader, RUNNING.unpack(key)[-1]) for key in keys]


def first_waiting(reader: Reader, agent_id: str, presence: Presence) -> dict[str, str]:
    """Return, by owner, the id of the first task that an agent could begin at once."""
    found: dict[str, str] = {}
    for owner_id in _owners(reader, agent_id):
        for task_id, agents in _waiting_of(reader, agent_id, owner_id):
            if runner(*agents, presence) == agent_id:
                found[owner_id] = task_id
                break
    return found


def take(tx: Transaction, agent_id: str, slots: int, presence: Presence, now: int) -> list[Task]:
    """Give an agent as many tasks as it has free slots; return them."""
    held = Counter(task.owner_id for task in running(tx, agent_id))
    taken: list[Task] = []
    while held.total() < slots:
        waiting = first_waiting(tx, agent_id, presence)
        turns = {owner: _number(tx, _TURN.pack(agent_id, owner)) for owner in waiting}
        owner_id = fairness.next_owner(waiting, held, turns)
        if owner_id is None:
            break
        turn = _number(tx, _TURNS.pack(agent_id)) + 1
        for key in (_TURNS.pack(agent_id), _TURN.pack(agent_id, owner_id)):
            tx.set(key, turn.to_bytes(8, "big"))
        taken.append(give(tx, records.get(tx, waiting[owner_id]), agent_id, now))
        held[owner_id] += 1
    return taken


def give(tx: Transaction, task: Task, agent_id: str, now: int) -> Task:
    """Let an agent begin a task, or begin it again from its last checkpoint.

    What an attempt before had moved behind that checkpoint is forgotten: it will be told anew.
    """
    saved = task.saved or records.Saved(type(task.counts)())
    history.moved.cut(tx, task.task_id, saved.moved)
    history.skipped.cut(tx, task.task_id, saved.skipped)
    return records.write(
        tx,
        task,
        replace(
            task,
            status="ACTIVE",
            state="running",
            since=task.since if task.state == "running" else now,
            agent_id=agent_id,
            attempt=task.attempt + 1,
            reported=0,
            is_yielding=False,
            counts=replace(saved.counts, faults=task.counts.faults),
            moved=saved.moved,
            skipped=saved.skipped,
            nice_status="OK",
            nice_details="",
        ),
    )


def queued(task: Task, now: int) -> Task:
    """Return a task as it waits for its turn again."""
    return replace(
        task, state="waiting", since=now, is_yielding=False, nice_status="Queued", nice_details=""
    )


def _owners(reader: Reader, agent_id: str) -> Iterator[str]:
    """Iterate over those who have tasks waiting for an agent."""
    at, stop = WAITING.range(agent_id)
    while page := reader.range(at, stop, limit=1):
        owner_id = WAITING.unpack(page[0][0])[1]
        yield owner_id
        at = WAITING.range(agent_id, owner_id)[1]


def _waiting_of(
    reader: Reader, agent_id: str, owner_id: str
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Iterate over the tasks of one of them, with the agents of both ends."""
    at, stop = WAITING.range(agent_id, owner_id)
    while page := reader.range(at, stop, limit=_PAGE):
        for key, agents in page:
            yield WAITING.unpack(key)[-1], _decode_agents(agents)
        at = after(page[-1][0])


def _number(reader: Reader, key: bytes) -> int:
    return int.from_bytes(reader.get(key) or b"", "big")
