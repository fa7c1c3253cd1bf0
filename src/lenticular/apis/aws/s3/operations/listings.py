"""Listings of a bucket: its objects, in both forms that S3 has, and their versions."""

from collections.abc import Iterable
from functools import partial

from lenticular.apis.aws.s3.documents import (
    Encode,
    common_prefixes,
    contents,
    continuation_token,
    document,
    element,
    encoded,
    encoder,
    entry,
    owner_element,
    read_continuation_token,
    versions,
)
from lenticular.apis.aws.s3.errors import invalid_argument
from lenticular.apis.aws.s3.grants import AccessLists
from lenticular.apis.aws.s3.guards import check_version_id
from lenticular.apis.aws.wire.service import Call, Params
from lenticular.primitives.objects import Listed, ObjectStorage, Page
from lenticular.primitives.objects.renderings import Renderings, as_listed, as_versions

MAX_KEYS = 1000
"""Most keys and prefixes of one page."""

_RESTORE_STATUS = "RestoreStatus"
"""The one thing that listings tell of objects only where it is asked for."""


class ListingOperations:
    """Listings of buckets."""

    def __init__(self, storage: ObjectStorage, access_lists: AccessLists) -> None:
        self._listings = storage.listings
        self._access_lists = access_lists
        self._entries = Renderings(entry)

    async def list_objects(self, call: Call, params: Params) -> bytes:
        """List objects from a key on, the older form. API reference: ListObjects."""
        encode = encoder(params.get("EncodingType"))
        limit = page_size(params, "MaxKeys", "max-keys")
        delimiter = params.get("Delimiter") or ""
        page = await self._page(call, params, params.get("Marker") or "", limit, shows_owners=True)
        return document(
            "ListBucketResult",
            element("Name", params["Bucket"]),
            # Not in the encoding asked for: the SDKs decode all of this listing but its prefix.
            element("Prefix", params.get("Prefix") or ""),
            encoded("Marker", params.get("Marker") or "", encode),
            encoded("NextMarker", page.last, encode) if page.truncated and delimiter else "",
            _page_elements(params, limit, page.truncated, encode),
            contents(page.objects, encode),
            common_prefixes(page.prefixes, encode),
        )

    async def list_objects_v2(self, call: Call, params: Params) -> bytes:
        """List objects by continuation tokens. API reference: ListObjectsV2."""
        encode = encoder(params.get("EncodingType"))
        limit = page_size(params, "MaxKeys", "max-keys")
        token, start_after = params.get("ContinuationToken"), params.get("StartAfter")
        behind = read_continuation_token(token) if token else start_after or ""
        shows_owners = bool(params.get("FetchOwner"))
        page = await self._page(call, params, behind, limit, shows_owners=shows_owners)
        next_token = continuation_token(page.last) if page.truncated else None
        return document(
            "ListBucketResult",
            element("Name", params["Bucket"]),
            encoded("Prefix", params.get("Prefix") or "", encode),
            encoded("StartAfter", start_after, encode),
            "" if token is None else element("ContinuationToken", token),
            "" if next_token is None else element("NextContinuationToken", next_token),
            element("KeyCount", len(page)),
            _page_elements(params, limit, page.truncated, encode),
            contents(page.objects, encode),
            common_prefixes(page.prefixes, encode),
        )

    async def _page(
        self, call: Call, params: Params, behind: str, limit: int, *, shows_owners: bool
    ) -> Page[str]:
        """Return a page of objects, each as it is written behind its key."""
        render = partial(
            self._listings.render,
            principal=call.principal,
            bucket=params["Bucket"],
            prefix=params.get("Prefix") or "",
            delimiter=params.get("Delimiter") or "",
            behind=behind,
            limit=limit,
        )
        is_whole = _RESTORE_STATUS in (params.get("OptionalObjectAttributes") or ())
        if not shows_owners and not is_whole:
            return await render(self._entries)
        page = await render(as_versions if is_whole else as_listed)
        owners = await self._owners(listed for _, listed in page.objects) if shows_owners else {}
        shown = {owner: owner_element("Owner", told) for owner, told in owners.items()}
        objects = [
            (key, entry(listed, shown.get(listed.owner, ""))) for key, listed in page.objects
        ]
        return Page(objects, page.prefixes, page.truncated, page.last)

    async def list_object_versions(self, call: Call, params: Params) -> bytes:
        """List all versions and delete markers. API reference: ListObjectVersions."""
        encode = encoder(params.get("EncodingType"))
        limit = page_size(params, "MaxKeys", "max-keys")
        key, version_id = params.get("KeyMarker") or "", params.get("VersionIdMarker")
        if version_id is not None and not key:
            raise invalid_argument(
                "A version-id marker cannot be specified without a key marker.",
                "version-id-marker",
                version_id,
            )
        if version_id is not None:
            check_version_id(version_id, "version-id-marker")
        page = await self._listings.list_versions(
            call.principal,
            params["Bucket"],
            prefix=params.get("Prefix") or "",
            delimiter=params.get("Delimiter") or "",
            behind=(key, version_id or "") if key else None,
            limit=limit,
        )
        next_key, next_version_id = page.last if page.truncated else (None, "")
        owners = await self._owners(listed for _, listed, _ in page.versions)
        return document(
            "ListVersionsResult",
            element("Name", params["Bucket"]),
            encoded("Prefix", params.get("Prefix") or "", encode),
            encoded("KeyMarker", key, encode),
            element("VersionIdMarker", version_id or ""),
            encoded("NextKeyMarker", next_key, encode),
            element("NextVersionIdMarker", next_version_id) if next_version_id else "",
            _page_elements(params, limit, page.truncated, encode),
            versions(page.versions, encode, owners),
            common_prefixes(page.prefixes, encode),
        )

    async def _owners(self, entries: Iterable[Listed]) -> dict[str, dict[str, str]]:
        """Return how the owners of a page's entries are shown."""
        owners = {listed.owner for listed in entries}
        return {owner: await self._access_lists.user(owner) for owner in owners}


def page_size(params: Params, member: str, name: str, most: int = MAX_KEYS) -> int:
    """Return how much a page may hold: what is asked for, up to `most`.

    Raises InvalidArgument for a negative number.
    """
    asked: int = params.get(member, most)
    if asked < 0:
        raise invalid_argument(
            f"Argument {name} must be an integer between 0 and {2**31 - 1}", name, asked
        )
    return min(asked, most)


def _page_elements(params: Params, limit: int, truncated: bool, encode: Encode) -> str:
    """Return the elements that every listing has."""
    encoding_type = params.get("EncodingType")
    return (
        element("MaxKeys", limit)
        + encoded("Delimiter", params.get("Delimiter") or None, encode)
        + (element("EncodingType", encoding_type) if encoding_type else "")
        + element("IsTruncated", truncated)
    )
