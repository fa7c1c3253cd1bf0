"""Transfers between places in memory: what arrives, what is told of it."""

import asyncio

import pytest

from lenticular.engines.connectors.contract import Fault
from lenticular.engines.movers import ends
from lenticular.engines.movers.contract import FilterRule, Item, Verdict

from .memory import Memory, Node, move

TREE = {
    "/a/one": b"1" * 10,
    "/a/two": b"2" * 500,
    "/a/large": bytes(range(256)) * 20,
    "/a/empty": b"",
    "/a/sub/deep/three": b"3",
    "/a/sub/nothing": None,
}


@pytest.mark.parametrize("bundles", [True, False])
@pytest.mark.parametrize("checksums", [{"crc64nvme"}, set()])
async def test_a_tree_arrives_as_it_was(bundles, checksums):
    source = Memory(TREE, bundles=bundles, checksums=frozenset(checksums))
    destination = Memory(bundles=bundles, checksums=frozenset(checksums))
    cloud = await move(source, destination, ("/a", "/x/b/"), preserve_timestamp=True)
    assert cloud.ended.how == "succeeded"
    expected = {path.replace("/a", "/x/b", 1): data for path, data in Memory(TREE).files().items()}
    assert destination.files() == {"/x": None, **expected}
    assert destination.nodes["/x/b/two"].modified == 1.0
    size = sum(len(data) for data in TREE.values() if data)
    told = cloud.told
    assert (told.files, told.directories, told.files_transferred) == (5, 4, 5)
    assert told.bytes_transferred == told.bytes_checksummed == size
    assert told.subtasks_total == told.subtasks_succeeded == 9
    assert (told.subtasks_pending, told.faults) == (0, 0)
    assert sorted(moved.destination for moved in cloud.moved) == sorted(
        path for path, data in expected.items() if data is not None
    )
    assert {moved.algorithm for moved in cloud.moved} == {"crc64nvme"}
    assert source.calls[-1] == destination.calls[-1] == ("close", "")
    assert not destination.begun


async def test_links_and_devices_within_a_folder_are_passed_by():
    source = Memory({"/a/file": b"x", "/a/link": "/a/file", "/a/socket": Node("other")})
    destination = Memory()
    cloud = await move(source, destination, ("/a", "/b"))
    assert destination.files() == {"/b": None, "/b/file": b"x"}
    assert (cloud.told.files, cloud.told.symlinks) == (1, 0)


async def test_a_link_that_is_named_is_followed():
    source = Memory({"/file": b"x", "/link": "/file"})
    destination = Memory()
    await move(source, destination, ("/link", "/b/file"))
    assert destination.files() == {"/b": None, "/b/file": b"x"}


async def test_a_link_that_is_asked_for_is_made():
    source = Memory({"/file": b"x", "/link": "/file"})
    destination = Memory()
    cloud = await move(source, destination, Item("/link", "/b/link", is_symlink=True))
    assert destination.files() == {"/b": None, "/b/link": "/file"}
    assert cloud.told.symlinks == cloud.told.subtasks_succeeded == 1


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ([("exclude", "*.tmp", "")], {"/b", "/b/x", "/b/x.dat", "/b/x/x.dat"}),
        ([("include", "x*", "file"), ("exclude", "*", "file")], {"/b", "/b/x", "/b/t.tmp"}),
        ([("exclude", "x", "dir")], {"/b", "/b/x.dat", "/b/y.tmp", "/b/t.tmp"}),
        ([("exclude", "*", "")], {"/b"}),
    ],
)
async def test_the_first_rule_that_matches_counts(rules, kept):
    source = Memory({"/a/x/x.dat": b"1", "/a/x.dat": b"2", "/a/y.tmp": b"3", "/a/t.tmp/z": b"4"})
    destination = Memory()
    filters = tuple(FilterRule(*rule) for rule in rules)
    await move(source, destination, ("/a", "/b"), filter_rules=filters)
    if rules[0][0] == "include":
        kept |= {"/b/x.dat", "/b/x/x.dat"}
    if rules[0] == ("exclude", "x", "dir"):
        kept |= {"/b/t.tmp/z"}
    assert set(destination.files()) == kept


