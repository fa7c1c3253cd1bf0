"""S3's dialect of REST XML: its errors, its headers and the roots of its documents.

Names are those of the "Amazon S3 API Reference", which the model does not have.
"""

import secrets
from collections.abc import Mapping

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.models import Operation, Shape
from lenticular.apis.aws.wire.protocols import xml
from lenticular.apis.aws.wire.protocols.contract import Headers, MalformedParameter
from lenticular.apis.aws.wire.protocols.rest import WriteDocument
from lenticular.apis.aws.wire.protocols.rest_xml import RestXmlProtocol
from lenticular.apis.http import Request

HOST_ID = secrets.token_urlsafe(56)
"""Names this process in answers, as S3's ``x-amz-id-2`` names a host."""

ROOTS = {
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "CreateSession": "CreateSessionResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycle": "LifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketNotification": "NotificationConfiguration",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetObjectAcl": "AccessControlPolicy",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetObjectTagging": "Tagging",
    "ListBucketAnalyticsConfigurations": "ListBucketAnalyticsConfigurationResult",
    "ListBucketInventoryConfigurations": "ListInventoryConfigurationsResult",
    "ListBucketMetricsConfigurations": "ListMetricsConfigurationsResult",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListDirectoryBuckets": "ListAllMyDirectoryBucketsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListParts": "ListPartsResult",
}
"""The roots of results, by operation, where they are not named like the shape."""


class S3Protocol(RestXmlProtocol):
    """restXml as S3 speaks it."""

    stream_type = "binary/octet-stream"
    invalid_code = "InvalidRequest"
    internal_code = "InternalError"
    busy_code = "SlowDown"
    full_code = "InsufficientCapacity"
    request_id_header = "x-amz-request-id"

    def response_headers(self, request: Request) -> Headers:
        return [(self.request_id_header, request.id), ("x-amz-id-2", HOST_ID)]

    def root_name(self, operation: Operation, shape: Shape) -> str:
        return ROOTS.get(operation.name) or super().root_name(operation, shape)

    def document_writer(
        self, operation: Operation, shape: Shape, members: Mapping[str, Shape]
    ) -> WriteDocument:
        if operation.name == "GetBucketLocation":
            return self._write_location
        return super().document_writer(operation, shape, members)

    def _write_location(self, result: Mapping[str, object]) -> bytes:
        """Write the one result whose only member is its root."""
        region = xml.escape(str(result.get("LocationConstraint") or ""))
        root = "LocationConstraint"
        document = f'{xml.DECLARATION}<{root} xmlns="{self.namespace}">{region}</{root}>'
        return document.encode()

    def error_document(self, error: AwsError, shape: Shape | None, request: Request) -> bytes:
        body = xml.error_members(self._writer, error, shape, error.code)
        if "Resource" not in error.fields:
            body += f"<Resource>{xml.escape_told(request.path)}</Resource>"
        return (
            f"{xml.DECLARATION}<Error>{body}<RequestId>{xml.escape(request.id)}</RequestId>"
            f"<HostId>{HOST_ID}</HostId></Error>"
        ).encode()

    def explain(self, error: Exception) -> AwsError:
        if isinstance(error, MalformedParameter):
            fields = {"ArgumentName": error.name, "ArgumentValue": error.value}
            return AwsError("InvalidArgument", str(error), 400, fields=fields)
        return super().explain(error)

    def too_large(self, limit: int) -> AwsError:
        fields = {"MaxMessageLengthBytes": limit}
        return AwsError("MaxMessageLengthExceeded", "Your request was too big.", 400, fields=fields)
