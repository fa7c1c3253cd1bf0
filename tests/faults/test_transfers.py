"""Transfers while all goes wrong that can: each ends correct, or failed with the right event."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from lenticular.engines.connectors.confined import Confined
from lenticular.engines.connectors.contract import Fault, Writer
from lenticular.engines.connectors.opening import open_place
from lenticular.engines.movers.contract import Verdict
from lenticular.engines.movers.https import HttpsMover
from lenticular.engines.movers.pacing import MEBIBYTE
from lenticular.testing.doors import SHOWN, open_door

from .cutting import cutting
from .disks import small_disk
from .moving import QUICK, Told, contents, fill, judge, mover, place, put


@pytest.fixture
def ends(tmp_path):
    """Two folders."""
    source, destination = tmp_path / "source", tmp_path / "destination"
    source.mkdir()
    destination.mkdir()
    return source, destination


@pytest.mark.parametrize("side", ["source", "destination"])
async def test_a_thousand_disconnects(side, ends, tmp_path, record_property):
    """Cut off 500 times on the way from the source, 500 times on that to the destination."""
    source, destination = ends
    fill(source, large=3)
    async with open_door() as door:
        door.cloud.let_in(source if side == "source" else destination)
        async with cutting(door.port, 500, 100_000) as proxy:
            address = f"{door.url.replace(str(door.port), str(proxy.address))}#{SHOWN}"
            told = Told(tmp_path / "told")
            far = (address, destination) if side == "source" else (source, address)
            await asyncio.wait_for(mover().run(told.job(*far), told), 120)
        assert told.reports[-1].ended.how == "succeeded"
        assert judge(source, destination) == []
        assert proxy.count == 500
        assert told.reports[-1].counts.faults >= 100
        assert set(told.codes) <= {"CONNECTION_BROKEN", "CONNECTION_RESET"}
    record_property(f"disconnects from the {side}", proxy.count)


def test_a_mover_that_is_killed_goes_on(ends, tmp_path, record_property):
    source, _ = ends
    fill(source, large=6, medium=40, small=600)
    chance, kills = random.Random(5), 0
    for _ in range(5):
        line = [sys.executable, "-m", "tests.faults.moving", tmp_path / "told", *ends]
        running = subprocess.Popen(line, cwd=Path(__file__).parents[2])
        _wait_for_attempt(tmp_path, running)
        time.sleep(chance.random() * 0.15)
        if running.poll() is None:
            running.kill()
            kills += 1
        running.wait()
        if Told(tmp_path / "told").state.get("ended"):
            break
    told = Told(tmp_path / "told")
    if not told.state.get("ended"):
        asyncio.run(mover().run(told.job(*ends), told))
    assert told.state["ended"] == "succeeded"
    assert kills >= 2
    assert judge(*ends) == []
    files = sum(data is not None for data in contents(source).values())
    assert told.state["counts"]["files_transferred"] == files
    record_property("movers killed", kills)


def _wait_for_attempt(tmp_path, running):
    """Wait until the mover has begun its next attempt."""
    before = Told(tmp_path / "told").state["attempt"]
    while running.poll() is None and Told(tmp_path / "told").state["attempt"] == before:
        time.sleep(0.005)


async def test_a_kill_loses_no_more_than_was_not_saved(ends, tmp_path):
    """A large file goes on from its bytes on disk, not from its beginning."""
    source, _ = ends
    put(source / "large", os.urandom(64 * MEBIBYTE))
    told = Told(tmp_path / "told")

    class Slow(Confined):
        async def open_source(self, path):
            opened = await super().open_source(path)
            read = opened.read

            async def reading(start, end):
                async for chunk in read(start, end):
                    await asyncio.sleep(0.02)  # so that it is told to yield before its end
                    yield chunk

            opened.read = reading
            return opened

    def opener(at):
        connector = open_place(at)
        connector.__class__ = Slow if at.at.root == str(source) else Confined
        return connector

    def verdict(report):
        return Verdict("yield" if report.counts.bytes_transferred > 20 * MEBIBYTE else "go on")

    told.verdict = verdict
    await HttpsMover(opener, pace=QUICK).run(told.job(*ends), told)
    assert told.reports[-1].ended.how == "yielded"
    told.verdict = lambda report: Verdict()
    await mover().run(told.job(*ends), told)
    assert told.reports[-1].ended.how == "succeeded"
    assert judge(*ends) == []
    assert 64 <= told.state["counts"]["bytes_transferred"] / MEBIBYTE < 64 + 40


@pytest.mark.parametrize("how", ["truncated", "grown", "rewritten", "replaced", "removed"])
async def test_a_source_that_changes_while_it_is_read(how, ends, tmp_path):
    source, _ = ends
    file, new = source / "file", os.urandom(9 * MEBIBYTE)
    put(file, os.urandom(20 * MEBIBYTE))
    told, done = Told(tmp_path / "told"), []

    def change():
        if how == "truncated":
            os.truncate(file, 5 * MEBIBYTE)
        elif how == "grown":
            with file.open("ab") as open_file:
                open_file.write(b"more")
        elif how == "rewritten":
            with file.open("r+b") as open_file:
                open_file.write(b"other")
        elif how == "replaced":
            put(source / "new", new)
            (source / "new").replace(file)
        else:
            file.unlink()

    class Reading(Confined):
        async def open_source(self, path):
            opened = await super().open_source(path)
            read = opened.read

            async def reading(start, end):
                async for chunk in read(start, end):
                    yield chunk
                    if not done:
                        done.append(change())

            opened.read = reading
            return opened

    def opener(at):
        connector = open_place(at)
        connector.__class__ = Reading if at.at.root == str(source) else Confined
        return connector

    def verdict(report):
        if how == "removed" and "FILE_NOT_FOUND" in told.codes and not file.exists():
            put(file, new)
        return Verdict()

    told.verdict = verdict
    await asyncio.wait_for(HttpsMover(opener, pace=QUICK).run(told.job(*ends), told), 30)
    assert told.reports[-1].ended.how == "succeeded"
    assert judge(*ends) == []
    # What was opened before it was replaced or removed may be read to its end.
    assert how in ("replaced", "removed") or "FILE_SIZE_CHANGED" in told.codes


async def test_a_disk_that_is_full(ends, tmp_path):
    source, _ = ends
    fill(source, large=2, medium=4, small=30)
    size = sum(len(data or b"") for data in contents(source).values())
    with small_disk(tmp_path / "small", size + 6 * MEBIBYTE) as disk:
        ballast = disk / "ballast"
        put(ballast, bytes(size - 3 * MEBIBYTE))
        told = Told(tmp_path / "told", items=(("/", "/in"),))

        def verdict(report):
            if Counter(told.codes)["NO_SPACE_LEFT"] > 3:
                ballast.unlink(missing_ok=True)
            return Verdict()

        told.verdict = verdict
        await asyncio.wait_for(mover().run(told.job(source, disk), told), 30)
        assert told.reports[-1].ended.how == "succeeded"
        assert set(told.codes) == {"NO_SPACE_LEFT"}
        assert judge(source, disk / "in") == []


class Lying(Confined):
    """A destination that writes other bytes than it was given, so many times."""

    lies = 0

    async def open_writer(self, path, size, *, resume=""):
        writer: Writer = await super().open_writer(path, size, resume=resume)
        write = writer.write

        async def lie(offset, data):
            if type(self).lies and len(data):
                type(self).lies -= 1
                data = bytearray(data)
                data[len(data) // 2] ^= 1
            await write(offset, data)

        writer.write = lie
        return writer


def lying(at):
    connector = open_place(at)
    connector.__class__ = Lying
    return connector


async def test_bytes_that_change_on_their_way_are_sent_again(ends, tmp_path):
    source, _ = ends
    fill(source, large=1, medium=3, small=0)
    Lying.lies, told = 3, Told(tmp_path / "told")
    await HttpsMover(lying, pace=QUICK).run(told.job(*ends), told)
    assert told.reports[-1].ended.how == "succeeded"
    assert judge(*ends) == []
    assert set(told.codes) == {"VERIFY_CHECKSUM"}
    assert 1 <= len(told.codes) <= 3


async def test_the_judge_sees_what_is_wrong(ends, tmp_path):
    """A mover that verifies nothing lets a lie pass, which the judge has to find."""
    source, destination = ends
    fill(source, large=0, medium=2, small=5)
    Lying.lies, told = 1, Told(tmp_path / "told", verify_checksum=False)
    await HttpsMover(lying, pace=QUICK).run(told.job(*ends), told)
    assert told.reports[-1].ended.how == "succeeded"
    (wrong,) = judge(*ends)
    assert wrong.endswith("differs")
    put(source / "more", b"")
    put(destination / "extra", b"")
    assert {each.partition(" ")[2] for each in judge(*ends)} == {
        *("differs", "is missing", "is too much")
    }


@pytest.mark.parametrize("code", ["PERMISSION_DENIED", "AUTH", "GC_NOT_CONNECTED"])
async def test_a_right_that_is_lost_in_the_middle(code, ends, tmp_path):
    """What cannot be read any more is tried until the cloud hands out a place anew."""
    source, _ = ends
    fill(source, large=1, medium=2, small=20)
    told, given = Told(tmp_path / "told"), []

    class Lost(Confined):
        count = 0

        async def open_source(self, path):
            self._lose(path)
            return await super().open_source(path)

        async def read_many(self, paths):
            self._lose("")
            return await super().read_many(paths)

        def _lose(self, path):
            if not given:
                type(self).count += 1
                if type(self).count > 2:
                    raise Fault(code, f"{path!r} is not for you any more")

    def opener(at):
        connector = open_place(at)
        if at.at.root == str(source):
            connector.__class__ = Lost
        return connector

    def verdict(report):
        if code in told.codes and not given:
            given.append(True)
            return Verdict(source=place(source))
        return Verdict()

    told.verdict = verdict
    await asyncio.wait_for(HttpsMover(opener, pace=QUICK).run(told.job(*ends), told), 30)
    assert told.reports[-1].ended.how == "succeeded"
    assert judge(*ends) == []
    assert set(told.codes) == {code}
