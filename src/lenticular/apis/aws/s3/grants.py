"""Access control lists: canned ones, grant headers and documents, to and from `Grants`.

Amazon S3 User Guide, "Access control list (ACL) overview". A list is kept as it was given,
groups before users. Two lists have a form of their own: an empty tuple is what every
resource begins with (the owner's FULL_CONTROL), and `NOBODY` is a list emptied on purpose.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from lenticular.apis.aws.s3.errors import access_denied, invalid_argument, invalid_request
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.primitives.access import (
    ALL_USERS,
    AUTHENTICATED_USERS,
    GROUPS,
    LOG_DELIVERY,
    Grant,
    Grants,
    Permission,
)
from lenticular.primitives.identities import Identities

MAX_GRANTS = 100

PRIVATE: Grants = ()
"""The owner has FULL_CONTROL, nobody else anything."""

_URIS = {
    ALL_USERS: "http://acs.amazonaws.com/groups/global/AllUsers",
    AUTHENTICATED_USERS: "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
    LOG_DELIVERY: "http://acs.amazonaws.com/groups/s3/LogDelivery",
}
_BY_URI = {uri: group for group, uri in _URIS.items()}

_MACHINE_IMAGES = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c"
"""Canonical id of the service that ``aws-exec-read`` lets read."""

_CANNED: Mapping[str, tuple[tuple[str, Permission], ...]] = {
    "private": (),
    "public-read": ((ALL_USERS, Permission.READ),),
    "public-read-write": ((ALL_USERS, Permission.READ), (ALL_USERS, Permission.WRITE)),
    "authenticated-read": ((AUTHENTICATED_USERS, Permission.READ),),
    "aws-exec-read": ((_MACHINE_IMAGES, Permission.READ),),
    "log-delivery-write": ((LOG_DELIVERY, Permission.WRITE), (LOG_DELIVERY, Permission.READ_ACP)),
}
_CANNED_FOR_BUCKET_OWNER = {
    "bucket-owner-read": Permission.READ,
    "bucket-owner-full-control": Permission.FULL_CONTROL,
}
_GRANT_HEADERS = {
    "GrantRead": ("x-amz-grant-read", Permission.READ),
    "GrantWrite": ("x-amz-grant-write", Permission.WRITE),
    "GrantReadACP": ("x-amz-grant-read-acp", Permission.READ_ACP),
    "GrantWriteACP": ("x-amz-grant-write-acp", Permission.WRITE_ACP),
    "GrantFullControl": ("x-amz-grant-full-control", Permission.FULL_CONTROL),
}
_HEADER_GRANTEE = re.compile(
    r'\s*(id|uri|emailAddress)\s*=\s*(?:"([^"]*)"|([^",\s]*))\s*', re.IGNORECASE
)


def nobody(owner: str) -> Grants:
    """Return the list that was emptied on purpose: it grants nothing, not even to the owner."""
    return (Grant(owner, 0),)


def names_grants(params: Mapping[str, Any]) -> bool:
    """Tell whether a request's headers say anything of an access control list."""
    return bool(params.get("ACL")) or any(params.get(member) for member in _GRANT_HEADERS)


def is_bucket_owner_canned(params: Mapping[str, Any]) -> bool:
    """Tell whether the canned list that is asked for names the bucket's owner."""
    return params.get("ACL") in _CANNED_FOR_BUCKET_OWNER


def canned_grants(name: str, owner: str, bucket_owner: str) -> Grants:
    """Return a canned list. Raises InvalidArgument for a name that there is not."""
    if name in _CANNED_FOR_BUCKET_OWNER:
        if bucket_owner == owner:
            return PRIVATE
        extra: tuple[tuple[str, Permission], ...] = (
            (bucket_owner, _CANNED_FOR_BUCKET_OWNER[name]),
        )
    elif name in _CANNED:
        extra = _CANNED[name]
    else:
        raise invalid_argument("", "x-amz-acl", name)
    if not extra:
        return PRIVATE
    return _ordered([Grant(owner, Permission.FULL_CONTROL), *(Grant(*pair) for pair in extra)])


