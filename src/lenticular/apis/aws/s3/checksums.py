"""Checksums: what S3 names them, where requests claim them and how answers tell them.

Amazon S3 User Guide, "Checking object integrity in Amazon S3". The digests themselves are
the blobs engines' (`lenticular.engines.blobs.digests`); what came with a body is checked by
`lenticular.apis.aws.wire.payloads.Payload`.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from lenticular.apis.aws.s3.errors import bad_digest, invalid_request
from lenticular.apis.aws.wire.payloads import Payload
from lenticular.apis.aws.wire.service import Call
from lenticular.apis.http import Body, BufferedBody
from lenticular.engines.blobs.digests import ALGORITHMS

DEFAULT = "crc64nvme"
"""What S3 computes and keeps of an object whose writer chose nothing."""

COMPOSITE = "COMPOSITE"
FULL_OBJECT = "FULL_OBJECT"

_COMPOSABLE = {"crc32", "crc32c", "sha1", "sha256", "sha512", "md5"} | {
    "xxhash64",
    "xxhash3",
    "xxhash128",
}
_COMBINABLE = {"crc32", "crc32c", "crc64nvme"}

_MEMBERS = {name: f"Checksum{name.upper()}" for name in ALGORITHMS}
_HEADERS = {name: f"x-amz-checksum-{name}" for name in ALGORITHMS}


def payload_of(params: Mapping[str, Any]) -> Payload:
    """Return an upload's body with what the client claims of it."""
    body: Body = params.get("Body") or BufferedBody()
    return body if isinstance(body, Payload) else Payload(body)


def require_digest(call: Call) -> None:
    """Raise InvalidRequest unless the client claims a digest of its document.

    A request that protects or removes objects must not be taken for another.
    """
    body = call.request.body
    if isinstance(body, Payload):
        claimed = {claim.header for claim in body.claims} - {"x-amz-content-sha256"}
        if not claimed and body.checksum_algorithm is None:
            raise invalid_request(
                "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
            )


def algorithm_name(value: str | None) -> str | None:
    """Return the name inside of an algorithm that a parameter names; None for none.

    Raises InvalidRequest for one that there is not.
    """
    if not value:
        return None
    name = value.lower()
    if name not in ALGORITHMS:
        raise invalid_request(
            "Checksum algorithm provided is unsupported. Please try again with any of the valid "
            f"types: [{', '.join(sorted(ALGORITHMS)).upper()}]"
        )
    return name


def upload_checksum(algorithm: str | None, kind: str | None) -> tuple[str, str]:
    """Return algorithm and type of the checksum that an upload in parts is to end with.

    Raises InvalidRequest for a pair that S3 does not have.
    """
    name = algorithm_name(algorithm)
    if name is None:
        if kind is not None:
            raise invalid_request(
                "The x-amz-checksum-type header can only be used with the "
                "x-amz-checksum-algorithm header."
            )
        return DEFAULT, FULL_OBJECT
    default = COMPOSITE if name in _COMPOSABLE else FULL_OBJECT
    kind = kind or default
    if kind not in (COMPOSITE, FULL_OBJECT):
        raise invalid_request("Value for x-amz-checksum-type header is invalid.")
    if name not in (_COMPOSABLE if kind == COMPOSITE else _COMBINABLE):
        raise invalid_request(
            f"The {kind} checksum type cannot be used with the {name} checksum algorithm."
        )
    return name, kind


def claimed_members(given: Mapping[str, Any]) -> dict[str, str]:
    """Return the checksums among a structure's members, in base64, by algorithm."""
    return {name: given[member] for name, member in _MEMBERS.items() if given.get(member)}


def decoded_members(given: Mapping[str, Any]) -> dict[str, bytes]:
    """Return the checksums among a structure's members. Raises BadDigest for a malformed one."""
    return {name: _raw(name, value) for name, value in claimed_members(given).items()}


def _raw(name: str, value: str) -> bytes:
    try:
        raw = b64decode(value, validate=True)
    except ValueError:
        raise bad_digest(name) from None
    if len(raw) != ALGORITHMS[name]:
        raise bad_digest(name)
    return raw


def text(raw: bytes, part_count: int = 0) -> str:
    """Return a checksum as S3 writes it; a composite one names the number of its parts."""
    encoded = b64encode(raw).decode()
    return f"{encoded}-{part_count}" if part_count else encoded


def members(checksums: Mapping[str, bytes], kind: str = "", part_count: int = 0) -> dict[str, str]:
    """Return an object's or part's checksums as members of a result, with their type."""
    count = part_count if kind == COMPOSITE else 0
    result = {_MEMBERS[name]: text(raw, count) for name, raw in checksums.items()}
    if result and kind:
        result["ChecksumType"] = kind
    return result


def headers(
    checksums: Mapping[str, bytes], kind: str = "", part_count: int = 0
) -> list[tuple[str, str]]:
    """Return an object's or part's checksums as headers, with their type."""
    count = part_count if kind == COMPOSITE else 0
    result = [(_HEADERS[name], text(raw, count)) for name, raw in checksums.items()]
    if result and kind:
        result.append(("x-amz-checksum-type", kind))
    return result


def check_whole(claimed: Mapping[str, str], computed: Mapping[str, bytes], part_count: int) -> None:
    """Hold the checksums of a joined object against those claimed, each maybe a composite one.

    Raises BadDigest, or InvalidRequest for an algorithm that the upload does not have.
    """
    for name, value in claimed.items():
        if name not in computed:
            raise invalid_request(
                "Checksum Type mismatch occurred, expected checksum Type: "
                f"{', '.join(computed) or 'null'}, actual checksum Type: {name}"
            )
        if value not in (text(computed[name]), text(computed[name], part_count)):
            raise bad_digest(name.upper())
