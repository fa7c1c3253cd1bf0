"""Throttling: what guessing costs, and what it costs others."""

import pytest

from lenticular.primitives.signin import Throttle, TooManyAttempts


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def throttle(clock):
    return Throttle(clock=clock)


def fail(throttle, name, address):
    """Return the seconds to wait; 0 when the attempt was taken."""
    try:
        throttle.attempt(name, address)
    except TooManyAttempts as error:
        return error.retry_after
    return 0


def test_brute_force_of_one_name_from_many_addresses(throttle, clock):
    """A day of guessing as fast as one is let gets 300 guesses, not millions."""
    guesses = 0
    while clock.now < 24 * 3600:
        wait = fail(throttle, "ada", f"192.0.2.{guesses % 250}")
        clock.now += wait
        guesses += not wait
    assert guesses < 310


def test_brute_force_of_many_names_from_one_address(throttle):
    taken = sum(not fail(throttle, f"user{number}", "192.0.2.1") for number in range(1000))
    assert taken == 30


def test_brute_force_in_one_burst(throttle):
    """Attempts are counted before their outcome is known."""
    assert sum(not fail(throttle, "ada", "192.0.2.1") for _ in range(100)) == 5


def test_the_wait_doubles_and_has_an_end(throttle, clock):
    waits = []
    for _ in range(30):
        wait = fail(throttle, "ada", "192.0.2.1")
        waits.append(wait)
        clock.now += wait
        if wait:
            assert fail(throttle, "ada", "192.0.2.1") == 0
    seen = [wait for wait in waits if wait]
    assert seen[:5] == [1, 2, 4, 8, 16]
    assert max(seen) == 300


def test_names_are_the_same_in_any_case(throttle):
    taken = [fail(throttle, name, "192.0.2.1") for name in ("Ada", "ada", "ADA", "aDa", "adA")]
    assert taken == [0] * 5
    assert fail(throttle, "ada", "192.0.2.2") == 1


def test_success_forgives_a_name_and_not_an_address(throttle):
    for _ in range(4):
        fail(throttle, "ada", "192.0.2.1")
    fail(throttle, "ada", "192.0.2.1")
    throttle.succeeded("ada", "192.0.2.1")
    assert fail(throttle, "ada", "192.0.2.1") == 0
    for number in range(25):
        assert fail(throttle, f"user{number}", "192.0.2.1") == 0
    assert fail(throttle, "another", "192.0.2.1") > 0


def test_another_person_is_not_held_up(throttle):
    for _ in range(10):
        fail(throttle, "ada", "192.0.2.1")
    assert fail(throttle, "grace", "198.51.100.1") == 0


def test_memory_is_bounded(throttle, clock, monkeypatch):
    monkeypatch.setattr("lenticular.primitives.signin.throttle._MOST", 100)
    for number in range(200):
        clock.now += 1
        fail(throttle, f"user{number}", f"address{number}")
    assert len(throttle._failures) <= 101
    fail(throttle, "x" * 1_000_000, "192.0.2.1")
    assert max(len(value) for _, value in throttle._failures) < 1000


def test_an_address_for_each_guess_out_of_one_network(throttle):
    for number in range(30):
        throttle.attempt(f"user-{number}", f"2001:db8:0:1::{number:x}")
    with pytest.raises(TooManyAttempts):
        throttle.attempt("another", "2001:db8:0:1:ffff::1%eth0")
    throttle.attempt("another", "2001:db8:0:2::1")


def test_version_4_addresses_in_version_6_are_many(throttle):
    for number in range(31):
        throttle.attempt(f"user-{number}", f"::ffff:192.0.2.{number}")
