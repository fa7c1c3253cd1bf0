"""Where a cloud's keys are: in a SQLite file of its data folder, or in a PostgreSQL database."""

import stat
import tomllib
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from lenticular.engines.kv.contract import KeyValueStore, StoreFailed
from lenticular.engines.kv.sqlite import SqliteStore
from lenticular.server.configuration import Configuration

DATABASE_NAME = "lenticular.db"
"""The SQLite file in the data folder."""

SETTINGS_NAME = "store.toml"
"""What PostgreSQL is reached with besides the URL: libpq's connection parameters."""


class StoreError(RuntimeError):
    """The key-value store cannot be used; the message says why and what to do."""


async def open_store(configuration: Configuration) -> KeyValueStore:
    """Open the key-value store of a cloud, which is made when missing.

    Raises `StoreError` for settings that cannot be used, and `StoreFailed` when the store
    does not open.
    """
    if not configuration.store:
        path = configuration.data / DATABASE_NAME
        return await SqliteStore.open(
            path, shared=configuration.workers > 1, accept_loss=configuration.accept_lost_commits
        )
    from lenticular.engines.kv.postgresql import PostgresqlStore

    return await PostgresqlStore.open(configuration.store, read_settings(configuration))


async def examine_store(configuration: Configuration) -> str:
    """Return what PostgreSQL answers of itself, and how fast. Raises `StoreError`."""
    from lenticular.engines.kv.postgresql import PostgresqlStore

    try:
        return await PostgresqlStore.examine(configuration.store, read_settings(configuration))
    except StoreFailed as error:
        raise StoreError(str(error)) from error


def shown(url: str) -> str:
    """Return the URL of a store without the password that may be in it."""
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=user.partition(":")[0] + at + place, query=""))


def read_settings(configuration: Configuration) -> dict[str, Any]:
    """Return the connection parameters of ``store.toml``; empty without it.

    Raises `StoreError` when it cannot be read or others than its owner can.
    """
    path = configuration.data / SETTINGS_NAME
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise StoreError(f"{path} holds secrets and is open to others: chmod 600 {path}")
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise StoreError(f"{path} is not TOML: {error}") from None
