"""The Smithy RPC v2 CBOR protocol: the operation in the path, the document in CBOR.

Forms are those of Smithy 2.0, "Smithy RPC v2 CBOR protocol"; botocore calls it
``smithy-rpc-v2-cbor``.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import cbor2

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.models import Shape
from lenticular.apis.aws.wire.protocols import text, timestamps
from lenticular.apis.aws.wire.protocols.contract import Headers, Malformed
from lenticular.apis.aws.wire.protocols.documents import Convert, Values, type_name, unchanged
from lenticular.apis.aws.wire.protocols.rpc import RpcProtocol
from lenticular.apis.http import Request

_TIMESTAMP_TAG = 1
_DEPTH = 128


def _read_blob(value: Any) -> bytes:
    if type(value) is not bytes:
        raise Malformed(f"{type_name(value)} cannot be converted to ByteBuffer")
    return value


def _read_timestamp(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    if type(value) not in {int, float}:
        raise Malformed(f"{type_name(value)} cannot be converted to Timestamp")
    return text.read_timestamp(value)


def _write_timestamp(value: timestamps.Timestamp) -> cbor2.CBORTag:
    return cbor2.CBORTag(_TIMESTAMP_TAG, timestamps.epoch_seconds(value))


def _timestamp_writer(shape: Shape) -> Convert:
    return _write_timestamp


CBOR_VALUES = Values(
    read_timestamp=_read_timestamp,
    write_timestamp=_timestamp_writer,
    read_blob=_read_blob,
    write_blob=unchanged,
    write_float=float,
)


class _Tags(dict[int, Callable[[Any, bool], Any]]):
    """How tagged values are read: a tag that the protocol does not have is refused.

    Some that cbor2 knows would cost more than they weigh (shared values, expressions).
    """

    def __missing__(self, tag: int) -> Callable[[Any, bool], Any]:
        def refuse(value: Any, immutable: bool) -> Any:
            raise Malformed(f"The document has the CBOR tag {tag}; only timestamps have one (1)")

        return refuse


_TAGS = _Tags({_TIMESTAMP_TAG: lambda value, immutable: _read_timestamp(value)})


def decode(document: bytes) -> Any:
    """Decode a CBOR document; an empty one as an empty map. Raises `Malformed`."""
    if not document:
        return {}
    try:
        return cbor2.loads(document, semantic_decoders=_TAGS, max_depth=_DEPTH)
    except cbor2.CBORDecodeError as error:
        raise Malformed(f"The document is not CBOR: {error.__cause__ or error}") from None


def encode(value: Any) -> bytes:
    """Encode a CBOR document."""
    return cbor2.dumps(value)


class CborProtocol(RpcProtocol):
    """Smithy RPC v2 CBOR."""

    content_type = "application/cbor"
    values = CBOR_VALUES
    decode = staticmethod(decode)
    encode = staticmethod(encode)

    def response_headers(self, request: Request) -> Headers:
        return [("smithy-protocol", "rpc-v2-cbor"), (self.request_id_header, request.id)]

    def error_type(self, error: AwsError, shape: Shape | None) -> str:
        return shape.name if shape else error.code
