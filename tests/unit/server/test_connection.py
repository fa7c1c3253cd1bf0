"""How connections end."""

import http.client
import socket
import ssl
import time

from lenticular.testing.cloud import running_cloud


def test_an_idle_client_does_not_hold_up_the_end_under_tls():
    with running_cloud(tls=True) as cloud:
        context = ssl.create_default_context(cafile=cloud.trusted)
        port = cloud.configuration.port("portal")
        client = http.client.HTTPSConnection("127.0.0.1", port, context=context)
        client.request("GET", "/health")
        assert client.getresponse().read()
        began = time.monotonic()
    assert time.monotonic() - began < 15  # asyncio waits 30 s for a peer's goodbye
    client.close()


def test_what_comes_behind_a_request_does_not_take_its_answer():
    request = b"PUT /samples/key HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"
    with running_cloud() as cloud:
        address = ("127.0.0.1", cloud.configuration.port("aws"))
        answers = []
        for sent in (request + b"bar", b"nonsense\r\n\r\n"):
            with socket.create_connection(address) as client:
                client.sendall(sent)
                with client.makefile("rb") as stream:
                    answers.append(stream.read())  # up to its end: the connection is closed
    assert b"NoSuchBucket" in answers[0] or b"AccessDenied" in answers[0]
    assert answers[0].count(b"HTTP/1.1 ") == 1
    assert answers[1].startswith(b"HTTP/1.1 400 ")
