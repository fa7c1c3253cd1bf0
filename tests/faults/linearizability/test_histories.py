"""Histories of conditional writes to real servers that are killed, checked for linearizability.

Objects with their entity tags, items with conditions, and transactions over several items, by
many clients on few keys. `make test` kills a few times; ``FAULTS=long`` goes on for minutes and
prints what it counted. Servers that have a fault on purpose show that the check finds it.
"""

import itertools
import os
import time

import pytest

from ..server import Server
from .clients import create
from .contest import Contest
from .seeded import APART, EARLY, SPLIT, STALE, SeededZygote

LONG = os.environ.get("FAULTS") == "long"
SECONDS = 120 if LONG else 0
"""At least, of each kind of server."""

WORKERS = 2

ROUNDS = 12
"""In so many rounds, at most, a fault must show."""


@pytest.fixture(scope="module")
def zygote():
    zygote = SeededZygote()
    yield zygote
    zygote.close()


@pytest.fixture
def seed():
    """What chance begins with; it is printed where a test fails."""
    seed = os.environ.get("SEED") or str(time.time_ns() % 10**9)
    print(f"SEED={seed}")
    return seed


@pytest.fixture(scope="module")
def make_cloud(zygote, tmp_path_factory):
    """Makes clouds that have what registers lie in."""
    servers = []

    def make(**settings):
        folder = tmp_path_factory.mktemp("cloud")
        server = Server(folder / "data", zygote=zygote, **settings)
        servers.append(server)
        server.start()
        server.port_base = server.record.port_base
        create(server)
        return server

    yield make
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def faulty(make_cloud):
    """A cloud that is given one fault after the other."""
    return make_cloud()


@pytest.fixture
def report(capsys):
    """Prints what was counted, in the long form to the terminal."""

    def say(what, contest):
        line = f"\nlinearizability, {what}: {contest.line()}"
        if LONG:
            with capsys.disabled():
                print(line, flush=True)
        else:
            print(line)

    return say


def contend(contest, *strikes):
    """Go round after round, with each of the strikes at least once, until the time is over."""
    end = time.monotonic() + SECONDS
    for number, strike in enumerate(itertools.cycle(strikes)):
        if contest.violations or (number >= len(strikes) and time.monotonic() > end):
            break
        contest.round(strike)


def test_one_process(make_cloud, seed, report):
    contest = Contest(make_cloud(), seed)
    contend(contest, contest.kill, contest.kill)
    report("one process", contest)
    assert not contest.violations, contest.violations[0]
    assert contest.counts["kills"] >= 2
    assert contest.counts["operations"] > 100
    assert contest.counts["unknown"]


def test_several_processes(make_cloud, seed, report):
    contest = Contest(make_cloud(workers=WORKERS), seed)
    # The supervisor lets a worker that ends again and again wait longer and longer.
    rounds = (contest.kill_worker, contest.kill_worker, contest.kill)
    contend(contest, *(rounds if LONG else rounds[:1]))
    report(f"{WORKERS} processes", contest)
    assert not contest.violations, contest.violations[0]
    assert contest.counts["kills"]
    assert contest.counts["operations"] > 100


@pytest.mark.parametrize("fault", [APART, STALE, SPLIT, EARLY])
def test_fault_is_found(faulty, seed, report, fault):
    contest = Contest(faulty, f"{seed} {fault}")
    contest.give(fault)
    strike = contest.kill if fault == EARLY else contest.wait
    for _ in range(ROUNDS):
        contest.round(strike)
        if contest.violations:
            break
    report(fault, contest)
    assert contest.violations
    print(contest.violations[0])
    assert len(contest.violations[0].window) < 40
