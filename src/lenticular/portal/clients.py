"""The portal's clients: it asks the cloud's own interfaces over HTTP, as the signed-in person."""

import asyncio
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from lenticular.portal.contract import Login, Site, TemporaryCredentials

_KEPT_CREDENTIALS = 600.0
"""Seconds for which lent credentials are used: less than they are good for."""
_MOST_CLIENTS = 128
_THREADS = 8
_TIMEOUT = 30.0

_OUTDATED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "InvalidAccessKeyId"}
)
"""What an interface says of credentials that have ended."""


_DENIALS = frozenset({"AccessDenied", "AccessDeniedException"})
"""What interfaces say of what one may not do, some with the status of a bad request."""


class Refused(Exception):
    """An interface refused what it was asked: its code, its message and its HTTP status."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    @property
    def is_denial(self) -> bool:
        """Whether the person may not do it, rather than it being wrong or missing."""
        return self.status == 403 or self.code in _DENIALS


class AwsClients:
    """Calls the AWS interface with botocore, each person with credentials of their own."""

    def __init__(self, site: Site, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._site = site
        self._clock = clock
        self._session: Any = None
        self._credentials: OrderedDict[bytes, tuple[float, TemporaryCredentials]] = OrderedDict()
        self._clients: OrderedDict[tuple[str, str], Any] = OrderedDict()
        # Threads of our own: what we wait for may itself need one of the server's.
        self._threads = ThreadPoolExecutor(_THREADS, "portal")
        self._creating = asyncio.Lock()

    async def call(self, login: Login, service: str, operation: str, **params: Any) -> Any:
        """Call an operation (``list_users``) as who has signed in and return its result.

        Raises `Refused`.
        """
        try:
            return await self._call(login, service, operation, params)
        except Refused as refusal:
            if refusal.code not in _OUTDATED:
                raise
        self.forget(login.session.session_id)
        return await self._call(login, service, operation, params)

    async def collect(
        self, login: Login, service: str, operation: str, member: str, **params: Any
    ) -> list[Any]:
        """Call a listing of IAM's kind until it is whole; return all that is in `member`.

        Raises `Refused`.
        """
        found: list[Any] = []
        while True:
            page = await self.call(login, service, operation, **params)
            found += page[member]
            if not page.get("IsTruncated"):
                return found
            params["Marker"] = page["Marker"]

    def forget(self, session_id: bytes) -> None:
        """Let the credentials of a session go."""
        _, credentials = self._credentials.pop(session_id, (0.0, None))
        if credentials is not None:
            for key in [key for key in self._clients if key[0] == credentials.access_key_id]:
                del self._clients[key]

    def close(self) -> None:
        """Let everything go."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _call(
        self, login: Login, service: str, operation: str, params: dict[str, Any]
    ) -> Any:
        client = await self._client(await self._lent(login), service)
        # Loaded by then: with the session of the first client.
        from botocore.exceptions import BotoCoreError, ClientError

        method = getattr(client, operation)
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._threads, lambda: method(**params))
        except ClientError as error:
            answer = error.response
            raise Refused(
                answer["Error"].get("Code", "Unknown"),
                answer["Error"].get("Message", str(error)),
                answer["ResponseMetadata"]["HTTPStatusCode"],
            ) from error
        except BotoCoreError as error:  # what botocore itself finds wrong with a value
            raise Refused(type(error).__name__, str(error), 400) from error

    async def _lent(self, login: Login) -> TemporaryCredentials:
        session_id = login.session.session_id
        until, credentials = self._credentials.get(session_id, (0.0, None))
        if credentials is None or self._clock() >= until:
            self.forget(session_id)
            credentials = await self._site.people.lend(login.person, mfa_time=login.mfa_time)
            self._credentials[session_id] = self._clock() + _KEPT_CREDENTIALS, credentials
            if len(self._credentials) > _MOST_CLIENTS:
                self.forget(next(iter(self._credentials)))
        return credentials

    async def _client(self, credentials: TemporaryCredentials, service: str) -> Any:
        key = credentials.access_key_id, service
        if key not in self._clients:
            async with self._creating:  # botocore's session is not for several threads
                loop = asyncio.get_running_loop()
                made = await loop.run_in_executor(self._threads, self._make, credentials, service)
            self._clients[key] = made
            if len(self._clients) > _MOST_CLIENTS:
                self._clients.popitem(last=False)
        self._clients.move_to_end(key)
        return self._clients[key]

    def _make(self, credentials: TemporaryCredentials, service: str) -> Any:
        # A tenth of a start and of the memory, and many a cloud's portal is never entered.
        import botocore.session
        from botocore.config import Config

        if self._session is None:
            self._session = botocore.session.Session()
        site = self._site
        return self._session.create_client(
            service,
            region_name=site.region,
            endpoint_url=site.aws_url,
            aws_access_key_id=credentials.access_key_id,
            aws_secret_access_key=credentials.secret_access_key,
            aws_session_token=credentials.session_token,
            verify=str(site.ca_file) if site.ca_file is not None else None,
            config=Config(
                retries={"total_max_attempts": 1},
                connect_timeout=_TIMEOUT,
                read_timeout=_TIMEOUT,
                max_pool_connections=_THREADS,
                proxies={},
            ),
        )


def http_client(url: str, ca_file: Path | None) -> httpx.AsyncClient:
    """Return a client of an interface of this cloud."""
    verify: ssl.SSLContext | bool = True
    if ca_file is not None:
        verify = ssl.create_default_context(cafile=str(ca_file))
    elif url.startswith("http://"):  # reading the authorities would be a fifth of the start
        verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return httpx.AsyncClient(base_url=url, verify=verify, timeout=_TIMEOUT, trust_env=False)
