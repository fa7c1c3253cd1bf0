"""Ciphertexts: they open with what they were made with, and with nothing else."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.primitives.keys.ciphertexts import parse, seal, unseal
from lenticular.primitives.keys.errors import CiphertextInvalid

MATERIAL = bytes(range(32))
KEY_ID = str(uuid.UUID(int=7))
contexts = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3)


@given(st.binary(max_size=200), contexts)
def test_what_is_sealed_opens_with_the_same_context(plaintext, context):
    data = seal(MATERIAL, KEY_ID, 3, plaintext, context)
    found = parse(data)
    assert (found.key_id, found.number) == (KEY_ID, 3)
    assert unseal(MATERIAL, found, dict(reversed(context.items()))) == plaintext


@given(contexts, contexts)
def test_another_context_opens_nothing(one, other):
    found = parse(seal(MATERIAL, KEY_ID, 1, b"plain", one))
    if one == other:
        assert unseal(MATERIAL, found, other) == b"plain"
    else:
        with pytest.raises(CiphertextInvalid):
            unseal(MATERIAL, found, other)


def test_names_and_values_of_a_context_are_not_confused():
    found = parse(seal(MATERIAL, KEY_ID, 1, b"plain", {"a": "b", "c": "d"}))
    for other in ({"a": "bcd"}, {"ab": "cd"}, {"a": "c", "b": "d"}, {"a\x00b": "c\x00d"}):
        with pytest.raises(CiphertextInvalid):
            unseal(MATERIAL, found, other)


def test_no_byte_can_be_changed_or_left_out():
    data = seal(MATERIAL, KEY_ID, 1, b"plain", {"a": "b"})

    def opened(changed):
        return unseal(MATERIAL, parse(changed), {"a": "b"})

    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1
        with pytest.raises(CiphertextInvalid):
            opened(bytes(changed))
        with pytest.raises(CiphertextInvalid):
            opened(data[:at])
    assert opened(data) == b"plain"


def test_the_same_plaintext_is_never_sealed_alike():
    made = {seal(MATERIAL, KEY_ID, 1, b"plain", {}) for _ in range(50)}
    assert len(made) == 50
    assert len({data[25:] for data in made}) == 50
