"""What the supervisor and a worker tell each other."""

import pytest

from lenticular.server import orders


@pytest.mark.parametrize("answer", [orders.Begun(), orders.Refused("no room")])
def test_answer_of_a_worker_that_died_in_the_middle_of_it_is_none(answer):
    line = orders.line(answer)
    assert orders.answer(line) == answer
    assert {orders.answer(line[:length]) for length in range(len(line))} == {None}
