"""What access logs call operations."""

import pytest

from lenticular.apis.aws.s3.logoperations import log_operation
from lenticular.apis.aws.wire.models import load
from lenticular.server.interfaces import aws_services
from lenticular.server.wiring import build_in_memory


@pytest.mark.parametrize(
    ("operation", "method", "name"),
    [
        ("GetObject", "GET", "REST.GET.OBJECT"),
        ("PutObject", "PUT", "REST.PUT.OBJECT"),
        ("HeadBucket", "HEAD", "REST.HEAD.BUCKET"),
        ("ListObjectsV2", "GET", "REST.GET.BUCKET"),
        ("ListObjectVersions", "GET", "REST.GET.BUCKETVERSIONS"),
        ("UploadPart", "PUT", "REST.PUT.PART"),
        ("ListParts", "GET", "REST.GET.UPLOAD"),
        ("CreateMultipartUpload", "POST", "REST.POST.UPLOADS"),
        ("CompleteMultipartUpload", "POST", "REST.POST.UPLOAD"),
        ("DeleteObjects", "POST", "REST.POST.MULTI_OBJECT_DELETE"),
        ("PutBucketPolicy", "PUT", "REST.PUT.BUCKETPOLICY"),
        ("GetWebsiteObject", "GET", "WEBSITE.GET.OBJECT"),
    ],
)
def test_names_of_operations(operation, method, name):
    assert log_operation(operation, method) == name


def test_every_operation_that_is_written_has_a_name():
    services = aws_services(build_in_memory())
    [handlers] = [each.handlers for each in services if each.name == "s3"]
    for name, operation in load("s3").operations.items():
        if operation.handler_name in handlers and name != "ListBuckets":  # that of no bucket
            found = log_operation(name, "GET")
            assert name.upper() not in found, f"{name} is not known: {found}"
