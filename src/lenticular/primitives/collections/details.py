"""Details: what is said of a collection, and how it is changed."""

import re
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Struct, UnsetType
from msgspec.structs import asdict, replace

from lenticular.primitives.collections.errors import InputInvalid
from lenticular.primitives.collections.records import Collection

Text = str | None | UnsetType
Flag = bool | UnsetType

_LONGEST: Final = {"display_name": 128, "description": 4096, "user_message": 64, "keywords": 1024}
_LONGEST_OTHER: Final = 1024
_MOST_KEYWORDS: Final = 50
_LINKS: Final = ("info_link", "user_message_link")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_STATUSES: Final = frozenset({"SUCCEEDED", "FAILED"})
_USES: Final = frozenset({"source", "destination"})


class Details(Struct, frozen=True, kw_only=True):
    """What to say of a collection; what is unset stays, or is as for a new one."""

    display_name: str | UnsetType = UNSET
    description: Text = UNSET
    organization: Text = UNSET
    department: Text = UNSET
    keywords: tuple[str, ...] | UnsetType = UNSET
    contact_email: Text = UNSET
    contact_info: Text = UNSET
    info_link: Text = UNSET
    user_message: Text = UNSET
    user_message_link: Text = UNSET
    default_directory: Text = UNSET
    public: Flag = UNSET
    force_encryption: Flag = UNSET
    disable_verify: Flag = UNSET
    force_verify: Flag = UNSET
    anonymous_read: Flag = UNSET
    activity_notifications: dict[str, tuple[str, ...]] | UnsetType | None = UNSET


def described(collection: Collection, details: Details) -> Collection:
    """Return a collection with what `details` say of it. Raises `InputInvalid`."""
    given: dict[str, Any] = {
        name: value for name, value in asdict(details).items() if value is not UNSET
    }
    if "display_name" in given:
        given["display_name"] = _name(given["display_name"])
    for name, value in given.items():
        _check(name, value)
    changed = replace(collection, **given)
    if changed.disable_verify and changed.force_verify:
        raise InputInvalid("disable_verify and force_verify exclude each other")
    if changed.anonymous_read and changed.entity == "guest":
        raise InputInvalid(
            "A guest collection is opened to everybody by a rule for 'anonymous', not by "
            "anonymous_read"
        )
    return changed


def _name(value: str) -> str:
    name = value.strip()
    if not name or not name.isprintable():
        raise InputInvalid("display_name has 1 to 128 printable characters")
    return name


def _check(name: str, value: object) -> None:
    longest = _LONGEST.get(name, _LONGEST_OTHER)
    if isinstance(value, str) and (len(value) > longest or "\0" in value):
        raise InputInvalid(f"{name} has at most {longest} characters")
    if name == "keywords":
        _check_keywords(msgspec.convert(value, tuple[str, ...]))
    elif name in _LINKS and value and urlsplit(str(value)).scheme not in ("http", "https"):
        raise InputInvalid(f"{name} is an http:// or https:// address, not {str(value)[:100]!r}")
    elif name == "contact_email" and value and not _EMAIL.fullmatch(str(value)):
        raise InputInvalid(f"contact_email is a mail address, not {str(value)[:100]!r}")
    elif name == "default_directory" and value and not str(value).startswith(("/", "~")):
        raise InputInvalid(f"default_directory begins with '/', unlike {str(value)[:100]!r}")
    elif name == "activity_notifications" and value is not None:
        _check_notifications(msgspec.convert(value, dict[str, tuple[str, ...]]))


def _check_keywords(keywords: tuple[str, ...]) -> None:
    if len(keywords) > _MOST_KEYWORDS or sum(map(len, keywords)) > _LONGEST["keywords"]:
        raise InputInvalid(
            f"There are at most {_MOST_KEYWORDS} keywords, of {_LONGEST['keywords']} characters "
            f"together"
        )


def _check_notifications(policy: dict[str, tuple[str, ...]]) -> None:
    allowed = {"status": _STATUSES, "transfer_use": _USES}
    for name, values in policy.items():
        if name not in allowed or not allowed[name].issuperset(values):
            raise InputInvalid(
                "guest_collection_activity_notification_policy has 'status' (SUCCEEDED, FAILED) "
                "and 'transfer_use' (source, destination)"
            )