class AccessLists:
    """Reads and writes access control lists, whose grantees the identities know."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    async def of_headers(
        self, params: Mapping[str, Any], owner: str, bucket_owner: str = ""
    ) -> Grants | None:
        """Return the list that the headers name, canned or by grants; None: they name none.

        Raises InvalidArgument, InvalidRequest or UnresolvableGrantByEmailAddress.
        """
        canned = params.get("ACL")
        grants: list[Grant] = []
        for member, (header, permission) in _GRANT_HEADERS.items():
            value = params.get(member)
            if value:
                grants += [
                    Grant(await self._header_grantee(header, item), permission)
                    for item in value.split(",")
                ]
        if canned and grants:
            raise invalid_request("Specifying both Canned ACLs and Header Grants is not allowed")
        if canned:
            return canned_grants(canned, owner, bucket_owner)
        return _limited(grants) if grants else None

    async def of_document(self, policy: Mapping[str, Any], owner: str) -> Grants:
        """Return the list of an AccessControlPolicy document for a resource of `owner`.

        Raises MalformedACLError, InvalidArgument, UnresolvableGrantByEmailAddress, and
        AccessDenied where it names another owner.
        """
        named = (policy.get("Owner") or {}).get("ID")
        listed = policy.get("Grants")
        if not named or listed is None:
            raise _malformed_acl()
        if named != owner:
            raise access_denied()
        return await self.of_grants(listed) if listed else nobody(owner)

    async def of_grants(self, listed: Iterable[Mapping[str, Any]]) -> Grants:
        """Return grants that are listed in a document. Raises as `of_document`."""
        grants = [
            Grant(await self._grantee(grant.get("Grantee") or {}), _permission(grant))
            for grant in listed
        ]
        return _limited(grants)

    async def document(self, owner: str, grants: Grants) -> dict[str, Any]:
        """Return a list as the result of GetBucketAcl and GetObjectAcl."""
        shown = grants or (Grant(owner, Permission.FULL_CONTROL),)
        return {
            "Owner": await self.user(owner),
            "Grants": await self.shown(shown),
        }

    async def shown(self, grants: Grants) -> list[dict[str, Any]]:
        """Return grants as documents list them."""
        return [
            {
                "Grantee": await self._shown_grantee(grant.grantee),
                "Permission": Permission(grant.permission).name,
            }
            for grant in grants
            if grant.permission
        ]

    async def user(self, canonical_id: str) -> dict[str, str]:
        """Return an account as documents show it: ID, and DisplayName where it is known."""
        account = await self._identities.account_by_canonical(canonical_id)
        shown = {"ID": canonical_id}
        if account is not None:
            shown["DisplayName"] = account.name
        return shown

    async def _shown_grantee(self, grantee: str) -> dict[str, str]:
        if grantee in GROUPS:
            return {"Type": "Group", "URI": _URIS[grantee]}
        return {"Type": "CanonicalUser", **await self.user(grantee)}

    async def _header_grantee(self, header: str, item: str) -> str:
        match = _HEADER_GRANTEE.fullmatch(item)
        if match is None:
            raise invalid_argument("Argument format not recognized", header, item.strip())
        value = match[2] if match[2] is not None else match[3]
        match match[1].lower():
            case "id":
                return await self._by_id(value)
            case "uri":
                return _by_uri(value)
            case _:
                return await self._by_email(value)

    async def _grantee(self, given: Mapping[str, Any]) -> str:
        kind = given.get("Type")
        if kind == "CanonicalUser" and given.get("ID"):
            return await self._by_id(given["ID"])
        if kind == "Group" and given.get("URI"):
            return _by_uri(given["URI"])
        if kind == "AmazonCustomerByEmail" and given.get("EmailAddress"):
            return await self._by_email(given["EmailAddress"])
        raise _malformed_acl()

    async def _by_id(self, canonical_id: str) -> str:
        if canonical_id != _MACHINE_IMAGES:
            account = await self._identities.account_by_canonical(canonical_id)
            if account is None:
                raise invalid_argument("Invalid id", "CanonicalUser/ID", canonical_id)
        return canonical_id

    async def _by_email(self, email: str) -> str:
        account = await self._identities.account_by_email(email)
        if account is None:
            raise AwsError(
                "UnresolvableGrantByEmailAddress",
                "The e-mail address you provided does not match any account on record.",
                fields={"EmailAddress": email},
            )
        return account.canonical_id


def _by_uri(uri: str) -> str:
    group = _BY_URI.get(uri)
    if group is None:
        raise invalid_argument("Invalid group uri", "Group/URI", uri)
    return group


def _permission(grant: Mapping[str, Any]) -> Permission:
    try:
        return Permission[grant["Permission"]]
    except KeyError:
        raise _malformed_acl() from None


def _limited(grants: list[Grant]) -> Grants:
    if len(grants) > MAX_GRANTS:
        raise invalid_request(
            f"An access control list has at most {MAX_GRANTS} grants, not {len(grants)}"
        )
    return _ordered(grants)


def _ordered(grants: list[Grant]) -> Grants:
    return tuple(sorted(grants, key=lambda grant: grant.grantee not in GROUPS))


def _malformed_acl() -> AwsError:
    return AwsError(
        "MalformedACLError",
        "The XML you provided was not well-formed or did not validate against our published schema",
    )
