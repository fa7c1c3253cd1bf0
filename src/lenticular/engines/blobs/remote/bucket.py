"""The place in another store where the bytes lie, reached through obstore.

obstore signs, retries what may be retried, with growing pauses, and streams. Here its errors
become the contract's, and its settings are chosen.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Self
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, GenericError
from obstore.store import ObjectStore, S3Store, from_url

from lenticular.engines.blobs.contract import BlobCorrupt, BlobStoreUnavailable
from lenticular.engines.blobs.remote.layout import Stretch

_CHUNK = 256 * 1024
"""Bytes that are gathered of what arrives, before they are handed on."""
_LARGEST_CHUNK = 1024 * 1024
_PAGE = 1000
"""Names that stores list, or delete, at once."""

_CLIENT = {
    "allow_http": True,  # where an endpoint says http; all that are known by default are https
    "connect_timeout": "5s",
    "read_timeout": "60s",
    # It holds for a whole answer, and a client may take its time to read a blob.
    "timeout": "1day",
}
"""obstore's ClientConfig. A piece has ``read_timeout`` to go out and be acknowledged."""

_LONGEST_MESSAGE = 500

_MAKING = {
    "s3": "aws s3 mb s3://{}",
    "az": "az storage container create --name {}",
    "gs": "gcloud storage buckets create gs://{}",
}
"""How a bucket is made, by the scheme of its address."""


_NO_BUCKET = re.compile("NoSuchBucket|ContainerNotFound")
"""How stores say that there is no bucket (S3, GCS), or container (Azure)."""


class BucketMissing(BlobStoreUnavailable):
    """There is no such bucket or container; the message says how one is made."""


class SettingsInvalid(ValueError):
    """The store cannot be addressed so; the message says what is wrong."""


class Bucket:
    """A bucket or container, or what begins with a prefix in it.

    All that goes through it raises `BlobStoreUnavailable`, of which `BucketMissing` is one.
    """

    def __init__(self, store: ObjectStore, name: str) -> None:
        self.name = name
        self._store = store

    @classmethod
    def open(
        cls,
        url: str,
        settings: Mapping[str, Any],
        client: Mapping[str, Any],
        patience: float,
    ) -> Self:
        """Return the place that `url` names, without going there.

        `settings` are the store's own in obstore (S3Config, AzureConfig, GCSConfig) and go
        before the environment's, `client` is its ClientConfig, and `patience` for how many
        seconds a request is repeated. Raises `SettingsInvalid`.
        """
        backoff = {
            "init_backoff": timedelta(milliseconds=100),
            "max_backoff": timedelta(seconds=max(patience / 4, 0.1)),
            "base": 2,
        }
        retries = {
            "backoff": backoff,
            "max_retries": 1000,  # time is what ends them
            "retry_timeout": timedelta(seconds=patience),
        }
        options: dict[str, Any] = {
            "config": dict(settings),
            "client_options": _CLIENT | dict(client),
            "retry_config": retries,
        }
        try:
            return cls(from_url(url, **options), url)
        except (BaseError, ValueError, TypeError) as error:
            raise SettingsInvalid(f"{url}: {_told(error)}") from None

    async def put(self, path: str, data: bytes | bytearray) -> None:
        """Write `data` whole, durably; what was at the path is replaced."""
        with self._translated():
            await obstore.put_async(self._store, path, data, use_multipart=False)

    async def put_first(self, path: str, data: bytes) -> None:
        """Write `data` unless something is at the path."""
        with self._translated():
            try:
                await obstore.put_async(self._store, path, data, mode="create")
            except AlreadyExistsError:
                return

    async def get(self, path: str) -> bytes | None:
        """Return all that is at a path; None when nothing is. For what is known to be small."""
        with self._translated():
            try:
                found = await obstore.get_async(self._store, path)
            except FileNotFoundError as error:
                if _NO_BUCKET.search(str(error)):
                    raise
                return None
            return bytes(await found.bytes_async())

    async def size(self, path: str) -> int | None:
        """Return how many bytes are at a path; None when nothing is."""
        with self._translated():
            try:
                return (await obstore.head_async(self._store, path))["size"]
            except FileNotFoundError:
                return None

    async def read(self, stretch: Stretch) -> AsyncIterator[bytes]:
        """Iterate over the bytes of a stretch, as they arrive.

        Raises FileNotFoundError when nothing is there, and `BlobCorrupt` when there are more
        or fewer bytes than there must be.
        """
        whole = (stretch.start, stretch.stop) == (0, stretch.size)
        with self._translated(missing=True):
            found = await obstore.get_async(
                self._store,
                stretch.path,
                options={} if whole else {"range": (stretch.start, stretch.stop)},
            )
            if found.meta["size"] != stretch.size:
                raise BlobCorrupt(
                    f"{stretch.path} has {found.meta['size']} bytes instead of {stretch.size}"
                )
            async for data in found.stream(min_chunk_size=_CHUNK):
                for at in range(0, len(data), _LARGEST_CHUNK):
                    yield data[at : at + _LARGEST_CHUNK]

    async def delete(self, *paths: str) -> None:
        """Remove what is at the paths; that nothing is there is as good."""
        with self._translated():
            try:
                await obstore.delete_async(self._store, paths)
            except FileNotFoundError:
                return

    async def delete_below(self, folder: str) -> None:
        """Remove all that is below a folder."""
        async for page in self._pages(folder):
            await self.delete(*page)

    async def names(self, folder: str) -> AsyncIterator[str]:
        """Iterate over the last parts of the paths below a folder."""
        async for page in self._pages(folder):
            for path in page:
                yield path.rpartition("/")[2]

    async def _pages(self, folder: str) -> AsyncIterator[list[str]]:
        with self._translated():
            async for page in obstore.list(self._store, folder, chunk_size=_PAGE):
                yield [entry["path"] for entry in page]

    @contextmanager
    def _translated(self, *, missing: bool = False) -> Iterator[None]:
        """Raise the contract's error for obstore's; with `missing` let FileNotFoundError pass."""
        try:
            yield
        except (BaseError, OSError) as error:
            if _NO_BUCKET.search(str(error)):
                raise BucketMissing(self._missing()) from None
            if missing and isinstance(error, FileNotFoundError):
                raise
            if isinstance(error, GenericError) and "416 Range Not Satisfiable" in str(error):
                raise BlobCorrupt(f"{self.name}: {_told(error)}") from None
            # Not chained: what obstore tells of a request may have a signature in it.
            raise BlobStoreUnavailable(f"{self.name}: {_told(error)}") from None

    def _missing(self) -> str:
        """Return what is to be said when there is no such bucket."""
        place = urlsplit(self.name)
        kind = "container" if place.scheme == "az" else "bucket"
        making = _MAKING.get(place.scheme, "").format(place.netloc)
        if isinstance(self._store, S3Store) and (at := self._store.config.get("endpoint")):
            making += f" --endpoint-url {at}"
        return (
            f"{self.name} cannot be used: the store answers that it has no {kind} "
            f"{place.netloc}; make it there, with `{making}`, or correct the address"
        )


def _told(error: Exception) -> str:
    """Return what an error of obstore says, without its inside and without any query string."""
    text, _, inside = str(error).partition("\n\nDebug source:")
    text = re.sub(r"\?[^\s\"'>)]+", "", " ".join(text.split()))
    cause = re.search(r'message: "([^"]{1,100})"', inside)
    return text[:_LONGEST_MESSAGE] + (f" ({cause[1]})" if cause else "")
