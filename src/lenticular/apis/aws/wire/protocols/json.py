"""The JSON protocols, awsJson1.0 and awsJson1.1: the operation in ``X-Amz-Target``.

Forms are those of Smithy 2.0, "AWS JSON 1.0 protocol" and "AWS JSON 1.1 protocol".
"""

import math
from typing import Any

import orjson

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.models import ServiceModel, Shape
from lenticular.apis.aws.wire.protocols import text, timestamps
from lenticular.apis.aws.wire.protocols.contract import Malformed
from lenticular.apis.aws.wire.protocols.documents import Convert, Values, type_name
from lenticular.apis.aws.wire.protocols.rpc import RpcProtocol
from lenticular.apis.aws.wire.service import Service


def _read_blob(value: Any) -> bytes:
    if type(value) is not str:
        raise Malformed(f"{type_name(value)} cannot be converted to ByteBuffer")
    return text.read_base64(value)


def _read_timestamp(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Malformed(f"{type_name(value)} cannot be converted to Timestamp")
    return text.read_timestamp(value)


def _timestamp_writer(shape: Shape) -> Convert:
    form = shape.traits.get("timestampFormat", "unixTimestamp")
    return timestamps.epoch_seconds if form == "unixTimestamp" else timestamps.WRITERS[form]


def _write_float(value: float) -> float | str:
    return value if math.isfinite(value) else text.write_float(value)


JSON_VALUES = Values(
    read_timestamp=_read_timestamp,
    write_timestamp=_timestamp_writer,
    read_blob=_read_blob,
    write_blob=text.write_base64,
    write_float=_write_float,
)


def decode(document: bytes) -> Any:
    """Decode a JSON document; an empty one as an empty object. Raises `Malformed`."""
    if not document:
        return {}
    try:
        return orjson.loads(document)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"The document is not JSON: {error}") from None


def encode(value: Any) -> bytes:
    """Encode a JSON document."""
    return orjson.dumps(value)


class JsonProtocol(RpcProtocol):
    """awsJson1.0 and awsJson1.1."""

    values = JSON_VALUES
    decode = staticmethod(decode)
    encode = staticmethod(encode)

    def __init__(self, model: ServiceModel, service: Service) -> None:
        super().__init__(model, service)
        self.content_type = f"application/x-amz-json-{model.json_version}"
        if "InternalServerError" in model.errors:
            self.internal_code = "InternalServerError"

    def too_large(self, limit: int) -> AwsError:
        message = f"The request's document is larger than the {limit} bytes taken here"
        return AwsError(self.malformed_code, message, 400)

    def error_type(self, error: AwsError, shape: Shape | None) -> str:
        """Return the name of an error, which in version 1.0 has a name space before it."""
        if self.model.json_version != "1.0":
            return shape.name if shape else error.code
        if shape is None:
            part = "validate" if error.code == self.invalid_code else "service"
            return f"com.amazon.coral.{part}#{error.code}"
        version = self.model.api_version.replace("-", "")
        return f"com.amazonaws.{self.model.name}.v{version}#{shape.name}"
