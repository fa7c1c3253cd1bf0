"""Makes what a data folder has besides the database: ``python files.py WHAT FOLDER``."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from lenticular.server.configuration import Configuration
from lenticular.server.files import make_folder, replace_file


def certify(folder: Path) -> bytes:
    """Make certificates; return that of the authority, which clients are told to trust."""
    from lenticular.server import certificates

    configuration = Configuration(data=folder, tls=True)
    certificates.server_context(configuration)
    bundle = certificates.trusted(configuration)
    assert bundle
    return bundle.read_bytes()


def archive(folder: Path) -> bytes:
    """Claim an archive, or use it; return whose it is."""
    from lenticular.engines.kv.sqlite import SqliteStore
    from lenticular.server import archivestore

    place = folder.with_name("archive")

    async def claim() -> None:
        store = await SqliteStore.open(folder / "store.db")
        await archivestore.settle(store, str(place))
        await store.close()

    make_folder(folder)
    asyncio.run(claim())
    return (place / "cloud").read_bytes()


def settle(folder: Path) -> bytes:
    """Replace a file of settings."""
    make_folder(folder)
    path = folder / "settings"
    text = path.read_text() if path.exists() else ""
    assert text in {"", "new" * 5000}, f"half of it: {len(text)}"
    replace_file(path, "new" * 5000)
    return path.read_bytes()


MAKERS: dict[str, Callable[[Path], bytes]] = {
    "archive": archive,
    "certificates": certify,
    "settings": settle,
}

if __name__ == "__main__":
    MAKERS[sys.argv[1]](Path(sys.argv[2]))
