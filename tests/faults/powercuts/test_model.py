"""The model of the disk, and the reader of what `strace` writes, by cases worked out by hand."""

import itertools
import random
from pathlib import Path

import pytest

from . import calls
from .calls import Call, NotUnderstood
from .disk import Disk
from .recorder import Run
from .replay import Replay

FOLDER = Path("/data")


def text(plain: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in plain.encode())


_numbers = itertools.count()


def do(disk: Disk, *made: tuple[str, ...]) -> None:
    """Carry out calls, one after the other: the name, the paths, and for a write its data."""
    for name, *rest in made:
        number = next(_numbers)
        data = rest.pop().encode() if name == "write" else b""
        call = Call(name, number, number, tuple(rest), data, (len(data),), "O_CREAT|O_WRONLY")
        if name == "fsync":
            disk.sync(call)
        else:
            disk.apply(call)


def test_only_what_was_synced_is_kept():
    disk = Disk({})
    do(disk, ("openat", "a"), ("write", "a", "one"))
    assert disk.seen() == {"a": b"one"}
    assert disk.kept() == {}
    do(disk, ("fsync", ""))
    assert disk.kept() == {"a": b""}
    do(disk, ("fsync", "a"), ("write", "a", "two"))
    assert disk.kept() == {"a": b"one"}
    assert disk.seen() == {"a": b"onetwo"}


def test_a_sync_of_a_file_does_nothing_for_its_name():
    disk = Disk({})
    do(disk, ("openat", "a"), ("write", "a", "one"), ("fsync", "a"))
    assert disk.kept() == {}
    do(disk, ("fsync", ""), ("rename", "a", "b"))
    assert disk.kept() == {"a": b"one"}
    do(disk, ("fsync", ""))
    assert disk.kept() == {"b": b"one"}


def test_a_sync_of_a_folder_does_nothing_for_its_own_name():
    disk = Disk({})
    do(disk, ("mkdir", "f"), ("openat", "f/a"), ("fsync", "f/a"), ("fsync", "f"))
    assert disk.kept() == {}
    do(disk, ("fsync", ""))
    assert disk.kept() == {"f": None, "f/a": b""}


def test_a_write_that_a_sync_did_not_wait_for_is_not_kept():
    disk = Disk({"a": b""})
    disk.apply(Call("write", 1, 9, ("a",), b"late"))
    disk.sync(Call("fsync", 5, 7, ("a",)))
    assert disk.kept() == {"a": b""}
    disk.sync(Call("fsync", 10, 11, ("a",)))
    assert disk.kept() == {"a": b"late"}


def test_all_that_may_be_there_is_drawn():
    disk = Disk({"a": b"old", "gone": b""})
    do(disk, ("rename", "a", "b"), ("unlink", "gone"), ("openat", "c"), ("write", "c", "new"))
    chance = random.Random(1)
    drawn = [disk.scattered(chance) for _ in range(300)]
    names = {frozenset(tree) for tree in drawn}
    assert len(names) == 16, "each of four names is there or not"
    assert {tree["c"] for tree in drawn if "c" in tree} >= {b"", b"new", bytes(3)}
    assert {tree["b"] for tree in drawn if "b" in tree} == {b"old"}


def test_sectors_are_written_whole_and_in_any_order():
    disk = Disk({"a": b"0" * 2048})
    disk.apply(Call("pwrite64", 1, 1, ("a",), b"1" * 1024, (1024, 256)))
    chance = random.Random(2)
    drawn = {disk.scattered(chance)["a"] for _ in range(400)}
    before, after = b"0" * 512, b"1" * 512
    begun = b"0" * 256 + b"1" * 256
    assert b"".join([before, after, before, before]) in drawn, "the middle without the rest"
    assert b"".join([begun, before, begun[::-1], before]) in drawn, "the rest without the middle"
    parts = {tree[start : start + 512] for tree in drawn for start in range(0, 2048, 512)}
    assert parts == {before, after, begun, begun[::-1]}


def test_lines_of_strace_are_read():
    a, b = text("/data/a"), text("/data/b")
    lines = [
        f'10 openat(AT_FDCWD<{text("/")}>, "{a}", O_WRONLY|O_CREAT, 0600) = 3<{a}>\n',
        f'11 pwrite64(3<{a}>, "{text("hello")}", 5, 512 <unfinished ...>\n',
        f"10 fdatasync(3<{a}>) = 0\n",
        "11 <... pwrite64 resumed>) = 5\n",
        f'10 rename("{a}", "{b}") = -1 ENOENT (No such file or directory)\n',
        f'10 rename("{a}", "{b}") = 0\n',
        f'10 write(4<{text("/elsewhere")}>, "{a}", 7) = 7\n',
        f"10 sendto(5<{text('socket:[1]')}>, "
        f'"{text("HTTP/1.1 200 OK" + chr(10) + "x-amzn-RequestId: R1" + chr(10))}", 9) = 9\n',
        f"11 fsync(3<{b}>) = ?\n",
        "11 +++ killed by SIGKILL +++\n",
    ]
    read = list(calls.read(lines, FOLDER, 100))
    assert [(call.name, call.begin, call.end, call.known) for call in read] == [
        ("openat", 100, 100, True),
        ("fdatasync", 102, 102, True),
        ("pwrite64", 101, 103, True),
        ("rename", 105, 105, True),
        ("sendto", 107, 107, True),
        ("fsync", 108, 108, False),
    ]
    assert read[2].data == b"hello"
    assert read[2].numbers == (5, 512)
    assert read[3].paths == ("a", "b")
    assert read[4].answers == ("R1",)


def test_a_record_that_does_not_explain_the_folder_is_refused():
    made = [Call("openat", 1, 1, ("a",), flags="O_CREAT|O_WRONLY")]
    list(Replay([Run(made, {"a": b""})]))
    with pytest.raises(AssertionError, match="not what the recorded calls make it"):
        list(Replay([Run(made, {"a": b"written unseen"})]))


def test_a_call_that_the_model_does_not_know_is_refused():
    with pytest.raises(NotUnderstood, match="teach it"):
        list(Replay([Run([Call("splice", 1, 1, ("a",))], {})]))
