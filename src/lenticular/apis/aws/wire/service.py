"""How an AWS service is written: groups of async methods named like its operations.

A group is any object. Its public async methods take a `Call` and the parsed, validated
parameters (by the names of the service's model) and return the result by the same
names, or a whole `Response` where a hot path writes its own document::

    class TableOperations:
        async def describe_table(self, call: Call, params: Params) -> Result: ...

    Service("dynamodb", TableOperations(tables), ItemOperations(tables), translate=translate)

A streaming member (S3's ``Body``) is a `Body` in the parameters, and ``bytes`` or an
async iterator of them in the result. A timestamp is an aware `datetime` in the
parameters, and one or the seconds since the epoch in the result. A member of a result
that is None counts as absent. A result that is ``bytes`` is the finished document.
"""

import inspect
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.http import Request, Response
from lenticular.primitives.principals import Principal

Params = dict[str, Any]
Result = dict[str, Any]
Handler = Callable[["Call", Params], Awaitable[Result | Response | bytes]]


@dataclass(slots=True)
class Call:
    """One authenticated call of one operation."""

    request: Request
    service: str
    """The service's name in botocore (``s3``)."""
    operation: str
    """The operation's name in the model (``PutObject``)."""
    principal: Principal
    region: str
    """The region of the credential scope; for an unsigned call the cloud's own."""
    status: int | None = None
    """Set by a handler that succeeds with another status than the model's (206)."""


class Service:
    """The operations of one service that this cloud has written.

    `opaque` names shapes whose JSON value goes through as it is, unread and unchecked, in
    both directions. `validate` says whether parameters are held against the constraints
    of the model (S3 itself does not). `document_limit` is the largest document taken, in
    bytes (None: the protocol's); a streaming member is not limited by it.
    """

    def __init__(
        self,
        name: str,
        *groups: object,
        translate: Callable[[Exception], AwsError | None] = lambda error: None,
        opaque: Collection[str] = (),
        validate: bool = True,
        document_limit: int | None = None,
    ) -> None:
        self.name = name
        self.opaque = frozenset(opaque)
        self.validate = validate
        self.document_limit = document_limit
        self.handlers: dict[str, Handler] = {}
        """By snake-case operation name."""
        self.translate = translate
        """Makes the service's error of a primitive's neutral one; None: not its business."""
        for group in groups:
            for method, handler in inspect.getmembers(group, inspect.iscoroutinefunction):
                if not method.startswith("_"):
                    if method in self.handlers:
                        raise TypeError(f"{name}: two groups define the operation {method}")
                    self.handlers[method] = handler
