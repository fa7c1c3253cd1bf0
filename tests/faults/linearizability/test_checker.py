"""The checker: which histories it must accept, and which it must not."""

import itertools
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .checker import Group, groups, is_linearizable
from .explanation import violations
from .history import Answer, History, NotAsked
from .registers import Operation, Outcome, Registers, Step

DONE, REFUSED, UNKNOWN = Outcome


def write(invoked, returned, value, *, old=..., key="a", outcome=DONE):
    """An operation that writes, if `old` is there when that is given."""
    expects = {} if old is ... else {key: old}
    return Operation("c", Step(expects, {key: value}), invoked, outcome, {}, returned)


def read(invoked, returned, **seen):
    return Operation("c", Step(reads=frozenset(seen)), invoked, DONE, seen, returned)


def maybe(invoked, value, until=math.inf, **options):
    """A write that was not answered."""
    return write(invoked, until, value, outcome=UNKNOWN, **options)


def transact(invoked, returned, **values):
    return Operation("c", Step({}, values), invoked, DONE, {}, returned)


GOOD = {
    "nothing at all": [],
    "nothing is there at first": [read(1, 2, a=None)],
    "a read sees what was written": [write(1, 2, "x"), read(3, 4, a="x")],
    "concurrent reads see old and new": [write(1, 9, "x"), read(2, 3, a=None), read(4, 5, a="x")],
    "concurrent writes in either order": [write(1, 9, "x"), write(1, 9, "y"), read(10, 11, a="x")],
    "one of two that compare and set": [
        write(1, 9, "x", old=None),
        write(1, 9, "y", old=None, outcome=REFUSED),
        read(10, 11, a="x"),
    ],
    "create, remove, create again": [
        write(1, 2, "x", old=None),
        write(3, 4, None, old="x"),
        write(5, 6, "y", old=None),
    ],
    "an unknown write was never done": [maybe(1, "x"), read(3, 4, a=None)],
    "an unknown write was done late": [maybe(1, "x"), read(3, 4, a=None), read(5, 6, a="x")],
    "an unknown write explains a refusal": [
        maybe(1, "x"),
        write(2, 3, "y", old=None, outcome=REFUSED),
    ],
    "an unknown write was in vain": [write(1, 2, "y"), maybe(3, "x", old="z"), read(4, 5, a="y")],
    "a transaction is seen whole": [
        transact(1, 5, a="x", b="x"),
        read(2, 3, a=None, b=None),
        read(4, 6, a="x", b="x"),
    ],
    "registers apart": [write(1, 2, "x"), read(3, 4, b=None), read(5, 6, a="x")],
}

BAD = {
    "out of nothing": [read(1, 2, a="x")],
    "stale read": [write(1, 2, "x"), write(3, 4, "y"), read(5, 6, a="x")],
    "new and then old": [
        write(1, 2, "x"), write(3, 20, "y"), read(4, 5, a="y"), read(6, 7, a="x")
    ],
    "lost update": [
        write(1, 2, "x"), write(3, 9, "y", old="x"), write(3, 9, "z", old="x"), read(10, 11, a="z")
    ],
    "created twice": [write(1, 9, "x", old=None), write(2, 8, "y", old=None)],
    "refused without a reason": [write(1, 2, "x"), write(3, 4, "y", old="x", outcome=REFUSED)],
    "refused and done": [
        write(1, 2, "y", old="x", outcome=REFUSED), read(3, 4, a="y")
    ],
    "acknowledged and lost": [write(1, 2, "x"), write(3, 4, "y"), read(5, 6, a="x")],
    "back from the dead": [write(1, 2, "x"), write(3, 4, None), read(5, 6, a="x")],
    "an unknown write is undone": [
        maybe(1, "x"), read(2, 3, a="x"), read(4, 5, a=None)
    ],
    "done after the crash": [maybe(1, "x", until=4), read(5, 6, a=None), read(7, 8, a="x")],
    "half a transaction": [transact(1, 9, a="x", b="x"), read(2, 3, a="x", b=None)],
    "a half, read one by one": [
        transact(1, 9, a="x", b="x"), read(2, 3, a="x"), read(4, 5, b=None)
    ],
    "joined registers in two orders": [
        transact(1, 9, a="x", b="x"), transact(1, 9, a="y", b="y"), read(10, 11, a="x", b="y")
    ],
}  # fmt: skip


@pytest.mark.parametrize("history", GOOD.values(), ids=GOOD)
def test_good_history(history):
    assert not violations(history)
    assert all(map(is_possible, groups(history)))


@pytest.mark.parametrize("history", BAD.values(), ids=BAD)
def test_bad_history(history):
    assert len(violations(history)) == 1
    assert not all(map(is_possible, groups(history)))


def test_only_what_transactions_join_is_checked_together():
    history = [read(1, 2, a=None, b=None), read(3, 4, b=None, c=None), read(5, 6, d=None)]
    assert [group.registers.keys for group in groups(history)] == [["a", "b", "c"], ["d"]]


