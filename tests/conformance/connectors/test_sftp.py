"""The connector of SFTP keeps the contract, against asyncssh's own server."""

from contextlib import asynccontextmanager
from itertools import count

import asyncssh
import pytest

from lenticular.engines.connectors.contract import Fault
from lenticular.engines.connectors.opening import open_place
from lenticular.engines.connectors.places import Place, Rule, Sftp
from lenticular.testing.conformance_connectors import (
    NASTY_NAMES,
    ODD_NAMES,
    ConnectorConformance,
    coded,
    listed,
    read_file,
)

HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")
USER_KEY = asyncssh.generate_private_key("ssh-ed25519")
OTHER_KEY = asyncssh.generate_private_key("ssh-ed25519")


def line(key):
    return key.export_public_key().decode().strip()


class Server(asyncssh.SSHServer):
    def password_auth_supported(self):
        return True

    def validate_password(self, username, password):
        return (username, password) == ("ada", "difference")


@asynccontextmanager
async def running_sftp(root):
    authorized = asyncssh.import_authorized_keys(line(USER_KEY))
    server = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_host_keys=[HOST_KEY],
        authorized_client_keys=authorized,
        server_factory=Server,
        sftp_factory=True,
    )
    try:
        yield Sftp(
            host="127.0.0.1",
            port=server.get_port(),
            user="ada",
            root=str(root),
            host_key=line(HOST_KEY),
            private_key=USER_KEY.export_private_key().decode(),
        )
    finally:
        server.close()
        await server.wait_closed()


class TestSftp(ConnectorConformance):
    odd_names = (*ODD_NAMES, *NASTY_NAMES)
    many = 50

    @pytest.fixture
    def open_connector(self, tmp_path):
        numbers = count()

        async def open_connector():
            root = tmp_path / str(next(numbers))
            root.mkdir()
            running = running_sftp(root)
            connector = open_place(Place(await running.__aenter__()))
            close = connector.close

            async def close_both():
                await close()
                await running.__aexit__(None, None, None)

            connector.close = close_both
            return connector

        return open_connector


@pytest.fixture
async def sftp(tmp_path):
    async with running_sftp(tmp_path) as place:
        yield place


@pytest.fixture
async def open_it():
    connectors = []

    def open_it(at, **more):
        connectors.append(open_place(Place(at, **more)))
        return connectors[-1]

    yield open_it
    for connector in connectors:
        await connector.close()


def changed(place, **fields):
    known = {name: getattr(place, name) for name in place.__struct_fields__}
    return Sftp(**{**known, **fields})


async def test_a_password_lets_in(sftp, open_it):
    assert await listed(open_it(changed(sftp, private_key="", password="difference")), "/") == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"host_key": line(OTHER_KEY)},
        {"host_key": ""},
        {"private_key": "", "password": "wrong"},
        {"private_key": ""},
        {"private_key": "no key"},
    ],
)
async def test_who_is_not_known_is_not_talked_to(sftp, open_it, fields):
    with coded("AUTH"):
        await open_it(changed(sftp, **fields)).stat("/")


async def test_a_server_that_is_gone_is_a_fault(tmp_path, open_it):
    async with running_sftp(tmp_path) as place:
        pass
    with coded("CONNECT_FAILED"):
        await open_it(place).stat("/")


async def test_links_do_not_lead_out(sftp, tmp_path, open_it):
    share = tmp_path / "share"
    (share / "public").mkdir(parents=True)
    (tmp_path / "secret").write_text("secret")
    (share / "private").write_text("private")
    (share / "public" / "file").write_text("file")
    (share / "public" / "near").symlink_to("file")
    (share / "public" / "out").symlink_to("../../secret")
    (share / "public" / "absolute").symlink_to(tmp_path / "secret")
    (share / "public" / "folder").symlink_to(tmp_path)
    (share / "public" / "uncovered").symlink_to("../private")
    connector = open_it(sftp, prefix="/share/", rules=(Rule("/public/", "rw"),))
    entries = await listed(connector, "/public")
    leads = {name: entry.target_kind for name, entry in entries.items() if entry.kind == "link"}
    assert leads == {"near": "file", "out": "", "absolute": "", "folder": "", "uncovered": ""}
    assert await read_file(connector, "/public/near") == b"file"
    for path in ("/public/out", "/public/absolute", "/public/folder/secret", "/public/uncovered"):
        with coded("FILE_NOT_FOUND"):
            await connector.open_source(path)
    with coded("FILE_NOT_FOUND"):
        await connector.open_writer("/public/folder/new", 1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret", "share"]


async def test_a_file_that_changes_is_noticed(sftp, tmp_path, open_it):
    (tmp_path / "file").write_bytes(bytes(3_000_000))
    connector = open_it(sftp)
    source = await connector.open_source("/file")
    (tmp_path / "file").write_bytes(bytes(2_000_000))
    with pytest.raises(Fault, match="FILE_SIZE_CHANGED"):
        assert [chunk async for chunk in source.read(0, 3_000_000)] == []
    await source.close()


async def test_names_that_are_no_text_are_told(sftp, tmp_path, open_it):
    (tmp_path / "\udcff").touch()
    pages = [page async for page in open_it(sftp).entries("/")]
    assert [each.code for page in pages for each in page] == ["INVALID_PATH"]
