"""Deletions: what is gone after, and what is not."""

import pytest

from lenticular.engines.connectors.contract import Fault
from lenticular.engines.movers.contract import Item

from .memory import Memory, move

TREE = {
    "/a/one": b"1",
    "/a/sub/deep/two": b"2",
    "/a/sub/link": "/keep",
    "/a/nothing": None,
    "/keep": b"3",
}


async def _delete(place, *items, **options):
    return await move(None, place, *items, kind="delete", **options)


async def test_a_tree_is_gone_with_all_in_it():
    place = Memory(TREE)
    cloud = await _delete(place, Item("/a/", recursive=True))
    assert cloud.ended.how == "succeeded"
    assert place.files() == {"/keep": b"3"}
    assert (cloud.told.files, cloud.told.directories) == (3, 4)


async def test_a_folder_is_not_deleted_like_a_file():
    place = Memory(TREE)
    cloud = await _delete(place, Item("/a", recursive=False))
    assert (cloud.ended.how, cloud.ended.code) == ("failed", "IS_A_DIRECTORY")
    assert place.files() == Memory(TREE).files()


@pytest.mark.parametrize("ignores", [True, False])
async def test_what_is_not_there(ignores):
    cloud = await _delete(Memory(TREE), Item("/missing"), ignore_missing=ignores)
    expected = ("succeeded", "") if ignores else ("failed", "FILE_NOT_FOUND")
    assert (cloud.ended.how, cloud.ended.code) == expected


async def test_what_cannot_be_removed_is_tried_again_and_the_rest_is_gone():
    place, tries = Memory(TREE), []

    async def meddle(operation, path):
        if operation == "remove" and path == "/a/sub/deep/two" and len(tries) < 3:
            tries.append(set(place.nodes))
            raise Fault("PERMISSION_DENIED", "not yet")

    place.meddle = meddle
    cloud = await _delete(place, Item("/a", recursive=True))
    assert cloud.ended.how == "succeeded"
    assert place.files() == {"/keep": b"3"}
    assert cloud.codes() == ["PERMISSION_DENIED"] * 3
    assert "/a/one" not in tries[-1]
    assert "/a/sub/deep" in tries[-1]


async def test_breaks_are_passed_over():
    place, count = Memory({f"/a/{n // 50}/{n}": b"" for n in range(300)}), [0]

    async def meddle(operation, path):
        count[0] += 1
        if count[0] % 7 == 0:
            raise Fault("CONNECTION_RESET", "broken off")

    place.meddle = meddle
    cloud = await _delete(place, Item("/a", recursive=True))
    assert cloud.ended.how == "succeeded"
    assert place.files() == {}
    assert set(cloud.codes()) == {"CONNECTION_RESET"}
    assert cloud.told.files == 300


async def test_a_tree_that_is_deeper_than_a_stack():
    place = Memory({"/" + "/".join("d" * 1_010): b"x"})
    cloud = await _delete(place, Item("/d", recursive=True))
    assert cloud.ended.how == "succeeded"
    assert place.files() == {}
