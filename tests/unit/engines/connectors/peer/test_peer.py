"""The connector to another agent where the network is bad: cuts, lies, several addresses."""

import asyncio
import random
from contextlib import asynccontextmanager

import pytest

from lenticular.agent.certificates import own_context
from lenticular.engines.connectors.contract import Entry, Fault, Parcel, Whole
from lenticular.engines.connectors.peer import PeerFiles
from lenticular.engines.connectors.places import Peer
from lenticular.testing.doors import COLLECTION, SHOWN, open_door

DATA = random.Random(7).randbytes(3 * 1024 * 1024 + 11)
BASE = f"/collections/{COLLECTION}"


class Wire:
    """A way to the agent that is cut after so many bytes in either direction."""

    def __init__(self, port):
        self.port = port
        self.left = 1 << 60
        self.cuts = 0

    async def __call__(self, reader, writer):
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", self.port)
        ways = [self.carry(reader, other_writer), self.carry(other_reader, writer)]
        try:
            await asyncio.wait(map(asyncio.ensure_future, ways), return_when="FIRST_COMPLETED")
        finally:
            for one in (writer, other_writer):
                one.transport.abort()

    async def carry(self, reader, writer):
        try:
            while data := await reader.read(10_000):
                self.left -= len(data)
                if self.left < 0:
                    self.left, self.cuts = 1 << 60, self.cuts + 1
                    return
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            return


@asynccontextmanager
async def cut_wire(port):
    wire = Wire(port)
    server = await asyncio.start_server(wire, "127.0.0.1", 0)
    try:
        yield wire, server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.fixture
async def door(tmp_path):
    async with open_door() as opened:
        opened.cloud.let_in(tmp_path)
        yield opened


@asynccontextmanager
async def files_at(*urls, fingerprint=""):
    files = PeerFiles(Peer(urls, SHOWN, fingerprint))
    try:
        yield files
    finally:
        await files.close()


async def test_a_read_that_is_cut_goes_on_at_the_byte(door, tmp_path):
    (tmp_path / "file").write_bytes(DATA)
    async with cut_wire(door.port) as (wire, port), files_at(f"http://127.0.0.1:{port}{BASE}") as f:
        source = await f.open_source("/file")
        got, faults = bytearray(), []
        while len(got) < len(DATA):
            wire.left = 700_000
            try:
                async for chunk in source.read(len(got), len(DATA)):
                    got += chunk
            except Fault as fault:
                faults.append(fault.is_transient)
        assert got == DATA
        assert all(faults)
        assert wire.cuts >= 4


async def test_a_write_that_is_cut_goes_on_from_its_mark(door, tmp_path):
    async with cut_wire(door.port) as (wire, port), files_at(f"http://127.0.0.1:{port}{BASE}") as f:
        half = len(DATA) // 2
        writer = await f.open_writer("/file", len(DATA))
        await writer.write(0, DATA[:half])
        mark = await writer.durable()
        assert mark
        wire.left = 300_000

        async def go_on():
            for start in range(half, len(DATA), 100_000):
                await writer.write(start, DATA[start : start + 100_000])
            await writer.durable()

        with pytest.raises(Fault) as cut:
            await go_on()
        assert cut.value.is_transient
        assert wire.cuts == 1
        writer = await f.open_writer("/file", len(DATA), resume=mark)  # the agent held the other
        await writer.write(half, DATA[half:])
        entry = await writer.commit(len(DATA))
        assert (tmp_path / "file").read_bytes() == DATA
        assert entry.size == len(DATA)


async def test_a_writer_that_was_suspended_is_gone_on_with(door, tmp_path):
    async with files_at(door.url) as files:
        writer = await files.open_writer("/file", 6)
        await writer.write(0, b"abc")
        mark = await writer.durable()
        await writer.suspend()
        writer = await files.open_writer("/file", 6, resume=mark)
        await writer.write(3, b"def")
        await writer.commit(6)
        assert (tmp_path / "file").read_bytes() == b"abcdef"


async def test_a_file_that_was_changed_is_not_mixed(door, tmp_path):
    (tmp_path / "file").write_bytes(b"before")
    async with files_at(door.url) as files:
        source = await files.open_source("/file")
        (tmp_path / "file").write_bytes(b"behind")
        with pytest.raises(Fault, match="FILE_SIZE_CHANGED"):
            async for _ in source.read(0, 6):
                pass