@pytest.mark.parametrize("recursive", [True, None])
async def test_levels_of_synchronisation(recursive):
    for level, moved in {
        None: {"same", "older", "newer", "shorter", "other", "missing"},
        0: {"missing"},
        1: {"missing", "shorter"},
        2: {"missing", "newer"},
        3: {"missing", "shorter", "other"},
    }.items():
        source, destination = Memory(), Memory()
        for name, here, there in [
            ("same", (b"s" * 99, 5.0), (b"s" * 99, 5.0)),
            ("older", (b"s" * 99, 4.0), (b"s" * 99, 5.0)),
            ("newer", (b"s" * 99, 6.0), (b"s" * 99, 5.0)),
            ("shorter", (b"s" * 99, 5.0), (b"s" * 98, 5.0)),
            ("other", (b"s" * 99, 5.0), (b"t" * 99, 5.0)),
            ("missing", (b"s" * 99, 5.0), None),
        ]:
            source.put(f"/a/{name}", *here)
            if there is not None:
                destination.put(f"/b/{name}", *there)
        if recursive:
            items = [("/a", "/b")]
        else:
            items = [(path, path.replace("/a", "/b")) for path in source.nodes if path > "/a"]
        cloud = await move(source, destination, *items, sync_level=level)
        assert {each.source[3:] for each in cloud.moved} == moved
        assert cloud.told.files_skipped == 6 - len(moved)
        assert cloud.told.files == 6
        assert cloud.told.subtasks_pending == 0


async def test_what_the_destination_has_besides_is_deleted_after():
    source = Memory({"/a/keep": b"1", "/a/sub/x": b"2", "/a/log.tmp": b"3"})
    extra = {"/b/extra": b"", "/b/sub/y/z": b"", "/b/gone/a/b": b"", "/b/link": "/b/extra"}
    destination = Memory({**extra, "/b/keep": b"1", "/b/mine.tmp": b"", "/other": b""})
    filters = (FilterRule("exclude", "*.tmp"),)
    await move(
        *(source, destination, ("/a", "/b")),
        delete_destination_extra=True,
        filter_rules=filters,
        sync_level=3,
    )
    assert set(destination.files()) == {
        *("/b", "/b/keep", "/b/sub", "/b/sub/x", "/b/mine.tmp", "/other")
    }


async def test_nothing_is_deleted_after_an_error_was_skipped():
    source = Memory({"/a/keep": b"1", "/a/secret/x": b"2", "/a/file": b"3"})
    destination = Memory({"/b/extra": b""})

    async def meddle(operation, path):
        if path in ("/a/secret", "/a/file"):
            raise Fault("PERMISSION_DENIED", f"{path!r} is not to be read")

    source.meddle = meddle
    cloud = await move(
        *(source, destination, ("/a", "/b")),
        delete_destination_extra=True,
        skip_source_errors=True,
    )
    assert cloud.ended.how == "succeeded"
    assert destination.files() == {"/b": None, "/b/extra": b"", "/b/keep": b"1", "/b/secret": None}
    assert [(each.source, each.is_directory, each.code) for each in cloud.skipped] == [
        ("/a/secret", True, "PERMISSION_DENIED"),
        ("/a/file", False, "PERMISSION_DENIED"),
    ]
    assert cloud.told.subtasks_skipped_errors == 2
    assert cloud.told.subtasks_pending == cloud.told.faults == 0


async def test_a_checksum_that_was_given():
    source, destination = Memory({"/a": b"hello"}), Memory()
    good = Item("/a", "/b", checksum="5d41402abc4b2a76b9719d911017c592")
    cloud = await move(source, destination, good, verify_checksum=False)
    assert cloud.ended.how == "succeeded"
    assert (cloud.moved[0].algorithm, cloud.moved[0].checksum) == ("md5", good.checksum)
    bad = Item("/a", "/c", checksum="5d41402abc4b2a76b9719d911017c593")
    cloud = await move(source, destination, bad)
    assert (cloud.ended.how, cloud.ended.code) == ("failed", "EXTERNAL_CHECKSUM_MISMATCH")
    assert cloud.codes() == ["EXTERNAL_CHECKSUM_MISMATCH"]
    assert "/c" not in destination.files()


