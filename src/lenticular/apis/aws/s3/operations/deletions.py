"""Deletions: of one object or version, and of up to a thousand at once."""

from typing import Any

from lenticular.apis.aws.s3.checksums import require_digest
from lenticular.apis.aws.s3.conditions import delete_conditions
from lenticular.apis.aws.s3.documents import document, element
from lenticular.apis.aws.s3.errors import malformed_xml
from lenticular.apis.aws.s3.guards import check_key, check_version_id
from lenticular.apis.aws.s3.translation import translate
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Outcome, Params
from lenticular.apis.http import Response
from lenticular.primitives.objects import Conditions, Deleted, ObjectStorage

MAX_KEYS = 1000
"""Most keys of one DeleteObjects."""

Target = tuple[str, str | None, Conditions]


class DeletionOperations:
    """Deleting objects."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._deletions = storage.deletions

    async def delete_object(self, call: Call, params: Params) -> Response:
        """Delete an object or one of its versions. API reference: DeleteObject."""
        deleted = await self._deletions.delete(
            call.principal,
            params["Bucket"],
            params["Key"],
            params.get("VersionId"),
            when=delete_conditions(
                params.get("IfMatch"),
                params.get("IfMatchLastModifiedTime"),
                params.get("IfMatchSize"),
            ),
            bypass=bool(params.get("BypassGovernanceRetention")),
        )
        headers = []
        if deleted.version_id is not None:
            headers.append(("x-amz-version-id", deleted.version_id))
        if deleted.is_marker:
            headers.append(("x-amz-delete-marker", "true"))
        return Response(204, headers)

    async def delete_objects(self, call: Call, params: Params) -> bytes:
        """Delete several objects, telling of each how it went. API reference: DeleteObjects."""
        require_digest(call)
        asked = params["Delete"].get("Objects") or []
        if not 1 <= len(asked) <= MAX_KEYS:
            raise malformed_xml()
        outcomes: list[Deleted | AwsError | None] = [None] * len(asked)
        targets: dict[int, Target] = {}
        for index, entry in enumerate(asked):
            try:
                targets[index] = _target(entry)
            except AwsError as error:
                outcomes[index] = error
        told = await self._delete(call, params, list(targets.values()))
        for index, outcome in zip(targets, told, strict=True):
            outcomes[index] = outcome
        call.outcomes = [
            _told(entry, outcome)
            for entry, outcome in zip(asked, outcomes, strict=True)
            if outcome is not None
        ]
        is_quiet = bool(params["Delete"].get("Quiet"))
        return document(
            "DeleteResult",
            *(
                _outcome(entry, outcome)
                for entry, outcome in zip(asked, outcomes, strict=True)
                if outcome is not None and not (is_quiet and isinstance(outcome, Deleted))
            ),
        )

    async def _delete(
        self, call: Call, params: Params, targets: list[Target]
    ) -> list[Deleted | AwsError]:
        outcomes = await self._deletions.delete_many(
            call.principal,
            params["Bucket"],
            targets,
            bypass=bool(params.get("BypassGovernanceRetention")),
        )
        return [
            outcome if isinstance(outcome, Deleted) else _translated(outcome)
            for outcome in outcomes
        ]


def _target(entry: dict[str, Any]) -> Target:
    key, version_id = entry.get("Key"), entry.get("VersionId")
    if not key:
        raise malformed_xml()
    check_key(key)
    if version_id is not None:
        check_version_id(version_id)
    when = delete_conditions(entry.get("ETag"), entry.get("LastModifiedTime"), entry.get("Size"))
    return key, version_id, when


def _told(entry: dict[str, Any], outcome: Deleted | AwsError) -> Outcome:
    status, code = (outcome.status, outcome.code) if isinstance(outcome, AwsError) else (204, "")
    return Outcome(entry.get("Key") or "", entry.get("VersionId") or "", status, code)


def _outcome(entry: dict[str, Any], outcome: Deleted | AwsError) -> str:
    named = element("Key", entry.get("Key") or "")
    version_id = entry.get("VersionId")
    if version_id is not None:
        named += element("VersionId", version_id)
    if isinstance(outcome, AwsError):
        told = element("Code", outcome.code) + element("Message", outcome.message)
        return f"<Error>{named}{told}</Error>"
    if outcome.is_marker:
        named += element("DeleteMarker", True)
        named += element("DeleteMarkerVersionId", outcome.version_id)
    return f"<Deleted>{named}</Deleted>"


def _translated(error: Exception) -> AwsError:
    known = translate(error)
    if known is None:
        raise error
    return known
