"""Throttling: what guessing costs, and what it costs others."""

import pytest

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.throttle import Throttle, TooManyAttempts, forget_old


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def throttle(store, clock):
    return Throttle(store, "guessing", clock=clock)


async def fail(throttle, name, address):
    """Return the seconds to wait; 0 when the attempt was taken."""
    try:
        await throttle.attempt(name, address)
    except TooManyAttempts as error:
        return error.retry_after
    return 0


async def test_brute_force_of_one_name_from_many_addresses(throttle, clock):
    """A day of guessing as fast as one is let gets 300 guesses, not millions."""
    guesses = 0
    while clock.now < 24 * 3600:
        wait = await fail(throttle, "ada", f"192.0.2.{guesses % 250}")
        clock.now += wait
        guesses += not wait
    assert guesses < 310


async def test_brute_force_of_many_names_from_one_address(throttle):
    taken = [await fail(throttle, f"user{number}", "192.0.2.1") for number in range(1000)].count(0)
    assert taken == 30


async def test_brute_force_in_one_burst(throttle):
    """Attempts are counted before their outcome is known."""
    assert [await fail(throttle, "ada", "192.0.2.1") for _ in range(100)].count(0) == 5


async def test_the_wait_doubles_and_has_an_end(throttle, clock):
    waits = []
    for _ in range(30):
        wait = await fail(throttle, "ada", "192.0.2.1")
        waits.append(wait)
        clock.now += wait
        if wait:
            assert await fail(throttle, "ada", "192.0.2.1") == 0
    seen = [wait for wait in waits if wait]
    assert seen[:5] == [1, 2, 4, 8, 16]
    assert max(seen) == 300


async def test_names_are_the_same_in_any_case(throttle):
    taken = [
        await fail(throttle, name, "192.0.2.1") for name in ("Ada", "ada", "ADA", "aDa", "adA")
    ]
    assert taken == [0] * 5
    assert await fail(throttle, "ada", "192.0.2.2") == 1


async def test_success_forgives_a_name_and_not_an_address(throttle):
    for _ in range(4):
        await fail(throttle, "ada", "192.0.2.1")
    await fail(throttle, "ada", "192.0.2.1")
    await throttle.succeeded("ada", "192.0.2.1")
    assert await fail(throttle, "ada", "192.0.2.1") == 0
    for number in range(25):
        assert await fail(throttle, f"user{number}", "192.0.2.1") == 0
    assert await fail(throttle, "another", "192.0.2.1") > 0


async def test_another_person_is_not_held_up(throttle):
    for _ in range(10):
        await fail(throttle, "ada", "192.0.2.1")
    assert await fail(throttle, "grace", "198.51.100.1") == 0


async def test_what_is_forgiven_is_forgotten(store, throttle, clock):
    for number in range(600):
        await fail(throttle, f"user{number}", f"address{number}")
    clock.now += 3000
    assert await fail(throttle, "x" * 1_000_000, "192.0.2.1") == 0
    clock.now += 1000
    assert await forget_old(store, clock.now) == 1200
    left = await store.read(lambda reader: reader.range(b"\x00", b"\xff"))
    assert len(left) == 2
    assert max(len(key) + len(data) for key, data in left) < 100
    assert await forget_old(store, clock.now) == 0


async def test_no_password_in_the_wrong_field_is_kept(store, throttle):
    await fail(throttle, "correct horse", "192.0.2.1")
    assert (
        b"correct horse"
        not in repr(await store.read(lambda reader: reader.range(b"\x00", b"\xff"))).encode()
    )


async def test_all_processes_count_together(store, throttle, clock):
    others = [throttle, Throttle(store, "guessing", clock=clock)]
    taken = [await fail(others[turn % 2], "ada", "192.0.2.1") for turn in range(20)]
    assert taken.count(0) == 5
    assert await fail(Throttle(store, "other things", clock=clock), "ada", "192.0.2.1") == 0


async def test_a_clock_that_is_set_back_keeps_nobody_out_for_longer(throttle, clock):
    clock.now = 1e6
    for _ in range(6):
        await fail(throttle, "ada", "192.0.2.1")
    clock.now = 0.0
    assert await fail(throttle, "ada", "192.0.2.1") <= 2


async def test_an_address_for_each_guess_out_of_one_network(throttle):
    for number in range(30):
        await throttle.attempt(f"user-{number}", f"2001:db8:0:1::{number:x}")
    with pytest.raises(TooManyAttempts):
        await throttle.attempt("another", "2001:db8:0:1:ffff::1%eth0")
    await throttle.attempt("another", "2001:db8:0:2::1")


async def test_version_4_addresses_in_version_6_are_many(throttle):
    for number in range(31):
        await throttle.attempt(f"user-{number}", f"::ffff:192.0.2.{number}")
