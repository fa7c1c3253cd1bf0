"""The control channel as an agent sees it: calls to the cloud, tried again while it is away."""

import asyncio
import logging
import secrets
import ssl
from types import TracebackType
from typing import Any, Final, Self

import httpx
import msgspec

import lenticular
from lenticular.agent.settings import Settings

_CONNECT: Final = 10.0
_READ: Final = 30.0
"""Seconds for which an answer is waited for, beyond those that it may take by itself."""

_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 30.0
"""Seconds before the cloud is called again that did not answer, again and again."""

_PASSING: Final = frozenset({408, 425, 429})
"""Statuses, beside those of 500 and above, of what is to be tried again."""

_log = logging.getLogger("lenticular.connect")


class ControlError(OSError):
    """The cloud does not do what the agent asked for; the message says why."""


class CloudAbsent(ControlError):
    """The cloud cannot be reached, or is not able to answer now: try again."""


class Disowned(ControlError):
    """The cloud does not know this agent any more."""


class Control:
    """Calls the cloud. Use it as an async context manager."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client = self._connected()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def call(
        self, method: str, path: str, document: Any = None, kind: Any = None, *, wait: float = 0.0
    ) -> Any:
        """Return the answer to one call as a `kind` (None: nothing is expected).

        It may take `wait` seconds more than others. Raises `CloudAbsent`, `Disowned` and,
        for what the cloud refuses, `ControlError`.
        """
        content = None if document is None else msgspec.json.encode(document)
        try:
            response = await self._client.request(
                method,
                f"/agent/v1/{path}",
                content=content,
                timeout=httpx.Timeout(_CONNECT, read=_READ + wait, write=_READ + wait),
            )
        except (httpx.TransportError, ssl.SSLError) as error:
            raise CloudAbsent(f"{self._settings.server} does not answer: {_told(error)}") from error
        return _result(response, kind)

    async def insist(
        self, method: str, path: str, document: Any = None, kind: Any = None, *, wait: float = 0.0
    ) -> Any:
        """Return what `call` does, however long the cloud is away. Raises as it, but for that."""
        pauses = Pauses()
        while True:
            try:
                answer = await self.call(method, path, document, kind, wait=wait)
            except CloudAbsent as error:
                await pauses.pause(error)
                await self.reconnect()
            else:
                pauses.end()
                return answer

    async def reconnect(self) -> None:
        """Trust again what is to be trusted: the server's certificate may be another one."""
        if self._settings.is_pinned:
            old, self._client = self._client, self._connected()
            await old.aclose()

    def _connected(self) -> httpx.AsyncClient:
        settings = self._settings
        return httpx.AsyncClient(
            base_url=settings.server,
            auth=(settings.endpoint_id, settings.secret) if settings.endpoint_id else None,
            verify=trusting(settings) if settings.server.startswith("https:") else False,
            headers={
                "User-Agent": f"lenticular-connect/{lenticular.__version__}",
                "Content-Type": "application/json",
            },
            trust_env=not settings.is_pinned,
        )


class Pauses:
    """The growing pauses between attempts to reach a cloud that is away."""

    def __init__(self) -> None:
        self._last = 0.0

    async def pause(self, error: Exception) -> None:
        """Wait a while longer than the last time; the first time, say why."""
        if not self._last:
            _log.warning("%s; trying again", error)
        self._last = min(max(2 * self._last, _FIRST_PAUSE), _LONGEST_PAUSE)
        # By chance, so that all agents of a cloud do not come back at the same moment.
        await asyncio.sleep(self._last * (0.5 + secrets.randbelow(500) / 1000))

    def end(self) -> None:
        """Note that the cloud answers (again)."""
        if self._last:
            _log.info("the cloud answers again")
        self._last = 0.0


def trusting(settings: Settings) -> ssl.SSLContext:
    """Return what the server's certificate is checked with."""
    if not settings.trust:
        return ssl.create_default_context()
    context = ssl.create_default_context(cafile=settings.trust)
    if settings.is_pinned:
        context.check_hostname = False
        context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    return context


def _result(response: httpx.Response, kind: Any) -> Any:
    status = response.status_code
    if status == httpx.codes.UNAUTHORIZED:
        raise Disowned(f"the cloud does not know this agent (any more): {_message(response)}")
    if status >= 500 or status in _PASSING:
        raise CloudAbsent(f"the cloud answers with {status}: {_message(response)}")
    if status >= 300:
        raise ControlError(f"the cloud answers with {status}: {_message(response)}")
    if kind is None:
        return None
    try:
        return msgspec.json.decode(response.content, type=kind)
    except msgspec.DecodeError as error:
        raise ControlError(f"the cloud's answer is not understood: {error}") from error


def _message(response: httpx.Response) -> str:
    try:
        return str(response.json()["message"])
    except (ValueError, KeyError, TypeError):
        return response.text[:200]


def _told(error: Exception) -> str:
    return str(error) or type(error).__name__
