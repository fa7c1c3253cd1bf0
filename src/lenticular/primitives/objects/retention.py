"""Retention: what protects a version from being removed, and how that may change.

A version is protected while it is retained (in governance mode against all who may not
bypass it, in compliance mode against everybody) and while it is under legal hold. These are
the rules alone; whoever removes versions or changes their locks asks here first, whatever
interface the request came through. Amazon S3 User Guide, "Locking objects with Object Lock".

Times are milliseconds since the epoch by the server's clock: what a request says of the time
counts for nothing.
"""

import time
from datetime import UTC, datetime

from msgspec.structs import replace

from lenticular.primitives.objects.errors import (
    BucketLocked,
    LockNotEnabled,
    LockWithoutVersions,
    ObjectLocked,
    RetentionPassed,
)
from lenticular.primitives.objects.records import (
    COMPLIANCE,
    ENABLED,
    Bucket,
    BucketLock,
    DefaultRetention,
    Lock,
    Version,
)
from lenticular.primitives.policies.evaluation import NO_KEYS, Keys

DAY = 24 * 60 * 60 * 1000
"""Milliseconds."""
YEAR = 365 * DAY

_NONE = Lock()


def now() -> int:
    """Return the time that retention goes by."""
    return int(time.time() * 1000)


def is_retained(lock: Lock | None, at: int) -> bool:
    """Tell whether a lock retains its version at a time, in whatever mode."""
    return lock is not None and bool(lock.mode) and lock.until > at


def require_removable(version: Version, at: int, bypass: bool = False) -> None:
    """Raise `ObjectLocked` unless a version may be removed for good.

    `bypass`: by somebody who asks to bypass governance mode, and may.
    """
    lock = version.lock
    if lock is None:
        return
    if lock.legal_hold:
        raise ObjectLocked(version.version_id, "it is under legal hold")
    if is_retained(lock, at) and not (bypass and lock.mode != COMPLIANCE):
        raise ObjectLocked(version.version_id, _retained(lock))


def require_retention(version: Version, new: Lock, at: int, bypass: bool = False) -> None:
    """Raise `ObjectLocked` unless a version may be retained as `new` has it from now on.

    What is retained may be retained longer. All else is bypassing governance mode, and
    impossible in compliance mode. Raises `RetentionPassed` for a date that has passed.
    """
    if new.mode and new.until <= at:
        raise RetentionPassed(new.until)
    lock = version.lock or _NONE
    if not is_retained(lock, at) or (new.mode == lock.mode and new.until >= lock.until):
        return
    if not bypass or lock.mode == COMPLIANCE:
        raise ObjectLocked(version.version_id, _retained(lock))


def require_lockable(home: Bucket, asked: Lock | None, at: int) -> None:
    """Raise `LockNotEnabled` or `RetentionPassed` unless a new version may be locked so."""
    if asked is None:
        return
    if home.lock is None:
        raise LockNotEnabled(home.name)
    if asked.mode and asked.until <= at:
        raise RetentionPassed(asked.until)


def lock_of_new(home: Bucket, asked: Lock | None, at: int) -> Lock | None:
    """Return the lock of a version made now: as asked for, else as its bucket has it.

    The default ends with a whole second, the next one, as interfaces tell it.
    """
    if home.lock is None:
        return None
    default = home.lock.default
    if default is None or (asked is not None and asked.mode):
        return asked
    return replace(asked or _NONE, mode=default.mode, until=_second(at + _length(default)))


def require_kept(before: Bucket, after: Bucket) -> None:
    """Raise unless a bucket's record may be replaced by another, as far as locks go.

    A bucket that may have locked versions keeps every version for good: raises
    `BucketLocked` where it would not, `LockWithoutVersions` where it does not yet.
    """
    if after.lock is not None and after.versioning != ENABLED:
        raise LockWithoutVersions(after.name) if before.lock is None else BucketLocked(after.name)
    if before.lock is not None and after.lock is None:
        raise BucketLocked(after.name)


def lock_keys(lock: Lock | None, at: int) -> Keys:
    """Return a lock as policies ask for it.

    Service Authorization Reference, "Condition keys for Amazon S3": ``s3:object-lock-*``. A
    day that has begun counts whole.
    """
    if lock is None:
        return NO_KEYS
    keys: dict[str, str | tuple[str, ...]] = {}
    if lock.mode:
        keys["s3:object-lock-mode"] = lock.mode
        keys["s3:object-lock-retain-until-date"] = _iso(lock.until)
        keys["s3:object-lock-remaining-retention-days"] = str(-((at - lock.until) // DAY))
    if lock.legal_hold is not None:
        keys["s3:object-lock-legal-hold"] = "ON" if lock.legal_hold else "OFF"
    return keys


def with_default(bucket: Bucket, default: DefaultRetention | None) -> Bucket:
    """Return a bucket whose versions may be locked, retained by default as given."""
    return replace(bucket, lock=BucketLock(default))


def _length(default: DefaultRetention) -> int:
    return default.days * DAY + default.years * YEAR


def _second(milliseconds: int) -> int:
    return -(-milliseconds // 1000) * 1000


def _retained(lock: Lock) -> str:
    return f"it is retained in {lock.mode.lower()} mode until {_iso(lock.until)}"


def _iso(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
