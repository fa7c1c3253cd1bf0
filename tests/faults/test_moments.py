"""The moments at which kills are aimed are functions of the server."""

import pytest

from .campaign import BLIND, KINDS
from .moments import MOMENTS, find


@pytest.mark.parametrize("moment", MOMENTS)
def test_moment_is_a_function_of_the_server(moment):
    owner, name = find(moment)
    assert callable(getattr(owner, name))


def test_kills_are_meant_for_every_moment():
    assert KINDS.keys() == MOMENTS.keys() | BLIND
