"""What an agent must know: its cloud, its credential, its folders, and where it serves bytes."""

import os
from pathlib import Path

import msgspec
from msgspec import Struct
from platformdirs import user_config_path

from lenticular.engines.connectors.places import Announced

FILE_NAME = "connect.json"
"""The file of the settings in their folder."""


class SettingsError(Exception):
    """The settings cannot be read or written; the message says why."""


class Listening(Struct, frozen=True):
    """Where an agent serves bytes."""

    host: str
    port: int
    url: str
    """Base URL by which others reach it."""
    certificate: str = ""
    """File of the certificate (PEM, with its chain) to serve TLS with; empty: no TLS."""
    key: str = ""
    """File of that certificate's private key (PEM)."""


class Settings(Struct, frozen=True, omit_defaults=True):
    """The settings of one agent. They hold a secret."""

    server: str
    """Base URL of the cloud's control channel."""
    endpoint_id: str
    secret: str
    display_name: str = ""
    folders: tuple[Announced, ...] | None = None
    """Those that the cloud may use; None: all that it names (of the built-in agent)."""
    trust: str = ""
    """File of authorities (PEM) that may vouch for the server; empty: the system's."""
    is_pinned: bool = False
    """Whether `trust` is the server's own certificate, whatever names stand in it."""
    listening: Listening | None = None
    gridftp: str = ""
    """``gsiftp://HOST:PORT`` of a GridFTP server of the same files; empty: none."""


def default_folder() -> Path:
    """Return where the settings of a person's agent are."""
    return user_config_path("lenticular", appauthor=False) / "connect"


def load(folder: Path) -> Settings:
    """Return the settings in a folder. Raises `SettingsError`."""
    file = folder / FILE_NAME
    try:
        return msgspec.json.decode(file.read_bytes(), type=Settings)
    except FileNotFoundError:
        raise SettingsError(
            f"{file} is not there: run `lenticular connect setup` with a setup key first"
        ) from None
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}") from error
    except msgspec.DecodeError as error:
        raise SettingsError(f"{file} is not as expected: {error}") from error


def save(settings: Settings, folder: Path) -> Path:
    """Write the settings into a folder, for its owner only. Raises `SettingsError`."""
    file = folder / FILE_NAME
    partial = file.with_suffix(".partial")
    text = msgspec.json.format(msgspec.json.encode(settings)) + b"\n"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        partial.replace(file)
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}") from error
    return file
