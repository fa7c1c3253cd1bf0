"""Where the keys are: SQLite as it comes, PostgreSQL when it is set; passwords stay secret."""

import pytest

from lenticular.engines.kv.postgresql import PostgresqlStore
from lenticular.engines.kv.sqlite import SqliteStore
from lenticular.server.configuration import Configuration, ConfigurationError
from lenticular.server.keyvaluestore import (
    StoreError,
    examine_store,
    open_store,
    read_settings,
    shown,
)
from lenticular.server.settings import load


async def test_a_cloud_has_sqlite_unless_it_is_told_otherwise(tmp_path):
    store = await open_store(Configuration(data=tmp_path))
    assert isinstance(store, SqliteStore)
    await store.close()


async def test_a_password_is_read_from_its_own_file(tmp_path, postgresql):
    configuration = Configuration(
        data=tmp_path, store=postgresql.url(postgresql.new_schema(), password="")
    )
    with pytest.raises(StoreError, match="password"):
        await examine_store(configuration)
    postgresql.write_settings(tmp_path)
    assert str(postgresql.port) in await examine_store(configuration)
    store = await open_store(configuration)
    assert isinstance(store, PostgresqlStore)
    await store.close()


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_file_that_others_may_read_is_refused(tmp_path, mode):
    (tmp_path / "store.toml").write_text('password = "hush"\n')
    (tmp_path / "store.toml").chmod(mode)
    with pytest.raises(StoreError, match="chmod 600") as raised:
        read_settings(Configuration(data=tmp_path))
    assert "hush" not in str(raised.value)


def test_a_file_that_is_not_toml_is_refused_without_its_content(tmp_path):
    (tmp_path / "store.toml").touch(mode=0o600)
    (tmp_path / "store.toml").write_text("password = hush\n")
    with pytest.raises(StoreError, match="is not TOML") as raised:
        read_settings(Configuration(data=tmp_path))
    assert "hush" not in str(raised.value)


async def test_a_server_that_is_away_is_named_and_the_password_is_not(tmp_path, unused_tcp_port):
    url = f"postgresql://lab:hush@127.0.0.1:{unused_tcp_port}/keys"
    with pytest.raises(StoreError, match="start it, or correct store") as raised:
        await examine_store(Configuration(data=tmp_path, store=url))
    assert f"127.0.0.1:{unused_tcp_port}/keys" in str(raised.value)
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://lab:hush@db:5432/keys?password=x", "postgresql://lab@db:5432/keys"),
        ("postgresql://db/keys", "postgresql://db/keys"),
        ("postgresql://lab@db/keys?search_path=a", "postgresql://lab@db/keys"),
    ],
)
def test_a_url_is_shown_without_its_password(url, expected):
    assert shown(url) == expected


def test_other_stores_are_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="store"):
        load({"data": tmp_path, "store": "mysql://db/keys"})
