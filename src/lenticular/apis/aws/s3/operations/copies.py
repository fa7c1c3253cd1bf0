"""Copies: an object made of another one, without its bytes travelling."""

from urllib.parse import unquote_to_bytes

from lenticular.apis.aws.s3 import checksums
from lenticular.apis.aws.s3.conditions import source_conditions, write_conditions
from lenticular.apis.aws.s3.dates import from_milliseconds
from lenticular.apis.aws.s3.encryption import Encrypting, tell
from lenticular.apis.aws.s3.errors import invalid_argument, invalid_request
from lenticular.apis.aws.s3.expiries import Expiries
from lenticular.apis.aws.s3.guards import check_key, check_source_owner, check_version_id
from lenticular.apis.aws.s3.headers import (
    REDIRECT,
    storage_class,
    system_headers,
    user_metadata,
)
from lenticular.apis.aws.s3.locks import asked_lock
from lenticular.apis.aws.s3.tags import header_tags
from lenticular.apis.aws.s3.uploading import Uploading
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.objects import Attributes, ObjectStorage, Source, Version
from lenticular.primitives.objects.errors import VersionIsMarker

_VERSION = "?versionId="
_COPY, _REPLACE = "COPY", "REPLACE"


class CopyOperations:
    """Copies of objects."""

    def __init__(
        self, storage: ObjectStorage, uploading: Uploading, encrypting: Encrypting
    ) -> None:
        self._buckets = storage.buckets
        self._objects = storage.objects
        self._copies = storage.copies
        self._uploading = uploading
        self._expiries = Expiries(storage)
        self._encrypting = encrypting

    async def copy_object(self, call: Call, params: Params) -> Result:
        """Copy an object, its metadata and tags too or with new ones. API: CopyObject."""
        source = copy_source(params["CopySource"])
        await check_source_owner(self._buckets, source.bucket, call.request.headers)
        replaces = _replaces(params, "MetadataDirective", "metadata")
        wanted = await self._encrypting.wanted(call, params)
        changes = replaces or bool(wanted.method) or _changes(params)
        if _is_onto_itself(source, params) and not changes:
            raise invalid_request(
                "This copy request is illegal because it is trying to copy an object to itself "
                "without changing the object's metadata, storage class, website redirect "
                "location or encryption attributes."
            )
        tags = None
        if _replaces(params, "TaggingDirective", "tagging"):
            tags = header_tags(params.get("Tagging"))
        try:
            version, original = await self._copies.copy(
                call.principal,
                source,
                params["Bucket"],
                params["Key"],
                attributes=await self._attributes(call, params, source, replaces=replaces),
                tags=tags,
                acl=await self._uploading.acl(call, params),
                storage_class=storage_class(params),
                lock=asked_lock(params),
                algorithm=checksums.algorithm_name(params.get("ChecksumAlgorithm")),
                source_when=source_conditions(params),
                when=write_conditions(params),
                wanted=wanted,
                source_key=self._encrypting.source_key(call.request),
            )
        except VersionIsMarker:
            raise source_is_marker() from None
        tell(call, version.encryption)
        return {
            "CopyObjectResult": {
                "ETag": f'"{version.etag}"',
                "LastModified": from_milliseconds(version.modified),
                **checksums.members(version.checksums, version.checksum_type, version.part_count),
            },
            **copied_versions(version, original),
            "Expiration": await self._expiries.of_version(params["Bucket"], params["Key"], version),
        }

    async def _attributes(
        self, call: Call, params: Params, source: Source, *, replaces: bool
    ) -> Attributes | None:
        """Return headers and metadata of the copy; None: those of the source."""
        headers = call.request.headers
        if replaces:
            return Attributes(system_headers(headers), user_metadata(params.get("Metadata")))
        if REDIRECT not in headers:
            return None
        # A redirect is the copy's own even where all else is the source's.
        found = await self._objects.get(
            call.principal, source.bucket, source.key, source.version_id, load=False
        )
        redirect = system_headers({REDIRECT: headers[REDIRECT]})
        return Attributes({**found.version.headers, **redirect}, found.version.metadata)


def copy_source(header: str) -> Source:
    """Return the object that x-amz-copy-source names: ``bucket/key`` with or without version.

    The header is percent-encoded and may begin with a slash. Raises InvalidArgument.
    """
    path, separator, version_id = header.partition(_VERSION)
    try:
        # What a client left unencoded arrives as Latin-1, and means UTF-8.
        decoded = unquote_to_bytes(path.encode("latin-1")).decode()
    except UnicodeError:
        raise invalid_argument(
            "Invalid copy source encoding.", "x-amz-copy-source", header
        ) from None
    bucket, _, key = decoded.removeprefix("/").partition("/")
    if not bucket or not key:
        raise invalid_argument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            "x-amz-copy-source",
            header,
        )
    check_key(key)
    if not separator:
        return Source(bucket, key)
    check_version_id(version_id)
    return Source(bucket, key, version_id)


def source_is_marker() -> AwsError:
    """A copy's source is named by the version id of a delete marker."""
    return invalid_request(
        "The source of a copy request may not specifically refer to a delete marker by version id."
    )


def copied_versions(version: Version, original: Version) -> dict[str, str]:
    """Return the version ids that the result of a copy tells, where there are any."""
    ids = {"VersionId": version, "CopySourceVersionId": original}
    return {name: made.version_id for name, made in ids.items() if not made.is_null}


def _replaces(params: Params, member: str, kind: str) -> bool:
    directive = params.get(member, _COPY)
    if directive not in (_COPY, _REPLACE):
        raise invalid_argument(f"Unknown {kind} directive.", f"x-amz-{kind}-directive", directive)
    return bool(directive == _REPLACE)


def _is_onto_itself(source: Source, params: Params) -> bool:
    return source == Source(params["Bucket"], params["Key"])


def _changes(params: Params) -> bool:
    return bool(params.get("StorageClass") or params.get("WebsiteRedirectLocation"))