def test_explanation_is_short_and_names_the_first_answer_that_cannot_be():
    history = []
    for turn in range(1, 400):
        history += [write(4 * turn, 4 * turn + 1, f"v{turn}")]
        history += [read(4 * turn + 2, 4 * turn + 3, a=f"v{turn}")]
    stale, later = read(1202.5, 1203, a="v298"), read(2000, 2001, a="never")
    (violation,) = violations([*history, stale, later])
    assert violation.culprit is stale
    assert list(violation.window) == [
        write(4 * 298, 4 * 298 + 1, "v298"),
        write(4 * 299, 4 * 299 + 1, "v299"),
        write(4 * 300, 4 * 300 + 1, "v300"),
        stale,
    ]
    assert "read a: done, saw a=v298 <-" in str(violation)


def test_recorder_tells_what_is_unknown_and_until_when():
    history = History()

    def nobody(step):
        raise NotAsked

    with pytest.raises(NotAsked):
        history.carry_out("c", Step({}, {"a": "x"}), nobody)
    for step in (Step({}, {"a": "x"}), Step(reads=frozenset("a"))):
        history.carry_out("c", step, lambda step: Answer(UNKNOWN))
    (unknown,) = history.operations()
    assert math.isinf(unknown.returned)
    history.crash(unknown.invoked - 1, unknown.invoked - 1)
    assert history.operations() == [unknown]
    history.crash(unknown.invoked + 1, unknown.invoked + 7)
    assert history.operations()[0].returned == unknown.invoked + 7
    history.carry_out("c", Step(reads=frozenset("a")), lambda step: Answer(DONE, {"a": "x"}))
    assert history.operations()[-1].outcome is DONE


def is_possible(group: Group) -> bool:
    """Say what the checker says by trying all orders."""
    registers, operations = group
    certain = [each for each in operations if not math.isinf(each.returned)]
    late = [each for each in operations if math.isinf(each.returned)]
    for count in range(len(late) + 1):
        for some in itertools.combinations(late, count):
            for order in itertools.permutations([*certain, *some]):
                if follows_time(order) and makes_sense(registers, order):
                    return True
    return False


def follows_time(order) -> bool:
    return all(
        earlier.invoked <= later.returned for earlier, later in itertools.combinations(order, 2)
    )


def makes_sense(registers: Registers, order) -> bool:
    states = {registers.nothing}
    for operation in order:
        states = {after for state in states for after in registers.after(state, operation)}
    return bool(states)


def really_happened(chance: random.Random, length: int, keys: str) -> list[Operation]:
    """Return a history made from a sequential execution: each happens at the next whole moment."""
    state = dict.fromkeys(keys)
    operations = []
    for moment in range(length):
        chosen = chance.sample(keys, chance.randint(1, len(keys)))
        step, before = draw_step(chance, chosen, f"v{moment}", state), dict(state)
        is_allowed = all(state[key] == value for key, value in step.expects.items())
        is_unknown = bool(step.writes) and chance.random() < 0.2
        if is_allowed and not (is_unknown and chance.random() < 0.5):
            state.update(step.writes)
        seen = {key: before[key] for key in step.keys if not step.writes or chance.random() < 0.3}
        operations.append(
            Operation(
                "c",
                step,
                moment - chance.uniform(0, 3),
                UNKNOWN if is_unknown else DONE if is_allowed else REFUSED,
                {} if is_unknown else seen,
                moment + chance.choice((chance.uniform(0, 3), math.inf if is_unknown else 1)),
            )
        )
    return operations


def draw_step(chance, keys, value, state) -> Step:
    if chance.random() < 0.4:
        return Step(reads=frozenset(keys))
    expects = {
        key: chance.choice((state[key], state[key], None, "v0"))
        for key in keys
        if chance.random() < 0.6
    }
    return Step(expects, {key: chance.choice((value, value, None)) for key in keys})


@settings(deadline=None, max_examples=40)
@given(st.randoms(use_true_random=False), st.integers(1, 30), st.sampled_from(["a", "ab", "abc"]))
def test_what_really_happened_is_accepted(chance, length, keys):
    assert not violations(really_happened(chance, length, keys))


@settings(deadline=None, max_examples=80)
@given(st.randoms(use_true_random=False), st.integers(1, 5), st.sampled_from(["a", "ab"]))
def test_checker_says_what_trying_all_orders_says(chance, length, keys):
    history = bend(chance, really_happened(chance, length, keys))
    for group in groups(history):
        assert is_linearizable(group) == is_possible(group)


def test_a_read_that_saw_something_else_is_mostly_found():
    chance = random.Random(5)
    found = [bool(violations(bend(chance, really_happened(chance, 20, "ab")))) for _ in range(50)]
    assert sum(found) > 40


def bend(chance, history):
    """Let one of the answers tell of another value."""
    telling = [number for number, each in enumerate(history) if each.seen]
    if not telling:
        return history
    number = chance.choice(telling)
    bent = history[number]
    key = chance.choice(sorted(bent.seen))
    values = {None, *(value for each in history for value in each.step.writes.values())}
    others = sorted(values - {bent.seen[key]}, key=str) or ["never there"]
    seen = bent.seen | {key: chance.choice(others)}
    operation = Operation("c", bent.step, bent.invoked, bent.outcome, seen, bent.returned)
    return [*history[:number], operation, *history[number + 1 :]]
