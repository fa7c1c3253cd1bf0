"""Deliveries: files that services of the cloud write into buckets in their own name.

A bucket takes them because its policy names the service (``{"Service": "..."}``), or because
of a grant to those who deliver logs: it is the same evaluator that is asked for everybody else.
"""

from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass

from lenticular.engines.kv.contract import KeyValueStore, Reader
from lenticular.primitives.access import AccessDenied
from lenticular.primitives.objects.buckets import allowed_bucket
from lenticular.primitives.objects.datakeys import AS_BUCKET, Wanted
from lenticular.primitives.objects.errors import BucketNotFound, QuotaExceeded
from lenticular.primitives.objects.objects import Objects
from lenticular.primitives.objects.records import Attributes, Bucket
from lenticular.primitives.policies.context import SERVICE
from lenticular.primitives.principals import Principal


class BucketRefused(Exception):
    """A bucket does not take what is delivered; `code` says why, in S3's words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Sender:
    """A service of the cloud, as it delivers for one resource of one account."""

    service: str
    """As policies name it (``logging.s3.amazonaws.com``)."""
    account_id: str
    arn: str
    """The resource that it delivers for."""

    @property
    def keys(self) -> dict[str, str]:
        """Condition keys of its deliveries."""
        return {
            SERVICE: self.service,
            "aws:sourceaccount": self.account_id,
            "aws:sourcearn": self.arn,
            "s3:x-amz-acl": "bucket-owner-full-control",
        }

    @property
    def principal(self) -> Principal:
        """The service itself, of no account: the bucket's own policy has to know of it."""
        return Principal("", "", self.service, "", kind="anonymous", keys=self.keys)


def receiving_bucket(reader: Reader, principal: Principal, bucket: str, key: str) -> Bucket:
    """Return the bucket if it would take a file. Raises `BucketRefused`."""
    try:
        return allowed_bucket(reader, principal, bucket, "s3:PutObject", key)
    except BucketNotFound as error:
        raise BucketRefused("NoSuchBucket") from error
    except AccessDenied as error:
        raise BucketRefused("AccessDenied") from error


async def check(store: KeyValueStore, principal: Principal, bucket: str, key: str) -> Bucket:
    """Return the bucket if it would take a file now. Raises `BucketRefused`."""
    return await store.read(lambda reader: receiving_bucket(reader, principal, bucket, key))


async def deliver(
    objects: Objects,
    principal: Principal,
    bucket: str,
    key: str,
    contents: bytes | AsyncIterable[bytes],
    attributes: Attributes,
    wanted: Wanted = AS_BUCKET,
) -> None:
    """Write a file into a bucket. Raises `BucketRefused`, and what else `Objects.put` raises."""
    source = once(contents) if isinstance(contents, bytes) else contents
    size = len(contents) if isinstance(contents, bytes) else None
    try:
        await objects.put(
            principal, bucket, key, source, attributes, size=size, wanted=wanted, digests=("md5",)
        )
    except BucketNotFound as error:
        raise BucketRefused("NoSuchBucket") from error
    except AccessDenied as error:
        raise BucketRefused("AccessDenied") from error
    except QuotaExceeded as error:
        raise BucketRefused("QuotaExceeded") from error


async def once(data: bytes) -> AsyncIterator[bytes]:
    """Iterate over bytes that are there already."""
    yield data
