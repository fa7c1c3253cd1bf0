"""Requests on a bare connection, for what no client library would send."""

import http.client
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import NamedTuple

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from .server import Server

UNSIGNED = {"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"}
"""The header with which a signature does not cover the body."""


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes


def sign(
    server: Server, service: str, method: str, path: str, headers: Mapping[str, str]
) -> dict[str, str]:
    """Return `headers` with what makes the request the root identity's.

    The signature holds what ``X-Amz-Content-SHA256`` claims, whatever the body will be.
    """
    url = f"http://127.0.0.1:{server.port}{path}"
    request = AWSRequest(method, url, {"Host": f"127.0.0.1:{server.port}", **headers})
    SigV4Auth(server.session.get_credentials(), service, "us-east-1").add_auth(request)
    return dict(request.headers.items())


@contextmanager
def begin(
    server: Server, service: str, method: str, path: str, headers: Mapping[str, str]
) -> Iterator[http.client.HTTPConnection]:
    """Open a connection and send the signed head of a request; the body is the caller's."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in sign(server, service, method, path, headers).items():
        connection.putheader(name, value)
    connection.endheaders()
    try:
        yield connection
    finally:
        connection.close()


def send(
    server: Server, service: str, method: str, path: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    """Send a request whose signature and headers need not fit its body."""
    length = {"Content-Length": str(len(body))}
    with begin(server, service, method, path, length | dict(headers)) as connection:
        with suppress(ConnectionError):  # it may answer and hang up before it has read everything
            connection.send(body)
        response = connection.getresponse()
        return Answer(response.status, response.read())


def reset(connection: http.client.HTTPConnection) -> None:
    """Break the connection off so that the server gets an error, not an end."""
    linger = (1).to_bytes(4, "little") + (0).to_bytes(4, "little")
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()
