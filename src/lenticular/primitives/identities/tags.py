"""Tags: keys are unique in any case, and a key is kept as it was written last."""

from collections.abc import Collection, Iterable, Mapping

from lenticular.primitives.identities.errors import InputInvalid, QuotaExceeded
from lenticular.primitives.identities.quotas import TAGS

RESERVED = "aws:"


def checked(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the tags that a request gives. Raises `InputInvalid` and `QuotaExceeded`."""
    tags: dict[str, str] = {}
    seen: set[str] = set()
    for key, value in pairs:
        if key.lower().startswith(RESERVED):
            raise InputInvalid(
                f"Tag keys that start with {RESERVED} are reserved for system use: {key}"
            )
        if key.lower() in seen:
            raise InputInvalid(
                "Duplicate tag keys found. Please note that Tag keys are case insensitive."
            )
        seen.add(key.lower())
        tags[key] = value
    if len(tags) > TAGS:
        raise QuotaExceeded("TagsPerResource", TAGS)
    return tags


def merged(tags: Mapping[str, str], more: Mapping[str, str]) -> dict[str, str]:
    """Return tags with further ones. Raises `QuotaExceeded`."""
    result = {**without(tags, more), **more}
    if len(result) > TAGS:
        raise QuotaExceeded("TagsPerResource", TAGS)
    return result


def without(tags: Mapping[str, str], keys: Collection[str]) -> dict[str, str]:
    """Return tags but for those of the given keys."""
    gone = {key.lower() for key in keys}
    return {key: value for key, value in tags.items() if key.lower() not in gone}
