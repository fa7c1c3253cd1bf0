"""The blob store in Azure Blob Storage keeps the contract: in Azurite, its emulator, where it is.

Azurite comes with npm (``npm install azurite``); without ``azurite-blob`` on the path these
tests are skipped.
"""

import base64
import hashlib
import hmac
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from email.utils import formatdate
from itertools import count

import obstore
import pytest

from lenticular.engines.blobs.contract import BlobCorrupt
from lenticular.engines.blobs.remote import Bucket, ForeignStore, RemoteBlobs
from lenticular.engines.blobs.remote.layout import PIECE
from lenticular.testing.conformance_blobs import (
    BlobStoreConformance,
    listed,
    read_blob,
    store_blob,
)

PROGRAM = shutil.which("azurite-blob")
pytestmark = pytest.mark.skipif(PROGRAM is None, reason="azurite is not installed")

ACCOUNT = "tests"
KEY = base64.b64encode(b"key of tests").decode()
CONTAINER = "blobs"


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """Those of an Azurite that runs."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [PROGRAM, "--blobPort", str(port), "--silent", "--inMemoryPersistence"],
        cwd=tmp_path_factory.mktemp("azurite"),
        env={**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"},
    )
    try:
        create_container(f"http://127.0.0.1:{port}")
        yield {
            "account_name": ACCOUNT,
            "account_key": KEY,
            "endpoint": f"http://127.0.0.1:{port}/{ACCOUNT}",
        }
    finally:
        process.kill()
        process.wait()


def create_container(address):
    """Make the container as soon as somebody answers (Azure, "Authorize with Shared Key")."""
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-12-02"}
    resource = f"/{ACCOUNT}/{ACCOUNT}/{CONTAINER}\nrestype:container"
    lines = [f"{name}:{value}" for name, value in headers.items()]
    signed = "PUT" + "\n" * 12 + "\n".join([*lines, resource])
    digest = hmac.digest(base64.b64decode(KEY), signed.encode(), hashlib.sha256)
    headers["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}"
    url = f"{address}/{ACCOUNT}/{CONTAINER}?restype=container"
    deadline = time.monotonic() + 60
    while True:
        try:
            request = urllib.request.Request(url, method="PUT", headers=headers)
            urllib.request.urlopen(request).close()
        except urllib.error.URLError as error:
            if isinstance(error, urllib.error.HTTPError) or time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def open_blobs(settings, tmp_path):
    numbers = count()

    async def open_blobs():
        url = f"az://{CONTAINER}/{tmp_path.name}/{next(numbers)}"
        return RemoteBlobs(Bucket.open(url, settings, {}, 5.0))

    return open_blobs


class TestInAzurite(BlobStoreConformance):
    @pytest.fixture
    def open_blobs(self, open_blobs):
        return open_blobs

    @pytest.fixture
    def damage(self):
        def damage(store, blob_id, change):
            remote, path = store._bucket._store, f"blobs/{blob_id}"
            obstore.put(remote, path, change(bytes(obstore.get(remote, path).bytes())))

        return damage


async def test_a_large_blob(open_blobs):
    store = await open_blobs()
    await store.join("one", begin=True)
    with pytest.raises(ForeignStore):
        await store.join("two", begin=True)
    data = os.urandom(2 * PIECE + 5)
    blob = await store_blob(store, data)
    async with store.create() as aborted:
        await aborted.write(data)
    assert await read_blob(store, blob.id) == data
    assert await read_blob(store, blob.id, PIECE - 1, 5) == data[PIECE - 1 : PIECE + 4]
    assert await listed(store) == {blob.id: len(data)}
    obstore.put(store._bucket._store, f"blobs/{blob.id}", b"")
    with pytest.raises(BlobCorrupt):
        await read_blob(store, blob.id, 2 * PIECE + 1, 2)
    assert await store.delete(blob.id)
    assert not await store.delete(blob.id)
    await store.close()
    left = [entry["path"] for page in obstore.list(store._bucket._store) for entry in page]
    assert left == ["lenticular.json"]
