"""The files of a data folder that a backup takes along, beside keys and blobs."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from lenticular.primitives.meters.prices import FILE_NAME as PRICES_NAME
from lenticular.server import blobstore, keyvaluestore
from lenticular.server.certificates import FOLDER as CERTIFICATES
from lenticular.server.configuration import FILE_NAME
from lenticular.server.files import replace_file
from lenticular.server.masterkey import MASTER_KEY_NAME

_SECRET_NAMES = (MASTER_KEY_NAME, blobstore.SETTINGS_NAME, keyvaluestore.SETTINGS_NAME)

_ELSEWHERE = ("store", "blob_store", "archive_store", "data")
"""Settings that name places of the cloud that was backed up: the restored one has its own."""


def files_of(data: Path, configuration_file: Path | None) -> dict[str, bytes]:
    """Return the files of a data folder in which nothing is secret, by their paths in it.

    `configuration_file` is what the cloud reads instead of ``lenticular.toml``, if it does.
    """
    found = {
        FILE_NAME: configuration_file or data / FILE_NAME,
        PRICES_NAME: data / PRICES_NAME,
    }
    return {name: path.read_bytes() for name, path in found.items() if path.exists()}


def secret_files_of(data: Path) -> dict[str, bytes]:
    """Return the files that grant power over the cloud: keys, passwords, what TLS is served with.

    Certificates are among them, for without their keys they are of no use.
    """
    return {str(path.relative_to(data)): path.read_bytes() for path in _secrets(data)}


def write_files(data: Path, files: dict[str, bytes], archive: Path | None) -> None:
    """Write files that were backed up into a new data folder, for their owner only.

    The configuration no longer names places of the cloud that was backed up; `archive` is the
    folder of the new one's archive, if it has one.
    """
    if archive is not None or FILE_NAME in files:
        text = settled(files.get(FILE_NAME, b"").decode(), archive)
        files = files | {FILE_NAME: text.encode()}
    for name, content in files.items():
        path = data / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_file(path, content)


def settled(text: str, archive: Path | None) -> str:
    """Return a configuration without the places of the cloud that it was of."""
    pattern = rf"^(\s*({'|'.join(_ELSEWHERE)})\s*=)"
    text = re.sub(pattern, r"# before it was restored: \1", text, flags=re.MULTILINE)
    if archive is not None:
        quoted = str(archive).replace("\\", "\\\\").replace('"', '\\"')
        text = f'archive_store = "{quoted}"\n{text}'
    tomllib.loads(text)  # a value over several lines would have been cut in two
    return text


def _secrets(data: Path) -> Iterator[Path]:
    for path in (
        *(data / name for name in _SECRET_NAMES),
        *sorted((data / CERTIFICATES).glob("*")),
    ):
        if path.is_file():
            yield path
