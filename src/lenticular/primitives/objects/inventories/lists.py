"""Lists: the files of an inventory, written from one consistent view of the store.

They go to a file on disk, page by page, and from there into their bucket: neither the reader of
the store waits for the bucket, nor is a list ever whole in memory.
"""

import csv
import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from lenticular.engines.kv.contract import Reader
from lenticular.engines.kv.keys import after
from lenticular.primitives.objects.inventories.columns import Row, columns_of
from lenticular.primitives.objects.inventories.settings import CSV, Inventory
from lenticular.primitives.objects.keys import CURRENT, OLDER
from lenticular.primitives.objects.records import UNVERSIONED, Bucket, Version, decode_version

_PAGE = 1000
_MEMORY = "256MB"


def rows(reader: Reader, bucket: Bucket, inventory: Inventory) -> Iterator[Row]:
    """Iterate over what an inventory lists, by key, newest version first."""
    start, stop = CURRENT.starting_with(bucket.uid, inventory.only or "")
    versions = inventory.all_versions and bucket.versioning != UNVERSIONED
    while page := reader.range(start, stop, limit=_PAGE):
        for packed, data in page:
            key, version = CURRENT.unpack(packed)[1], decode_version(data)
            if inventory.all_versions or not version.is_marker:
                yield Row(bucket, key, version, True)
            if versions:
                for older in _older(reader, bucket, key):
                    yield Row(bucket, key, older, False)
        start = after(page[-1][0])


def _older(reader: Reader, bucket: Bucket, key: str) -> Iterator[Version]:
    start, stop = OLDER.range(bucket.uid, key)
    while page := reader.range(start, stop, limit=_PAGE):
        for _, data in page:
            yield decode_version(data)
        start = after(page[-1][0])


def write_csv(reader: Reader, bucket: Bucket, inventory: Inventory, path: Path) -> None:
    """Write a list as compressed CSV; keys are percent-encoded in an inventory of that format."""
    columns = [column for _, column in columns_of(inventory)]
    encodes = inventory.form == CSV
    with (
        path.open("wb") as file,
        gzip.GzipFile("", "wb", 6, file, mtime=0) as compressed,
        io.TextIOWrapper(compressed, "utf-8", newline="") as text,
    ):
        writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
        for row in rows(reader, bucket, inventory):
            shown = row._replace(key=quote(row.key, safe="/-_.~")) if encodes else row
            writer.writerow([column.value(shown) for column in columns])


def write_parquet(inventory: Inventory, source: Path, path: Path) -> None:
    """Write a list that is CSV as Parquet, with types."""
    import duckdb  # seldom needed, and slow to load

    columns = [column for _, column in columns_of(inventory)]
    names = {column.name: "VARCHAR" for column in columns}
    shown = ", ".join(f"CAST({each.name} AS {each.type}) AS {each.name}" for each in columns)
    database = duckdb.connect(config={"threads": 1, "memory_limit": _MEMORY})
    try:
        database.read_csv(
            str(source),
            header=False,
            columns=names,
            compression="gzip",
            delimiter=",",
            quotechar='"',
            escapechar='"',
            na_values="",
        ).project(shown).write_parquet(str(path))
    finally:
        database.close()


def schema(inventory: Inventory) -> str:
    """Return the fileSchema of a manifest."""
    columns = columns_of(inventory)
    if inventory.form == CSV:
        return ", ".join(name for name, _ in columns)
    shown = " ".join(
        f"optional {_PARQUET[column.type]};".format(column.name) for _, column in columns
    )
    return f"message s3.inventory {{ {shown} }}"


_PARQUET = {
    "VARCHAR": "binary {} (UTF8)",
    "BIGINT": "int64 {}",
    "BOOLEAN": "boolean {}",
    "TIMESTAMP": "int64 {} (TIMESTAMP_MICROS)",
}
