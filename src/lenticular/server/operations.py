"""What an operator's tools ask, without a signature: is it well, and what has it counted?

The portal's port answers ``/``, ``/health`` and ``/metrics``. On an interface's own port
the same two paths answer unsigned requests too, for load balancers that check each port,
unless a bucket of that name exists: then it is the bucket that is meant.
"""

import time

import msgspec

import lenticular
from lenticular.apis.http import Request, Response
from lenticular.engines.blobs.contract import BlobStoreFull
from lenticular.engines.kv.contract import StoreFull
from lenticular.server.configuration import LISTENING, Configuration
from lenticular.server.metrics import Metrics, response_of
from lenticular.server.peers import Peers
from lenticular.server.wiring import Cloud

_PATHS = frozenset({"/health", "/metrics"})


class Operations:
    """Health and metrics of one server."""

    def __init__(
        self,
        configuration: Configuration,
        cloud: Cloud,
        metrics: Metrics,
        peers: Peers | None = None,
    ) -> None:
        """Answer for all workers, where there are several; `peers` are they."""
        self._peers = peers
        self._configuration = configuration
        self._cloud = cloud
        self._metrics = metrics
        self._started = time.monotonic()

    async def answer_unsigned(self, request: Request) -> Response | None:
        """Answer a health or metrics request that came to an interface's own port."""
        if request.path not in _PATHS or request.method != "GET":
            return None
        if request.raw_query or "authorization" in request.headers:
            return None
        if ".s3-website" in request.host:
            return None  # a page of a website may have that name
        if await self._cloud.storage.buckets.exists(request.path[1:]):
            return None
        return await self.answer(request)

    def is_asked(self, request: Request) -> bool:
        """Tell whether a request to the portal's port is a tool's: curl gets the front page."""
        if request.path == "/":
            return "text/html" not in request.headers.get("accept", "")
        return request.path in _PATHS

    async def answer(self, request: Request) -> Response:
        """Answer a request on the portal's port."""
        match request.path:
            case "/health":
                return await self._health()
            case "/metrics":
                return await self._counts()
            case "/":
                return self._front_page()
        text = f"There is no page {request.path} here; there are /, /health and /metrics.\n"
        return Response(404, [("Content-Type", "text/plain; charset=utf-8")], text.encode())

    async def _counts(self) -> Response:
        """Tell what all workers have counted."""
        if self._peers is None:
            return self._metrics.response()
        told = await self._peers.counts()
        return response_of({**told, self._peers.number: self._metrics.told()})

    async def _health(self) -> Response:
        """Say whether the stores answer and take writes. 503 when one does not.

        A full disk is no reason to send those away who read and delete.
        """
        document: dict[str, object] = {
            "status": "ok",
            "version": lenticular.__version__,
            "uptime_seconds": round(time.monotonic() - self._started, 3),
        }
        status = 200
        if self._peers is not None:
            # One that is missing is being started again, and its connections wait for it.
            serving = await self._peers.serving()
            document["workers"] = {"serving": serving, "of": self._peers.count}
        try:
            await self._cloud.store.ready()
            await self._cloud.blobs.check()
        except (StoreFull, BlobStoreFull) as error:
            document |= {"status": "full", "problem": str(error)}
        except Exception as error:  # whatever it is, it is what is to be reported
            status = 503
            document |= {"status": "failing", "problem": type(error).__name__}
        body = msgspec.json.encode(document)
        return Response(status, [("Content-Type", "application/json")], body)

    def _front_page(self) -> Response:
        lines = [f"Lenticular {lenticular.__version__}", ""]
        lines += [f"{name:<8}{self._configuration.url(name)}" for name in LISTENING]
        lines += ["", 'In a shell: eval "$(lenticular env)"', "Health: /health  Metrics: /metrics"]
        text = "\n".join(lines) + "\n"
        return Response(200, [("Content-Type", "text/plain; charset=utf-8")], text.encode())
