"""The inventories of the cloud: when each is due, and where its files go.

When an inventory begins, its moment is fixed in the store, and its files are named by it: after
a crash the same files are written again, so that none is skipped and none comes twice.
"""

import asyncio
import hashlib
import json
import logging
import time
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.primitives.objects import deliveries
from lenticular.primitives.objects.buckets import allowed_bucket, find_bucket
from lenticular.primitives.objects.datakeys import Wanted
from lenticular.primitives.objects.deliveries import BucketRefused, Sender
from lenticular.primitives.objects.errors import BucketNotFound
from lenticular.primitives.objects.inventories.lists import schema, write_csv, write_parquet
from lenticular.primitives.objects.inventories.settings import (
    CSV,
    INVENTORIES,
    Inventory,
    Run,
    find_run,
    forget_run,
    runs,
    save_run,
)
from lenticular.primitives.objects.objects import Objects
from lenticular.primitives.objects.records import Attributes, Bucket
from lenticular.primitives.objects.rights import bucket_arn
from lenticular.primitives.principals import Principal

SERVICE: Final = "s3.amazonaws.com"
"""The principal that the policy of an inventory's bucket names."""

_PUT = "s3:PutInventoryConfiguration"
_PIECE = 1024 * 1024

_log = logging.getLogger("lenticular.inventories")


@dataclass(frozen=True, slots=True)
class _Order:
    """An inventory that is to be written."""

    home: Bucket
    id: str
    inventory: Inventory
    run: Run

    @property
    def folder(self) -> str:
        """Where all its files are."""
        prefix = f"{self.inventory.prefix}/" if self.inventory.prefix else ""
        return f"{prefix}{self.home.name}/{self.id}"

    @property
    def sender(self) -> Sender:
        return Sender(SERVICE, self.home.account_id, bucket_arn(self.home.name))