@pytest.mark.parametrize(
    ("files", "item", "code"),
    [
        ({"/a/x": b""}, Item("/a", "/b", recursive=False), "IS_A_DIRECTORY"),
        ({"/a": b""}, Item("/a", "/b", recursive=True), "NOT_A_DIRECTORY"),
        ({"/a": Node("other")}, Item("/a", "/b"), "NOT_SUPPORTED"),
        ({"/a": b""}, Item("/a/../b", "/b"), "INVALID_PATH"),
    ],
)
async def test_what_cannot_be_fails_at_once(files, item, code):
    source, destination = Memory(files), Memory()

    async def meddle(operation, path):
        if ".." in path:
            raise Fault("INVALID_PATH", path)

    source.meddle = meddle
    cloud = await move(source, destination, item)
    assert (cloud.ended.how, cloud.ended.code) == ("failed", code)
    assert cloud.codes() == [code]


async def test_a_file_in_the_way_of_a_folder_fails():
    cloud = await move(Memory({"/a/b/c": b"1"}), Memory({"/x/b": b"file"}), ("/a", "/x"))
    assert (cloud.ended.how, cloud.ended.code) == ("failed", "NOT_A_DIRECTORY")


async def test_a_missing_source_is_tried_again_while_others_go_on():
    source, destination = Memory({"/a": b"1"}), Memory()

    def verdict(report):
        if report.counts.files_transferred == 1 and report.counts.faults > 2:
            source.put("/missing", b"2")
        return Verdict()

    items = [("/missing", "/x"), ("/a", "/y")]
    cloud = await move(source, destination, *items, verdict=verdict)
    assert cloud.ended.how == "succeeded"
    assert destination.files() == {"/x": b"2", "/y": b"1"}
    assert set(cloud.codes()) == {"FILE_NOT_FOUND"}
    assert any(report.nice_status == "FILE_NOT_FOUND" for report in cloud.reports)
    assert cloud.told.subtasks_total == cloud.told.subtasks_succeeded == 2


async def test_a_missing_source_fails_at_once_when_asked():
    items = [("/missing", "/x"), ("/a", "/y")]
    cloud = await move(Memory({"/a": b"1"}), Memory(), *items, fail_on_missing_source=True)
    assert (cloud.ended.how, cloud.ended.code) == ("failed", "FILE_NOT_FOUND")


async def test_a_quota_fails_only_when_asked():
    for fails in (True, False):
        destination, left = Memory(), iter([True, True, False])

        async def meddle(operation, path, left=left):
            if operation == "open_writer" and next(left, False):
                raise Fault("QUOTA_EXCEEDED", "full")

        destination.meddle = meddle
        cloud = await move(
            *(Memory({"/a": b"1" * 200}), destination, ("/a", "/b")),
            fail_on_quota_errors=fails,
        )
        assert cloud.ended.how == ("failed" if fails else "succeeded")
        assert cloud.told.faults == (1 if fails else 2)


async def test_what_arrived_is_reported_before_it_piles_up():
    files = {f"/a/{number:05}": b"x" for number in range(4_500)}
    source, destination = Memory(files), Memory()
    source.page = 1000
    cloud = await move(source, destination, ("/a", "/b"))
    assert cloud.told.files_transferred == len(cloud.moved) == 4_500
    assert max(len(report.moved) for report in cloud.reports) < 4_500
    assert len(destination.files()) == 4_501


async def test_a_job_that_is_stopped_leaves_nothing():
    source, destination = Memory({"/a": b"x" * 5000}), Memory()
    destination.meddle = lambda operation, path: asyncio.sleep(0.005 * (operation == "write"))
    cloud = await move(
        *(source, destination, ("/a", "/b")),
        verdict=lambda report: Verdict("stop" if report.counts.bytes_transferred else "go on"),
    )
    assert cloud.ended is None
    assert not destination.begun
    assert destination.files() == {}


@pytest.mark.parametrize("size", [20, 200, 3000])
async def test_bytes_that_change_on_an_open_network_are_found(size, monkeypatch):
    monkeypatch.setattr(ends, "is_exposed", lambda place: True)

    class Changing(Memory):
        flips = 1

        def _at(self, path, *kinds):
            node = super()._at(path, *kinds)
            if self.calls[-1][0] == "read" and self.flips:
                self.flips -= 1
                flipped = Node("file", bytes([node.data[0] ^ 1]) + node.data[1:], node.modified)
                flipped.version = node.version
                return flipped
            return node

    source, destination = Changing({"/a": bytes(size)}), Memory()
    cloud = await move(source, destination, ("/a", "/b"))
    assert cloud.ended.how == "succeeded"
    assert destination.files() == {"/b": bytes(size)}
    assert cloud.codes() == ["VERIFY_CHECKSUM"]
