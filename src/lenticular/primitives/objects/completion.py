"""Completing a multipart upload: which parts make the object, and what its checksum is."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from lenticular.engines.blobs.digests import Digests, combine
from lenticular.primitives.objects.errors import (
    PartInvalid,
    PartOrderInvalid,
    PartTooSmall,
    SizeMismatch,
)
from lenticular.primitives.objects.records import Attributes, Part, Upload

SMALLEST_PART = 5 * 1024 * 1024
"""Fewest bytes of every part but the last (S3 User Guide, "Multipart upload limits")."""


@dataclass(frozen=True, slots=True)
class CompletedPart:
    """A part as the one who completes an upload names it."""

    number: int
    etag: str
    """Without quotes."""
    checksums: Mapping[str, bytes] = field(default_factory=dict)


def require_ascending(parts: Sequence[CompletedPart]) -> None:
    """Raise `PartOrderInvalid` unless each part number is above the one before."""
    numbers = [part.number for part in parts]
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise PartOrderInvalid(f"part numbers must ascend, not {numbers[:20]}")


def choose(stored: Mapping[int, Part], named: CompletedPart) -> Part:
    """Return the stored part that is named. Raises `PartInvalid` unless it is as named."""
    part = stored.get(named.number)
    if part is None:
        raise PartInvalid(named.number, "it was not uploaded")
    if named.etag != part.etag:
        raise PartInvalid(named.number, f"its ETag is {part.etag!r}, not {named.etag!r}")
    for name, claimed in named.checksums.items():
        if part.checksums.get(name, claimed) != claimed:
            raise PartInvalid(named.number, f"its {name} is another")
    return part


def require_sizes(chosen: Mapping[int, Part], size: int | None) -> None:
    """Raise `PartTooSmall`, or `SizeMismatch` when the parts do not come to `size` bytes."""
    for number, part in list(chosen.items())[:-1]:
        if part.size < SMALLEST_PART:
            raise PartTooSmall(number, part.size, part.etag, SMALLEST_PART)
    total = sum(part.size for part in chosen.values())
    if size is not None and total != size:
        raise SizeMismatch(total, size)


def whole_checksums(upload: Upload, parts: Sequence[Part]) -> tuple[dict[str, bytes], str]:
    """Return the checksum of the joined object, from those of its parts, and its type.

    S3 User Guide, "Checking object integrity": a full-object CRC is combined from the
    parts' CRCs; a composite checksum is that of the parts' checksums.
    """
    name = upload.checksum_algorithm
    if not name or any(name not in part.checksums for part in parts):
        return {}, ""
    if upload.checksum_type == "FULL_OBJECT":
        whole = parts[0].checksums[name]
        for part in parts[1:]:
            whole = combine(name, whole, part.checksums[name], part.size)
        return {name: whole}, "FULL_OBJECT"
    digests = Digests([name])
    digests.update(b"".join(part.checksums[name] for part in parts))
    return digests.result(), "COMPOSITE"


def joined_etag(parts: Iterable[Part]) -> str:
    """Return the ETag of an object joined from parts: of their ETags, with their number."""
    etags = [bytes.fromhex(part.etag) for part in parts]
    digest = hashlib.md5(b"".join(etags), usedforsecurity=False)
    return f"{digest.hexdigest()}-{len(etags)}"


def attributes_of(upload: Upload) -> Attributes:
    """Return what was said of the object when its upload was begun."""
    return Attributes(
        upload.headers,
        upload.metadata,
        upload.tags,
        upload.acl,
        upload.storage_class,
        upload.lock,
    )
