"""The documents of listings, written by hand: a page of 1,000 keys takes about a millisecond.

Element names and their order are those of the Amazon S3 API Reference.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote

from lenticular.apis.aws.s3.dates import iso_date
from lenticular.apis.aws.s3.errors import invalid_argument
from lenticular.apis.aws.wire.protocols.xml import DECLARATION, escape
from lenticular.primitives.objects import Listed, Version

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

Encode = Callable[[str], str]
"""Makes a key fit for a document."""
Owners = Mapping[str, Mapping[str, str]]
"""ID and DisplayName by canonical id."""

_QUOTED = re.compile(r"[^A-Za-z0-9_.~/-]")


def url_encode(text: str) -> str:
    """Return text percent-encoded, as ``encoding-type=url`` asks for: any key fits XML so."""
    return text if _QUOTED.search(text) is None else quote(text, safe="/-_.~")


def encoder(encoding_type: str | None) -> Encode:
    """Return what the request's encoding-type stands for. Raises InvalidArgument."""
    if not encoding_type:
        return escape
    if encoding_type != "url":
        raise invalid_argument(
            "Invalid Encoding Method specified in Request", "encoding-type", encoding_type
        )
    return url_encode


def continuation_token(last: str) -> str:
    """Return an opaque token that stands for the last key or prefix shown."""
    return urlsafe_b64encode(b"1" + last.encode()).decode()


def read_continuation_token(token: str) -> str:
    """Return what a token stands for. Raises InvalidArgument for one that was not given out."""
    try:
        raw = urlsafe_b64decode(token)
        if raw[:1] == b"1" and len(raw) > 1:
            return raw[1:].decode()
    except ValueError:
        pass
    raise invalid_argument(
        "The continuation token provided is incorrect", "continuation-token", token
    )


def document(root: str, *parts: str) -> bytes:
    """Return a whole document."""
    return f'{DECLARATION}<{root} xmlns="{NAMESPACE}">{"".join(parts)}</{root}>'.encode()


def element(name: str, text: object) -> str:
    """Return an element with text content; a boolean is written as XML Schema has it."""
    if isinstance(text, bool):
        text = "true" if text else "false"
    return f"<{name}>{escape(str(text))}</{name}>"


def encoded(name: str, text: str | None, encode: Encode) -> str:
    """Return an element whose text is a key or a part of one; nothing for None."""
    return "" if text is None else f"<{name}>{encode(text)}</{name}>"


def common_prefixes(prefixes: Iterable[str], encode: Encode) -> str:
    """Return the CommonPrefixes of a listing."""
    return "".join(
        f"<CommonPrefixes><Prefix>{encode(prefix)}</Prefix></CommonPrefixes>" for prefix in prefixes
    )


def contents(objects: Sequence[tuple[str, str]], encode: Encode) -> str:
    """Return the Contents of a listing, given what `entry` writes of each object."""
    keys = encoded_keys([key for key, _ in objects], encode)
    return "".join(
        [
            f"<Contents><Key>{key}</Key>{shown}</Contents>"
            for key, (_, shown) in zip(keys, objects, strict=True)
        ]
    )


def entry(listed: Listed, owner: str = "") -> str:
    """Return what a listing says of an object, behind its key; `owner` is `owner_element`'s.

    Of a whole version it is told whether it is restored.
    """
    return (
        f"<LastModified>{iso_date(listed.modified // 1000)}</LastModified>"
        f"<ETag>&quot;{listed.etag}&quot;</ETag>"
        f"{_checksums(listed.checksum_type, *listed.checksums)}"
        f"<Size>{listed.size}</Size>{owner}<StorageClass>{listed.storage_class}</StorageClass>"
        f"{_restore_status(listed) if isinstance(listed, Version) else ''}"
    )


def _restore_status(version: Version) -> str:
    restoration = version.restoration
    if restoration is None:
        return ""
    status = element("IsRestoreInProgress", not restoration.until)
    if restoration.until:
        status += element("RestoreExpiryDate", iso_date(restoration.until // 1000))
    return f"<RestoreStatus>{status}</RestoreStatus>"


def encoded_keys(keys: Sequence[str], encode: Encode) -> Iterable[str]:
    """Return the keys of a page, encoded. Most pages have nothing to encode: one look tells."""
    whole = "".join(keys)
    return keys if encode(whole) == whole else map(encode, keys)


def versions(entries: Iterable[tuple[str, Listed, bool]], encode: Encode, owners: Owners) -> str:
    """Return the Version and DeleteMarker elements of a listing, in their order."""
    shown_owners = {owner: _owner(shown) for owner, shown in owners.items()}
    return "".join(
        [
            _version(encode(key), listed, is_latest, shown_owners.get(listed.owner, ""))
            for key, listed, is_latest in entries
        ]
    )


def _version(key: str, listed: Listed, is_latest: bool, owner: str) -> str:
    latest = "true" if is_latest else "false"
    head = (
        f"<Key>{key}</Key><VersionId>{listed.version_id}</VersionId><IsLatest>{latest}</IsLatest>"
        f"<LastModified>{iso_date(listed.modified // 1000)}</LastModified>"
    )
    if listed.is_marker:
        return f"<DeleteMarker>{head}{owner}</DeleteMarker>"
    return (
        f"<Version>{head}<ETag>&quot;{listed.etag}&quot;</ETag>"
        f"{_checksums(listed.checksum_type, *listed.checksums)}"
        f"<Size>{listed.size}</Size><StorageClass>{listed.storage_class}</StorageClass>{owner}"
        "</Version>"
    )


def owner_element(name: str, shown: Mapping[str, str]) -> str:
    """Return an account: ID, and DisplayName where there is one."""
    parts = "".join(element(member, text) for member, text in shown.items())
    return f"<{name}>{parts}</{name}>"


def _owner(shown: Mapping[str, str]) -> str:
    return owner_element("Owner", shown)


@lru_cache(maxsize=256)
def _checksums(kind: str, *algorithms: str) -> str:
    """Return the elements that tell which checksums an object has."""
    names = "".join(
        [f"<ChecksumAlgorithm>{name.upper()}</ChecksumAlgorithm>" for name in algorithms]
    )
    return f"{names}<ChecksumType>{kind}</ChecksumType>" if names else ""
