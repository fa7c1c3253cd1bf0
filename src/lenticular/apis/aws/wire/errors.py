"""The error that AWS operations raise; each protocol writes it in its own form."""

from collections.abc import Mapping

from lenticular.primitives.policies.evaluation import Decision

_REFUSALS = frozenset({"AccessDenied", "AccessDeniedException"})


class AwsError(Exception):
    """An error document of an AWS service.

    `code` and `status` are those of the service's API reference; `message` says what
    came, what was expected and what to do; `fields` are further members of the error
    (``BucketName`` in S3, ``CancellationReasons`` in DynamoDB); `headers` go out with it.
    Without a `status` an error that the service's model knows goes out with the model's.
    `query_code` is the code that the error had before its service left the query protocol.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int | None = None,
        *,
        fields: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        query_code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = 400 if status is None else status
        self.has_own_status = status is not None
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})
        self.query_code = query_code
        self.decision: Decision | None = None
        """Of a refusal: why."""

    @property
    def is_refusal(self) -> bool:
        """Whether the caller may not do this; JSON services say so with status 400."""
        return self.code in _REFUSALS

    def __repr__(self) -> str:
        return f"AwsError({self.code!r}, {self.message!r}, {self.status})"
