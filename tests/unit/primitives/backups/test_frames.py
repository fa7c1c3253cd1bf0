"""Frames: what is in them comes out, or nothing does."""

import os

import pytest

from lenticular.primitives.backups.frames import KEY_SIZE, FrameDamaged, Frames

KEY = bytes(range(KEY_SIZE))


@pytest.fixture(params=[None, KEY], ids=["plain", "sealed"])
def frames(request):
    return Frames(request.param)


@pytest.mark.parametrize("data", [b"", b"x", b"lenticular " * 5000, os.urandom(100_000)], ids=len)
def test_bytes_come_back(frames, data):
    name = frames.name(data)
    assert frames.open(name, frames.close(name, data)) == data


def test_what_can_be_compressed_is_and_what_cannot_is_not(frames):
    for data, most in ((b"lenticular " * 5000, 2000), (os.urandom(55_000), 55_050)):
        assert len(frames.close(frames.name(data), data)) < most


def test_every_flipped_bit_is_found(frames):
    data = b"some bytes, and the same again: some bytes" * 2
    name = frames.name(data)
    frame = frames.close(name, data)
    for at in range(len(frame) * 8):
        flipped = bytearray(frame)
        flipped[at // 8] ^= 1 << at % 8
        with pytest.raises(FrameDamaged):
            frames.open(name, bytes(flipped))


def test_every_cut_is_found(frames):
    data = b"some bytes, and the same again: some bytes" * 2
    name = frames.name(data)
    frame = frames.close(name, data)
    for length in range(len(frame)):
        with pytest.raises(FrameDamaged):
            frames.open(name, frame[:length])


def test_a_frame_does_not_stand_in_for_another(frames):
    one, other = frames.name(b"one"), frames.name(b"other")
    with pytest.raises(FrameDamaged):
        frames.open(other, frames.close(one, b"one"))
    with pytest.raises(FrameDamaged):
        frames.open(other, frames.close(other, b"one"))  # made so on purpose


def test_sealed_frames_and_their_names_tell_nothing():
    frames, data = Frames(KEY), b"of a patient"
    assert frames.name(data) != Frames().name(data)
    assert data not in frames.close(frames.name(data), data)
    with pytest.raises(FrameDamaged, match="sealed in another way"):
        Frames().open(frames.name(data), frames.close(frames.name(data), data))


def test_a_plain_frame_is_not_taken_in_an_encrypted_repository():
    frames, data = Frames(KEY), b"put there by somebody"
    with pytest.raises(FrameDamaged, match="sealed in another way"):
        frames.open(frames.name(data), Frames().close(frames.name(data), data))


def test_two_frames_of_the_same_bytes_have_different_nonces():
    frames, data = Frames(KEY), b"the same"
    name = frames.name(data)
    assert frames.close(name, data) != frames.close(name, data)
