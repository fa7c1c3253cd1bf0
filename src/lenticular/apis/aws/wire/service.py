"""How an AWS service is written: groups of async methods named like its operations.

A group is any object. Its public async methods take a `Call` and the parsed, validated
parameters (by the names of the service's model) and return the result by the same
names, or a whole `Response` where a hot path writes its own document::

    class TableOperations:
        async def describe_table(self, call: Call, params: Params) -> Result: ...

    Service("dynamodb", TableOperations(tables), ItemOperations(tables), translate=translate)

A streaming member (S3's ``Body``) is a `Body` in the parameters, and ``bytes`` or an
async iterator of them in the result.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.http import Request, Response
from lenticular.primitives.principals import Principal

Params = dict[str, Any]
Result = dict[str, Any]
Handler = Callable[["Call", Params], Awaitable[Result | Response]]


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


class Service:
    """The operations of one service that this cloud has written."""

    def __init__(
        self,
        name: str,
        *groups: object,
        translate: Callable[[Exception], AwsError | None] = lambda error: None,
    ) -> None:
        self.name = name
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
