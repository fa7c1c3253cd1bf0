"""The error that AWS operations raise; each protocol writes it in its own form."""

from collections.abc import Mapping


class AwsError(Exception):
    """An error document of an AWS service.

    `code` and `status` are those of the service's API reference; `message` says what
    came, what was expected and what to do; `fields` are further members of the error
    (``BucketName`` in S3, ``CancellationReasons`` in DynamoDB); `headers` go out with it.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        *,
        fields: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})

    def __repr__(self) -> str:
        return f"AwsError({self.code!r}, {self.message!r}, {self.status})"
