"""HTTP/1.1 as the cloud speaks it: connections on httptools, handed to one function per request.

A `Handler` gets a request, whose body it may read, and a function that sends the response.
There is nothing between the parser and that function: in profiles of small requests a
general server (uvicorn, over ASGI) took a quarter of the time.
"""

from lenticular.server.http.contract import Handler, Limits, Send
from lenticular.server.http.listener import Listener

__all__ = ["Handler", "Limits", "Listener", "Send"]
