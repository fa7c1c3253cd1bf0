"""Configurations of which a bucket has several, told apart by their ids (inventories, metrics)."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from lenticular.apis.aws.s3.documents import continuation_token, read_continuation_token
from lenticular.apis.aws.s3.errors import malformed_xml
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.objects import Settings
from lenticular.primitives.objects.settings import Kind

MOST = 1000
"""Most configurations of a kind in one bucket."""

_PAGE = 100
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

S = TypeVar("S")
C = TypeVar("C", bound=msgspec.Struct)


def no_such_configuration(configuration_id: str) -> AwsError:
    """The bucket has no configuration of this id."""
    return AwsError(
        "NoSuchConfiguration",
        "The specified configuration does not exist.",
        404,
        fields={"ConfigurationId": configuration_id},
    )


def check_id(params: Params, document: Mapping[str, Any]) -> str:
    """Return the id of a configuration, which the address and the document name."""
    named: str = params["Id"]
    if not _ID.fullmatch(named):
        raise AwsError(
            "InvalidConfigurationId",
            "The specified configuration id is invalid: it has 1 to 64 letters, digits, dots, "
            f"hyphens and underscores, and not {named!r}",
        )
    if document.get("Id") is None:
        raise malformed_xml()
    if document["Id"] != named:
        raise AwsError("IdMismatch", "Document ID does not match the specified configuration ID.")
    return named


def require_room(known: Sequence[tuple[str, object]], configuration_id: str) -> None:
    """Raise TooManyConfigurations where one more would be."""
    ids = {known_id for known_id, _ in known}
    if configuration_id not in ids and len(ids) >= MOST:
        raise AwsError(
            "TooManyConfigurations",
            f"You are attempting to create a new configuration but have already reached the "
            f"{MOST}-configuration limit.",
        )


async def configured(
    settings: Settings, call: Call, params: Params, kind: Kind[C], action: str
) -> C:
    """Return the configuration that is asked for. Raises NoSuchConfiguration."""
    found = await settings.get(call.principal, params["Bucket"], kind, action, params["Id"])
    if found is None:
        raise no_such_configuration(params["Id"])
    return found


def page(
    params: Params, member: str, found: Sequence[tuple[str, S]], shown: Callable[[str, S], Any]
) -> Result:
    """Return a page of a bucket's configurations under the name of their member."""
    token = params.get("ContinuationToken")
    behind = read_continuation_token(token) if token else ""
    rest = [each for each in found if each[0] > behind]
    result: Result = {
        member: [shown(*each) for each in rest[:_PAGE]],
        "IsTruncated": len(rest) > _PAGE,
        "ContinuationToken": token,
    }
    if len(rest) > _PAGE:
        result["NextContinuationToken"] = continuation_token(rest[_PAGE - 1][0])
    return result
