"""Taking all the room that there is for others."""

import pytest

from lenticular.apis.globus.transfer.turns import Turns
from lenticular.apis.globus.wire.errors import GlobusError


def test_one_person_who_asks_for_everything_at_once():
    turns = Turns(2, "questions")
    with turns.one("mallory"), turns.one("mallory"):
        with pytest.raises(GlobusError, match="You have 2 questions at once") as caught:
            turns.check("mallory")
        assert caught.value.status == 429
        with pytest.raises(GlobusError), turns.one("mallory"):
            pass
        with turns.one("ada"):
            pass
    with turns.one("mallory"):
        pass
    assert not turns._held
