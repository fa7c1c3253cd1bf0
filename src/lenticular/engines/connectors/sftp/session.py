"""The connection to an SFTP server, made when it is first needed, and anew when it broke."""

import asyncio
from typing import Final

import asyncssh

from lenticular.engines.connectors.faults import Fault
from lenticular.engines.connectors.places import Sftp
from lenticular.engines.connectors.sftp.errors import told

_PATIENCE: Final = 30.0
"""Seconds that a server is given to answer, and to say that it is still there."""


class Session:
    """A connection."""

    def __init__(self, place: Sftp) -> None:
        self._place = place
        self._turn = asyncio.Lock()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None

    async def client(self) -> asyncssh.SFTPClient:
        """Return the client of a connection that is open. Raises `Fault`."""
        async with self._turn:
            if self._client is None or self._connection is None or self._connection.is_closed():
                with told("/"):
                    await self._connect()
            if self._client is None:
                raise RuntimeError("the session is closed")
            return self._client

    async def close(self) -> None:
        """End it."""
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.close()
            await connection.wait_closed()

    async def _connect(self) -> None:
        place = self._place
        if not place.host_key:
            raise Fault("AUTH", f"the key of {place.host} is not known, so it is not trusted")
        server = asyncssh.import_public_key(place.host_key)
        keys = [asyncssh.import_private_key(place.private_key)] if place.private_key else None
        self._connection = await asyncssh.connect(
            place.host,
            place.port,
            username=place.user,
            password=place.password or None,
            client_keys=keys,
            known_hosts=([server], [], []),
            config=None,
            agent_path=None,
            gss_host=None,
            connect_timeout=_PATIENCE,
            login_timeout=_PATIENCE,
            keepalive_interval=_PATIENCE / 2,
        )
        self._client = await self._connection.start_sftp_client()