class Inventories:
    """The inventories of one cloud's buckets."""

    def __init__(
        self, store: KeyValueStore, objects: Objects, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._objects = objects
        self._clock = clock

    async def put(
        self, principal: Principal, bucket: str, inventory_id: str, inventory: Inventory
    ) -> None:
        """Order an inventory of a bucket, in place of the one of this id. The first is due now.

        Raises `BucketNotFound` and `AccessDenied`.
        """

        def commit(tx: Transaction) -> None:
            home = allowed_bucket(tx, principal, bucket, _PUT)
            INVENTORIES.set(tx, home, inventory, inventory_id)
            run = find_run(tx, bucket, inventory_id)
            if run is None or run.uid != home.uid:
                save_run(tx, bucket, inventory_id, Run(home.uid))

        await self._store.transact(commit)

    async def delete(self, principal: Principal, bucket: str, inventory_id: str) -> bool:
        """Order no more of an inventory; tell whether there was one. Raises as `put`."""

        def commit(tx: Transaction) -> bool:
            home = allowed_bucket(tx, principal, bucket, _PUT)
            forget_run(tx, bucket, inventory_id)
            return INVENTORIES.delete(tx, home, inventory_id)

        return await self._store.transact(commit)

    async def run(self) -> int:
        """Write every inventory that is due; return how many were written.

        What fails for one inventory is only its own: it is tried again the next time.
        """
        written = 0
        for name, inventory_id, _ in await self._store.read(runs):
            order = await self._store.transact(
                partial(self._begin, name=name, inventory_id=inventory_id)
            )
            if order is None:
                continue
            details = {"bucket": name, "inventory": inventory_id}
            try:
                await self._write(order)
            except BucketRefused as error:
                _log.warning("an inventory is refused", extra=details | {"reason": error.code})
            except Exception:
                _log.exception("an inventory was not written", extra=details)
            else:
                await self._store.transact(partial(_finish, order=order))
                written += 1
        return written

    def _begin(self, tx: Transaction, name: str, inventory_id: str) -> _Order | None:
        """Return the inventory if it is due, its moment fixed; forget one that is gone."""
        run = find_run(tx, name, inventory_id)
        if run is None:
            return None
        try:
            home = find_bucket(tx, name)
        except BucketNotFound:
            home = None
        inventory = INVENTORIES.find(tx, home, inventory_id) if home is not None else None
        if home is None or inventory is None or home.uid != run.uid:
            forget_run(tx, name, inventory_id)
            return None
        now = self._clock()
        if not inventory.enabled or (not run.began and run.done == inventory.turn(now)):
            return None
        if not run.began:
            run = Run(run.uid, run.done, inventory.turn(now), int(now))
            save_run(tx, name, inventory_id, run)
        return _Order(home, inventory_id, inventory, run)

    async def _write(self, order: _Order) -> None:
        inventory, sender = order.inventory, order.sender
        target = await deliveries.check(
            self._store, sender.principal, inventory.bucket, f"{order.folder}/data/"
        )
        if inventory.account_id and target.account_id != inventory.account_id:
            raise BucketRefused("AccessDenied")
        began = datetime.fromtimestamp(order.run.began, UTC)
        suffix = "csv.gz" if inventory.form == CSV else "parquet"
        name = uuid.uuid5(uuid.NAMESPACE_OID, f"{order.home.uid.hex()} {order.id} {began}")
        data = f"{order.folder}/data/{name}.{suffix}"
        with TemporaryDirectory(prefix="lenticular-inventory-") as folder:
            path = await self._list(order, Path(folder))
            digest = hashlib.md5(usedforsecurity=False)
            await self._deliver(order, data, _pieces(path, digest))
            size = path.stat().st_size
        manifest = _manifest(order, data, size, digest.hexdigest())
        checksum = hashlib.md5(manifest, usedforsecurity=False).hexdigest().encode()
        links = f"s3://{inventory.bucket}/{data}\n".encode()
        moment = f"{order.folder}/{began:%Y-%m-%dT%H-%MZ}"
        await self._deliver(
            order, f"{order.folder}/hive/dt={began:%Y-%m-%d-%H-%M}/symlink.txt", links
        )
        await self._deliver(order, f"{moment}/manifest.json", manifest)
        await self._deliver(order, f"{moment}/manifest.checksum", checksum)

    async def _list(self, order: _Order, folder: Path) -> Path:
        """Write the list into a folder; return its file."""
        inventory, path = order.inventory, folder / "list.csv.gz"

        def write(reader: Reader) -> None:
            write_csv(reader, find_bucket(reader, order.home.name), inventory, path)

        await self._store.read(write, long=True)
        if inventory.form == CSV:
            return path
        typed = folder / "list.parquet"
        await asyncio.to_thread(write_parquet, inventory, path, typed)
        return typed

    async def _deliver(
        self, order: _Order, key: str, contents: bytes | AsyncIterator[bytes]
    ) -> None:
        inventory = order.inventory
        wanted = Wanted(inventory.method, inventory.key)
        await deliveries.deliver(
            self._objects,
            order.sender.principal,
            inventory.bucket,
            key,
            contents,
            Attributes(),
            wanted,
        )


def _finish(tx: Transaction, order: _Order) -> None:
    run = find_run(tx, order.home.name, order.id)
    if run == order.run:
        save_run(tx, order.home.name, order.id, Run(run.uid, run.turn))


def _manifest(order: _Order, data: str, size: int, md5: str) -> bytes:
    """Return the manifest of an inventory (User Guide, "Inventory manifest")."""
    inventory = order.inventory
    document = {
        "sourceBucket": order.home.name,
        "destinationBucket": bucket_arn(inventory.bucket),
        "version": "2016-11-30",
        "creationTimestamp": str(order.run.began * 1000),
        "fileFormat": inventory.form,
        "fileSchema": schema(inventory),
        "files": [{"key": data, "size": size, "MD5checksum": md5}],
    }
    return json.dumps(document, indent=2).encode()


async def _pieces(path: Path, digest: "hashlib._Hash") -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE):
            digest.update(piece)
            yield piece
