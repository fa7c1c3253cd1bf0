"""The parts of an upload in progress, as they lie in the store."""

from dataclasses import dataclass

from lenticular.engines.kv.contract import Reader, Transaction
from lenticular.primitives.contents import Contents
from lenticular.primitives.objects.holdings import grow, require_room
from lenticular.primitives.objects.keys import PART, UPLOAD
from lenticular.primitives.objects.records import (
    Bucket,
    Part,
    Upload,
    decode_part,
    decode_upload,
)


@dataclass(slots=True)
class PartPage:
    """A page of an upload's parts by number."""

    upload: Upload
    parts: list[tuple[int, Part]]
    truncated: bool


def stored_parts(reader: Reader, upload_id: str) -> dict[int, Part]:
    """Return the parts of an upload by their numbers, in ascending order."""
    rows = reader.range(*PART.range(upload_id))
    return {PART.unpack(raw_key)[1]: decode_part(data) for raw_key, data in rows}


def require_room_for(reader: Reader, home: Bucket, upload_id: str, number: int, size: int) -> None:
    """Raise `QuotaExceeded` for a part that has no room, before its bytes come in."""
    data = reader.get(PART.pack(upload_id, number))
    require_room(reader, home, size - (decode_part(data).size if data is not None else 0))


def drop_upload(
    tx: Transaction, contents: Contents, bucket: Bucket, key: str, upload_id: str
) -> None:
    """Remove an upload with its parts."""
    parts = stored_parts(tx, upload_id).values()
    for part in parts:
        contents.release(tx, part.content)
    grow(tx, bucket, -sum(part.size for part in parts))
    tx.delete_range(*PART.range(upload_id))
    tx.delete(UPLOAD.pack(bucket.uid, key, upload_id))


def drop_uploads(tx: Transaction, contents: Contents, bucket: Bucket) -> None:
    """Remove every upload of a bucket."""
    for raw_key, data in tx.range(*UPLOAD.range(bucket.uid)):
        drop_upload(tx, contents, bucket, UPLOAD.unpack(raw_key)[1], decode_upload(data).id)