async def test_connections_are_used_again(door):
    async with files_at(door.url) as files:
        for _ in range(20):
            await files.stat("/")
        assert len(door.listener.connections) == 1
        await asyncio.gather(*(files.stat("/") for _ in range(10)))
        assert len(door.listener.connections) <= 10


async def test_a_connection_that_was_closed_meanwhile_is_replaced(door):
    async with files_at(door.url) as files:
        await files.stat("/")
        for connection in list(door.listener.connections):
            connection.abort()
        assert (await files.stat("/")).kind == "dir"


async def test_addresses_are_tried_in_their_order(door):
    dead = "http://127.0.0.1:9/collections/x"
    async with files_at(dead, "ftp://nonsense", "http://[", door.url) as files:
        assert (await files.stat("/")).kind == "dir"


async def test_nobody_there_is_a_fault():
    for urls in ((), ("http://127.0.0.1:9/collections/x",)):
        async with files_at(*urls) as files:
            with pytest.raises(Fault) as fault:
                await files.stat("/")
            assert fault.value.code == "CONNECT_FAILED"
            assert fault.value.is_transient


async def test_a_ticket_that_is_no_good_is_a_fault(door):
    door.cloud.admissions.clear()
    async with files_at(door.url) as files:
        with pytest.raises(Fault, match="AUTH"):
            await files.stat("/")


async def test_the_certificate_is_the_one_that_was_announced(tmp_path):
    context, fingerprint = own_context()
    (tmp_path / "file").write_bytes(DATA)
    async with open_door(context) as door:
        door.cloud.let_in(tmp_path)
        async with files_at(door.url, fingerprint=fingerprint) as files:
            source = await files.open_source("/file")
            got = b"".join([bytes(chunk) async for chunk in source.read(0, len(DATA))])
            assert got == DATA
            writer = await files.open_writer("/copy", len(DATA))
            await writer.write(0, DATA)
            await writer.commit(len(DATA))
            assert (tmp_path / "copy").read_bytes() == DATA
        for wrong in ("0" * 64, ""):
            async with files_at(door.url, fingerprint=wrong) as files:
                with pytest.raises(Fault, match="CONNECT_FAILED"):
                    await files.stat("/")


async def test_no_token_goes_out_without_tls_where_a_certificate_is_known(door):
    async with files_at(door.url, fingerprint="0" * 64) as files:
        with pytest.raises(Fault, match="CONNECT_FAILED"):
            await files.stat("/")
    assert door.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nxyz",
        b"HTTP/1.1 422 No\r\nContent-Length: 3\r\n\r\nxyz",
        b"HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nxyz",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000,
        b"HTTP/1.1 abc\r\n\r\n",
        b"",
    ],
)
async def test_nonsense_of_a_peer_is_a_fault(answer):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with files_at(f"http://127.0.0.1:{port}{BASE}") as files:
        with pytest.raises(Fault) as fault:
            await files.stat("/")
        assert fault.value.code in ("ENDPOINT_ERROR", "CONNECTION_BROKEN", "CONNECTION_RESET")
    server.close()


async def test_many_small_files_take_few_requests(door, tmp_path):
    (tmp_path / "folder").mkdir()
    parcels = [Parcel(f"/folder/{number}", bytes([number % 256]) * 100) for number in range(400)]
    async with files_at(door.url) as files:
        written = await files.write_many(parcels)
        read = await files.read_many([parcel.path for parcel in parcels])
    assert all(isinstance(one, Entry) for one in written)
    assert [one.data for one in read if isinstance(one, Whole)] == [one.data for one in parcels]
    assert len(door.requests) == 2


async def test_what_is_wrong_while_it_is_written_is_told(door, tmp_path):
    async with files_at(door.url) as files:
        writer = await files.open_writer("/file", 10)
        await writer.write(0, b"12345")
        await writer.abort()
        await writer.write(5, b"67890")
        with pytest.raises(Fault, match="CONNECTION_BROKEN"):
            await writer.commit(10)
    assert list(tmp_path.iterdir()) == []
