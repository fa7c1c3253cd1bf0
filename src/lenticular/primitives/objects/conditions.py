"""Conditions on an object's present state, for reading and for writing (RFC 9110, section 13)."""

from dataclasses import dataclass

from lenticular.primitives.objects.errors import ConditionFailed, NotModified, ObjectNotFound
from lenticular.primitives.objects.records import Version

ANY = "*"
"""As an entity tag: any object that exists."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold before something is done. Times are milliseconds since the epoch."""

    if_match: tuple[str, ...] = ()
    """Entity tags without quotes, or `ANY`; empty: no condition."""
    if_none_match: tuple[str, ...] = ()
    if_modified_since: int | None = None
    if_unmodified_since: int | None = None
    if_size: int | None = None
    """Bytes that the object must have."""
    if_modified_at: int | None = None
    """When, to the second, the object must have been written."""

    def check_read(self, version: Version) -> None:
        """Check the conditions of a reader, in the precedence of RFC 9110, section 13.2.2.

        Raises `ConditionFailed` (if-match, if-unmodified-since) or `NotModified`
        (if-none-match, if-modified-since).
        """
        if self.if_match:
            if not _matches(self.if_match, version.etag):
                raise ConditionFailed("If-Match")
        elif self.if_unmodified_since is not None and (
            _seconds(version.modified) > _seconds(self.if_unmodified_since)
        ):
            raise ConditionFailed("If-Unmodified-Since")
        if self.if_none_match:
            is_known = _matches(self.if_none_match, version.etag)
        else:
            is_known = self.if_modified_since is not None and (
                _seconds(version.modified) <= _seconds(self.if_modified_since)
            )
        if is_known:
            raise NotModified(version.etag, version.modified, version.version_id)

    def check_source(self, version: Version) -> None:
        """Check the conditions on the source of a copy: all failures are `ConditionFailed`."""
        try:
            self.check_read(version)
        except NotModified:
            name = "If-None-Match" if self.if_none_match else "If-Modified-Since"
            raise ConditionFailed(name) from None

    def check_write(self, key: str, current: Version | None) -> None:
        """Check the conditions of a writer against what is there now (None: nothing).

        Raises `ConditionFailed`, or `ObjectNotFound` when a match is asked of nothing.
        """
        exists = current is not None and not current.is_marker
        etag = current.etag if current is not None and exists else ""
        if self.if_match:
            if not exists:
                raise ObjectNotFound(key)
            if not _matches(self.if_match, etag):
                raise ConditionFailed("If-Match")
        if self.if_none_match and exists and _matches(self.if_none_match, etag):
            raise ConditionFailed("If-None-Match")
        if self.if_size is not None and exists and current and current.size != self.if_size:
            raise ConditionFailed("If-Match-Size")
        if (
            self.if_modified_at is not None
            and exists
            and current
            and _seconds(current.modified) != _seconds(self.if_modified_at)
        ):
            raise ConditionFailed("If-Match-Last-Modified-Time")


ALWAYS = Conditions()
"""No condition at all."""


def _matches(tags: tuple[str, ...], etag: str) -> bool:
    return ANY in tags or etag in tags


def _seconds(milliseconds: int) -> int:
    # HTTP dates have whole seconds: anything finer would never compare equal.
    return milliseconds // 1000
