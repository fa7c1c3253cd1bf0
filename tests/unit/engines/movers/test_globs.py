"""Patterns in deletions: what they mean, and that nothing else is deleted."""

import pytest

from lenticular.engines.connectors.contract import Entry
from lenticular.engines.movers.contract import Item
from lenticular.engines.movers.globs import Glob, interpreted

from .memory import Memory, move

TREE = {
    "/a/one.txt": b"1",
    "/a/two.txt": b"2",
    "/a/.hidden.txt": b"3",
    "/a/star*.txt": b"4",
    "/a/folder.txt/inner": b"5",
    "/a/other": b"6",
    "/b/one.txt": b"7",
}


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("*", ["A", "a", "ab", "a*", "b]", r"c\d"]),
        ("a?", ["ab", "a*"]),
        (r"a\*", None),
        (r"?\*", ["a*"]),
        ("[aA]", ["A", "a"]),
        ("[!a]*", ["A", "b]", r"c\d"]),
        (".*", [".a"]),
        (r"*\]", ["b]"]),
        (r"c\\*", [r"c\d"]),
        ("[", []),
    ],
)
def test_what_a_pattern_means(pattern, meant):
    found = interpreted(f"/x*/{pattern}")
    if meant is None:
        assert found == "/x*/a*"
        return
    assert isinstance(found, Glob)
    assert found.folder == "/x*"
    names = ["A", "a", "ab", "a*", "b]", r"c\d", ".a"]
    assert [name for name in names if found.means(Entry(name, "file"))] == meant


async def delete(*paths, recursive=True, **options):
    place = Memory(TREE)
    items = [Item(path, recursive=recursive) for path in paths]
    cloud = await move(place, place, *items, kind="delete", interpret_globs=True, **options)
    return cloud, TREE.keys() - place.files().keys()


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        ("/a/*.txt", {"/a/one.txt", "/a/two.txt", "/a/star*.txt", "/a/folder.txt/inner"}),
        ("/a/*/", {"/a/folder.txt/inner"}),
        (r"/a/star\*.txt", {"/a/star*.txt"}),
        ("/a/.*", {"/a/.hidden.txt"}),
        ("/?", set(TREE)),
    ],
)
async def test_what_is_meant_is_deleted(path, gone):
    cloud, deleted = await delete(path)
    assert cloud.ended.how == "succeeded"
    assert deleted == gone
    assert cloud.told.files == len(gone)


async def test_without_being_asked_a_pattern_is_a_name():
    place = Memory(TREE)
    cloud = await move(place, place, Item("/a/star*.txt"), kind="delete")
    assert cloud.ended.how == "succeeded"
    assert TREE.keys() - place.files().keys() == {"/a/star*.txt"}


async def test_a_folder_that_is_meant_needs_recursive():
    cloud, deleted = await delete("/a/*.txt", recursive=False)
    assert (cloud.ended.how, cloud.ended.code) == ("failed", "IS_A_DIRECTORY")
    assert "/a/folder.txt/inner" not in deleted


@pytest.mark.parametrize("path", ["/a/*.none", "/none/*"])
async def test_a_pattern_that_means_nothing(path):
    cloud, deleted = await delete(path)
    assert (cloud.ended.how, cloud.ended.code) == ("failed", "FILE_NOT_FOUND")
    assert deleted == set()
    cloud, _ = await delete(path, ignore_missing=True)
    assert cloud.ended.how == "succeeded"
