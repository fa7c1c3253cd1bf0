"""What every connector must do: tests for an engine to inherit.

A test module of an engine derives a class from `ReadingConformance`, or from
`ConnectorConformance` where files can be written too, and supplies the fixtures they name.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.engines.connectors.contract import (
    Connector,
    Entry,
    Fault,
    Parcel,
    Whole,
    bundles_of,
)
from lenticular.testing.conformance_reading import (
    FILES,
    HOSTILE,
    MIB,
    NASTY_NAMES,
    ODD_NAMES,
    Fill,
    OpenConnector,
    ReadingConformance,
    coded,
    listed,
    opened,
    pattern,
    read_file,
    write_file,
)

__all__ = [
    "FILES",
    "HOSTILE",
    "MIB",
    "NASTY_NAMES",
    "ODD_NAMES",
    "ConnectorConformance",
    "Fill",
    "OpenConnector",
    "ReadingConformance",
    "coded",
    "listed",
    "read_file",
    "write_file",
]


class ConnectorConformance(ReadingConformance):
    """Tests of writing too. A subclass supplies ``open_connector``, of an empty place each time."""

    many = 1234
    """Files in a large folder."""
    separators = "/"
    """What the place takes for the end of a folder's name, whatever it is asked."""

    @pytest.fixture
    async def place(self, open_connector: OpenConnector) -> AsyncIterator[Connector]:
        async with opened(open_connector) as connector:
            yield connector

    @pytest.fixture
    def fill(self, open_connector: OpenConnector) -> Fill:
        async def fill(files: Mapping[str, bytes]) -> Connector:
            connector = await open_connector()
            for path, data in files.items():
                await write_file(connector, path, data)
            return connector

        return fill

    async def test_a_file_is_seen_when_it_is_whole(self, place: Connector) -> None:
        await write_file(place, "/file", b"before")
        writer = await place.open_writer("/file", 12 * MIB)
        await writer.write(0, bytes(5 * MIB))
        assert await read_file(place, "/file") == b"before"
        assert set(await listed(place, "/")) == {"file"}
        await writer.write(5 * MIB, bytes(7 * MIB))
        entry = await writer.commit(12 * MIB)
        assert (entry.name, entry.kind, entry.size) == ("file", "file", 12 * MIB)
        assert entry.version == (await place.stat("/file")).version
        assert await read_file(place, "/file") == bytes(12 * MIB)

    async def test_pieces_come_in_any_order(self, place: Connector) -> None:
        data = pattern(9 * MIB + 17)
        writer = await place.open_writer("/file", len(data))
        starts = sorted(range(0, len(data), 700_000), key=lambda at: at * 7 % 19)
        await asyncio.gather(
            *(writer.write(at, memoryview(data)[at : at + 700_000]) for at in starts)
        )
        await writer.commit(len(data))
        assert await read_file(place, "/file") == data

    async def test_the_buffer_of_a_write_can_be_used_again(self, place: Connector) -> None:
        buffer, writer = bytearray(MIB), await place.open_writer("/file", 3 * MIB)
        for number in range(3):
            buffer[:] = bytes([number]) * MIB
            await writer.write(number * MIB, memoryview(buffer))
        await writer.commit(3 * MIB)
        data = await read_file(place, "/file")
        assert [data.count(number) for number in range(3)] == [MIB] * 3

    @pytest.mark.parametrize("size", [0, 5, 9 * MIB])
    async def test_a_size_need_not_be_known(self, place: Connector, size: int) -> None:
        writer = await place.open_writer("/file", -1)
        if size:
            await writer.write(0, bytes(size))
        assert (await writer.commit(size)).size == size
        assert await read_file(place, "/file") == bytes(size)

    async def test_abort_leaves_nothing(self, place: Connector) -> None:
        for size in (100, 12 * MIB):
            writer = await place.open_writer("/file", size)
            await writer.write(0, bytes(size // 2))
            await writer.abort()
            await writer.abort()
        assert await listed(place, "/") == {}

    async def test_a_file_that_is_not_whole_is_refused(self, place: Connector) -> None:
        for size in (100, 12 * MIB):
            writer = await place.open_writer("/file", size)
            await writer.write(0, bytes(size // 2))
            with coded("FILE_SIZE_CHANGED"):
                await writer.commit(size)
            await writer.abort()
        assert await listed(place, "/") == {}

    async def test_a_wrong_checksum_is_found(self, place: Connector) -> None:
        data = b"123456789"
        right = "crc64nvme:ae8b14860a799888"
        writer = await place.open_writer("/file", len(data))
        await writer.write(0, data)
        assert (await writer.commit(len(data), checksum=right)).size == 9
        for algorithm in sorted({"crc64nvme", "sha256", *place.traits.checksums}):
            writer = await place.open_writer("/file", len(data))
            await writer.write(0, data)
            with coded("VERIFY_CHECKSUM"):
                await writer.commit(len(data), checksum=f"{algorithm}:00")
            await writer.abort()
        if bundles := bundles_of(place):
            for algorithm in ("crc64nvme", "sha256"):
                wrong = f"{algorithm}:00"
                parcels = [Parcel(f"/wrong-{number}", data, 0.0, wrong) for number in range(10)]
                for each in await bundles.write_many(parcels):
                    assert isinstance(each, Fault)
                    assert each.code == "VERIFY_CHECKSUM"

    async def test_times_are_kept(self, place: Connector) -> None:
        if not place.traits.keeps_times:
            pytest.skip("the place keeps no times")
        writer = await place.open_writer("/file", 0)
        assert (await writer.commit(0, modified=1_000_000_000.0)).modified == 1_000_000_000.0
        await place.set_modified("/file", 1_100_000_000.0)
        assert (await place.stat("/file")).modified == 1_100_000_000.0
        await place.make_folder("/folder")
        await place.set_modified("/folder", 1_200_000_000.0)
        assert (await place.stat("/folder")).modified == 1_200_000_000.0

    async def test_a_writer_goes_on(self, place: Connector) -> None:
        data = pattern(3 * MIB)
        writer = await place.open_writer("/file", len(data))
        await writer.write(0, data[:MIB])
        mark = await writer.durable()
        assert bool(mark) == place.traits.resumes
        await writer.write(MIB, b"was not marked")
        await writer.suspend()
        assert await listed(place, "/") == {}
        if not place.traits.resumes:
            with coded("NOT_SUPPORTED"):
                await place.open_writer("/file", len(data), resume="0" * 32)
            return
        writer = await place.open_writer("/file", len(data), resume=mark)
        await writer.write(MIB, data[MIB:])
        await writer.commit(len(data))
        assert await read_file(place, "/file") == data
        with coded("NOT_SUPPORTED"):  # it is no longer there
            await place.open_writer("/file", len(data), resume=mark)

    async def test_a_mark_of_somebody_else_is_refused(self, place: Connector) -> None:
        await write_file(place, "/file", b"data")
        for mark in ("x", "../../file", "0" * 32, "0" * 31 + "/", "\0", "\ud800"):
            with coded("NOT_SUPPORTED"):
                await place.open_writer("/other", 4, resume=mark)
        assert set(await listed(place, "/")) == {"file"}

    async def test_folders_are_made_and_removed(self, place: Connector) -> None:
        if not place.traits.has_folders:
            with coded("NOT_SUPPORTED"):
                await place.make_folder("/folder")
            return
        await place.make_folder("/folder")
        await place.make_folder("/folder/inner")
        assert (await listed(place, "/folder"))["inner"].kind == "dir"
        for path in ("/folder", "/folder/inner", "/"):
            with coded("EXISTS"):
                await place.make_folder(path)
        with coded("FILE_NOT_FOUND"):
            await place.make_folder("/nothing/inner")
        with coded("FILE_NOT_FOUND"):
            await place.open_writer("/nothing/file", 1)
        with coded("IS_A_DIRECTORY"):
            await place.open_writer("/folder", 1)
        with coded("NOT_EMPTY"):
            await place.remove("/folder")
        await place.remove("/folder/inner")
        await place.remove("/folder")
        assert await listed(place, "/") == {}

    async def test_files_are_removed(self, filled: Connector) -> None:
        with coded("NOT_EMPTY"):
            await filled.remove("/folder")
        await filled.remove("/folder/one")
        for path in ("/folder/one", "/nothing"):
            with coded("FILE_NOT_FOUND"):
                await filled.remove(path)
        assert set(await listed(filled, "/folder")) == {"inner"}

    async def test_names_are_changed(self, filled: Connector) -> None:
        await filled.rename("/small", "/folder/renamed")
        await filled.rename("/folder", "/other")
        assert await read_file(filled, "/other/renamed") == FILES["/small"]
        assert await read_file(filled, "/other/inner/deep") == b"deep"
        names = set(await listed(filled, "/"))
        assert names - {"folder"} == {"empty", "large", "other"}  # SeaweedFS shows it for a while
        with coded("FILE_NOT_FOUND"):
            await filled.rename("/folder", "/again")

    async def test_a_new_name_replaces_nothing(self, filled: Connector) -> None:
        for new in ("/empty", "/folder", "/folder/one"):
            with coded("EXISTS"):
                await filled.rename("/small", new)
        with coded("EXISTS"):
            await filled.rename("/folder", "/small")
        assert await read_file(filled, "/small") == FILES["/small"]

    async def test_a_large_folder_is_listed_whole(self, place: Connector) -> None:
        names = [f"file-{number:04}" for number in range(self.many)]
        bundles = bundles_of(place)
        for at in range(0, len(names), 400):
            parcels = [Parcel(f"/{name}", b"x") for name in names[at : at + 400]]
            if bundles is not None:
                written = await bundles.write_many(parcels)
                assert not [each for each in written if isinstance(each, Fault)]
            else:
                await asyncio.gather(*(write_file(place, each.path, each.data) for each in parcels))
        await write_file(place, "/folder/file", b"x")
        await write_file(place, "/file-0040-folder/file", b"x")
        pages = [len(page) async for page in place.entries("/")]
        assert sum(pages) == self.many + 2
        assert max(pages) <= 1001
        assert set(await listed(place, "/")) == {*names, "folder", "file-0040-folder"}

    async def test_bundles_are_files(self, place: Connector) -> None:
        bundles = bundles_of(place)
        if bundles is None:
            pytest.skip("the place takes no bundles")
        await write_file(place, "/folder/old", b"old")
        right = "crc64nvme:ae8b14860a799888"
        parcels = [
            *(Parcel(f"/folder/{number}", bytes([number])) for number in range(20)),
            Parcel("/folder/old", b"123456789", checksum=right),
            Parcel("/../out", b""),
        ]
        *written, replaced, refused = await bundles.write_many(parcels)
        assert [isinstance(each, Entry) and each.name for each in written] == list(
            map(str, range(20))
        )
        assert isinstance(replaced, Entry)
        assert isinstance(refused, Fault)
        assert refused.code == "INVALID_PATH"
        paths = [*(parcel.path for parcel in parcels[:-1]), "/nothing", "/folder"]
        *read, missing, folder = await bundles.read_many(paths)
        for whole, parcel in zip(read, parcels, strict=False):
            assert isinstance(whole, Whole)
            assert whole.data == parcel.data
        assert isinstance(missing, Fault)
        assert isinstance(folder, Fault)

    def test_any_name_is_kept_or_refused(self, open_connector: OpenConnector) -> None:
        """And nothing else changes for it."""
        alphabet = st.characters(codec="utf-8", exclude_characters=f"{self.separators}\0")
        names = st.text(alphabet, min_size=1, max_size=40).filter(lambda name: name.strip("."))

        async def keep_or_refuse(connector: Connector, name: str) -> None:
            for left in await listed(connector, "/"):  # of an example that failed
                await connector.remove(f"/{left}")
            try:
                await write_file(connector, f"/{name}", b"data")
            except Fault as fault:
                refused.append(fault.code)
                assert await listed(connector, "/") == {}
                return
            assert list(await listed(connector, "/")) == [name]
            assert await read_file(connector, f"/{name}") == b"data"
            await connector.remove(f"/{name}")

        async def start() -> Connector:
            return await open_connector()

        refused: list[str] = []

        @settings(max_examples=15, deadline=None)
        @given(names)
        def try_one(name: str) -> None:
            runner.run(keep_or_refuse(connector, name))

        with asyncio.Runner() as runner:
            connector = runner.run(start())
            try:
                try_one()
                assert set(refused) <= {"INVALID_PATH"}
            finally:
                runner.run(connector.close())
