"""S3 Control: what an account settles for all of its buckets."""

from lenticular.apis.aws.s3control.operations import AccountOperations
from lenticular.apis.aws.wire.service import Service
from lenticular.primitives.objects import ObjectStorage

__all__ = ["service"]


def service(storage: ObjectStorage) -> Service:
    """Return S3 Control over the objects of one cloud."""
    return Service(
        "s3control", AccountOperations(storage.account_blocks), header="x-amz-account-id"
    )
