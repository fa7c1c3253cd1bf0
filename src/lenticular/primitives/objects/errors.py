"""What can be wrong with buckets, objects and uploads, in no cloud's words."""


class BucketNotFound(LookupError):
    """There is no bucket of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no bucket named {name!r}")
        self.name = name


class BucketTaken(Exception):
    """A bucket of this name exists, and belongs to another account."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the bucket name {name!r} is taken")
        self.name = name


class BucketOwned(Exception):
    """A bucket of this name exists, and belongs to the caller already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"you own a bucket named {name!r} already")
        self.name = name


class BucketNotEmpty(Exception):
    """The bucket still holds objects, versions of them, or delete markers."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the bucket {name!r} is not empty: delete its objects and versions first")
        self.name = name


class ObjectNotFound(LookupError):
    """There is no object under this key, or its current version is a delete marker."""

    def __init__(self, key: str, marker: str | None = None) -> None:
        super().__init__(f"there is no object {key!r}")
        self.key = key
        self.marker = marker
        """Version id of the delete marker that hides the object, if one does."""


class VersionNotFound(LookupError):
    """The object has no version of this id."""

    def __init__(self, key: str, version_id: str) -> None:
        super().__init__(f"the object {key!r} has no version {version_id!r}")
        self.key = key
        self.version_id = version_id


class VersionIsMarker(Exception):
    """The version that was asked for is a delete marker: it has no content."""

    def __init__(self, key: str, version_id: str, modified: int) -> None:
        super().__init__(f"version {version_id!r} of {key!r} is a delete marker")
        self.key = key
        self.version_id = version_id
        self.modified = modified
        """Milliseconds since the epoch."""


class ConditionFailed(Exception):
    """A condition on the present state does not hold; `condition` names it."""

    def __init__(self, condition: str) -> None:
        super().__init__(f"the condition {condition} does not hold")
        self.condition = condition


class NotModified(Exception):
    """A reader's condition says that it has this version already."""

    def __init__(self, etag: str, modified: int, version_id: str | None) -> None:
        super().__init__("not modified")
        self.etag = etag
        self.modified = modified
        self.version_id = version_id


class SettingTooLarge(ValueError):
    """A bucket's setting has more bytes than one may have."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a setting of a bucket has {limit} bytes at most")
        self.limit = limit


class UploadNotFound(LookupError):
    """There is no multipart upload of this id (it may have been completed or aborted)."""

    def __init__(self, upload_id: str) -> None:
        super().__init__(f"there is no multipart upload {upload_id!r}")
        self.upload_id = upload_id


class PartInvalid(Exception):
    """A completed upload names a part that was not uploaded, or with another ETag."""

    def __init__(self, number: int, reason: str) -> None:
        super().__init__(f"part {number}: {reason}")
        self.number = number


class PartOrderInvalid(Exception):
    """A completed upload names its parts in descending order or twice."""


class PartTooSmall(Exception):
    """A part other than the last is below the smallest size."""

    def __init__(self, number: int, size: int, etag: str, smallest: int) -> None:
        super().__init__(f"part {number} has {size} bytes, fewer than the {smallest} allowed")
        self.number = number
        self.size = size
        self.etag = etag
        self.smallest = smallest


class PartNumberMissing(LookupError):
    """The object has fewer parts than the one that was asked for."""

    def __init__(self, number: int, count: int) -> None:
        super().__init__(f"there is no part {number}: the object has {count}")
        self.number = number
        self.count = count


class SizeMismatch(Exception):
    """A completed upload has another size than the one announced."""

    def __init__(self, size: int, expected: int) -> None:
        super().__init__(f"the parts come to {size} bytes, not to the {expected} announced")
        self.size = size
        self.expected = expected


class ObjectLocked(Exception):
    """The version is retained or under legal hold."""

    def __init__(self, version_id: str, reason: str) -> None:
        super().__init__(f"version {version_id!r} is locked: {reason}")
        self.version_id = version_id


class LockNotEnabled(Exception):
    """The bucket's versions cannot be locked."""

    def __init__(self, bucket: str) -> None:
        super().__init__(f"the versions of the bucket {bucket!r} cannot be locked")
        self.bucket = bucket


class LockMissing(LookupError):
    """The bucket or version has no such lock."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is not locked in this way")
        self.name = name


class LockWithoutVersions(Exception):
    """Versions are to be locked of a bucket that does not keep them."""

    def __init__(self, bucket: str) -> None:
        super().__init__(f"enable versioning of the bucket {bucket!r} before its lock")
        self.bucket = bucket


class BucketLocked(Exception):
    """A bucket whose versions may be locked is to stop keeping or locking them."""

    def __init__(self, bucket: str) -> None:
        super().__init__(f"the bucket {bucket!r} keeps and locks its versions for good")
        self.bucket = bucket


class RetentionPassed(ValueError):
    """A version is to be retained until a time that has passed."""

    def __init__(self, until: int) -> None:
        super().__init__(f"the time to retain it until, {until} ms since the epoch, has passed")
        self.until = until


class DigestMissing(Exception):
    """The bytes of a version that will be locked came without a digest to hold them against."""


class ObjectArchived(Exception):
    """The object is archived: it is to be restored before it can be read."""

    def __init__(self, key: str, storage_class: str) -> None:
        super().__init__(f"{key!r} is archived in {storage_class}: restore it first")
        self.key = key
        self.storage_class = storage_class


class NotArchived(Exception):
    """An object is to be restored that can be read as it is."""

    def __init__(self, key: str, storage_class: str) -> None:
        super().__init__(f"{key!r} is in {storage_class}, which is no archive")
        self.key = key
        self.storage_class = storage_class


class RestorationRunning(Exception):
    """The object is being restored already."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key!r} is being restored already")
        self.key = key


class TierUnavailable(Exception):
    """Objects of a storage class cannot be restored in such a hurry."""

    def __init__(self, tier: str, storage_class: str) -> None:
        super().__init__(f"{storage_class} has no {tier} restoration")
        self.tier = tier
        self.storage_class = storage_class


class MethodUnavailable(Exception):
    """This cloud has nothing to seal objects with by this method."""

    def __init__(self, method: str) -> None:
        super().__init__(f"this cloud cannot seal objects by the method {method}")
        self.method = method


class CustomerKeyMissing(Exception):
    """The object is sealed with a customer's key, and none was given."""


class CustomerKeyWrong(Exception):
    """The object is sealed with another key than the one that was given."""


class CustomerKeyUnwanted(Exception):
    """A customer's key was given for an object that is not sealed with one."""


class UploadKeyMissing(Exception):
    """The upload was begun with a customer's key, and none was given with this request."""


class UploadKeyWrong(Exception):
    """The upload was not begun with the customer's key that was given."""


class QuotaExceeded(Exception):
    """There is no room for so many bytes."""

    def __init__(self, what: str, limit: int) -> None:
        super().__init__(
            f"{what} may hold {limit:,} bytes and has no room for this: delete something, or "
            "ask whoever runs this cloud for a larger quota"
        )
        self.limit = limit
