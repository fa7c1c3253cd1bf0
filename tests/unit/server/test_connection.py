"""How connections end."""

import http.client
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
