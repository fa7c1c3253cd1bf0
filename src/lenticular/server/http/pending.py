"""Requests that wait for their responses."""

from lenticular.apis.http import Request
from lenticular.server.http.bodies import StreamBody


class Pending:
    """A request that was read, whose response is not sent yet."""

    __slots__ = ("body", "keep_alive", "method", "request", "version")

    def __init__(self, request: Request, body: StreamBody | None, version: str) -> None:
        self.request = request
        self.body = body
        self.version = version
        self.method = request.method
        self.keep_alive = False
