"""Listings: ListSecrets, ListSecretVersionIds."""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from lenticular.apis.aws.secretsmanager.access import Access
from lenticular.apis.aws.secretsmanager.descriptions import described
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.secrets import Secret, Secrets, Version

T = TypeVar("T")

_MOST = 100

_SORTED_BY: Mapping[str, Callable[[Secret], Any]] = {
    "created-date": lambda secret: secret.created,
    "last-accessed-date": lambda secret: secret.accessed,
    "last-changed-date": lambda secret: secret.changed,
    "name": lambda secret: secret.name,
}


class ListingOperations:
    """What is listed."""

    def __init__(self, secrets: Secrets, access: Access) -> None:
        self._secrets = secrets
        self._access = access

    async def list_secrets(self, call: Call, params: Params) -> Result:
        """List the account's secrets in the region, those marked for deletion when asked for."""
        call.require("secretsmanager:ListSecrets")
        page, token = page_of(await selected(self._secrets, call, params), params, _MOST)
        listed = [
            described(secret)
            | {
                "SecretVersionsToStages": {
                    version.id: list(version.stages)
                    for version in secret.versions
                    if version.stages
                }
            }
            for secret in page
        ]
        return {"SecretList": listed, "NextToken": token}

    async def list_secret_version_ids(self, call: Call, params: Params) -> Result:
        """List the versions of a secret; those without a stage when asked for."""
        secret = await self._access.secret(call, params)
        everything = params.get("IncludeDeprecated", False)
        versions = [version for version in secret.versions if version.stages or everything]
        page, token = page_of(versions, params, _MOST)
        return {
            "ARN": secret.arn,
            "Name": secret.name,
            "Versions": [_listed(version) for version in page],
            "NextToken": token,
        }


def _listed(version: Version) -> Result:
    return {
        "VersionId": version.id,
        "VersionStages": list(version.stages) or None,
        "CreatedDate": version.created / 1000,
        "LastAccessedDate": version.accessed / 1000 if version.accessed else None,
        "KmsKeyIds": ["DefaultEncryptionKey"],
    }


async def selected(secrets: Secrets, call: Call, params: Params) -> list[Secret]:
    """Return the account's secrets in the region that filters take, in order."""
    found = await secrets.of_account(call.principal.account_id, call.region)
    if not params.get("IncludePlannedDeletion", False):
        found = [secret for secret in found if not secret.deleted]
    for given in params.get("Filters", ()):
        found = [secret for secret in found if _takes(given, secret)]
    key = _SORTED_BY[params.get("SortBy", "created-date")]
    ascending = params.get("SortOrder", "desc") == "asc"
    return sorted(found, key=key, reverse=not ascending)


def page_of(found: Sequence[T], params: Params, most: int) -> tuple[Sequence[T], str | None]:
    """Return a page of a listing, and the token of the next. Raises InvalidNextTokenException."""
    start = _offset(params["NextToken"]) if "NextToken" in params else 0
    stop = start + params.get("MaxResults", most)
    token = base64.b64encode(b"from %d" % stop).decode() if stop < len(found) else None
    return found[start:stop], token


def _offset(token: str) -> int:
    try:
        word, _, number = base64.b64decode(token, validate=True).partition(b" ")
        if word == b"from" and number.isdigit() and len(number) < 10:
            return int(number)
    except binascii.Error:
        pass
    raise AwsError("InvalidNextTokenException", "The token was not given out for this listing")


def _takes(given: Mapping[str, Any], secret: Secret) -> bool:
    """Tell whether a filter takes a secret: by any of its values, and by none that has a ``!``."""
    texts, matches = _FILTERS[given["Key"]]
    attributes = list(texts(secret))
    wanted = [value for value in given["Values"] if not value.startswith("!")]
    unwanted = [value[1:] for value in given["Values"] if value.startswith("!")]
    if any(matches(text, value) for value in unwanted for text in attributes):
        return False
    return not wanted or any(matches(text, value) for value in wanted for text in attributes)


def _begins(text: str, value: str) -> bool:
    return text.startswith(value)


def _begins_in_any_case(text: str, value: str) -> bool:
    return text.lower().startswith(value.lower())


def _has_words(text: str, value: str) -> bool:
    return all(word in text.lower() for word in value.lower().split())


def _everything(secret: Secret) -> Iterable[str]:
    return [" ".join((secret.name, secret.description, *secret.tags, *secret.tags.values()))]


_FILTERS: Mapping[str, tuple[Callable[[Secret], Iterable[str]], Callable[[str, str], bool]]] = {
    "all": (_everything, _has_words),
    "description": (lambda secret: [secret.description], _begins_in_any_case),
    "name": (lambda secret: [secret.name], _begins),
    "owning-service": (lambda secret: [""], _begins),
    "primary-region": (lambda secret: [""], _begins),
    "tag-key": (lambda secret: secret.tags, _begins),
    "tag-value": (lambda secret: secret.tags.values(), _begins),
}
"""What each filter looks at, and how (API reference, "Filter")."""
