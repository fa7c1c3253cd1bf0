"""The built-in agent: a child process that serves and moves the files of the server's collections.

It is started once there is a collection that needs it, by one process of the cloud, again
whenever it ends, and ends with whoever started it, for it reads a pipe from there. Control
comes to it as to every agent; the secret is made anew at each start.
"""

import asyncio
import logging
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final

import msgspec

from lenticular.agent.settings import Listening, Settings
from lenticular.primitives.agents import BUILT_IN
from lenticular.primitives.collections.builtin import is_served_by_server
from lenticular.server.certificates import files
from lenticular.server.configuration import Configuration, reachable
from lenticular.server.wiring import Cloud

_LOOK: Final = 5.0
"""Seconds between two looks for a collection that needs the agent, if none is signalled."""

_STEADY: Final = 10.0
"""Seconds after which the agent's end is no longer put down to how it began."""

_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 10.0
"""Seconds before it is started again when it ends again and again."""

_PATIENCE: Final = 15.0
"""Seconds that it has to end: what it moves is brought to a point to go on from."""

_log = logging.getLogger("lenticular.datanode")


@asynccontextmanager
async def data_node(configuration: Configuration, cloud: Cloud) -> AsyncIterator[None]:
    """Keep the built-in agent running while the context lasts, in one process of the cloud."""
    keeping = asyncio.create_task(
        cloud.leases.keep("built-in agent", partial(_keep, configuration, cloud))
    )
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def _keep(configuration: Configuration, cloud: Cloud) -> None:
    """Run the agent for ever, from when it is first needed."""
    await _until_needed(cloud)
    pause = 0.0
    while True:
        started = time.monotonic()
        try:
            ended = await _run(configuration, cloud)
        except Exception:
            _log.exception("the built-in agent cannot be started")
            ended = "could not be started"
        is_steady = time.monotonic() - started >= _STEADY
        pause = 0.0 if is_steady else min(max(2 * pause, _FIRST_PAUSE), _LONGEST_PAUSE)
        when = f"in {pause:.1f} s" if pause else "at once"
        _log.error("the built-in agent %s; it is started again %s", ended, when)
        await asyncio.sleep(pause)


async def _until_needed(cloud: Cloud) -> None:
    with cloud.agents.watch_wakes(BUILT_IN) as watch:
        while not await cloud.store.read(is_served_by_server):
            await watch.wait(_LOOK)


async def _run(configuration: Configuration, cloud: Cloud) -> str:
    """Run the agent to its end; return what is to be said of that."""
    settings = _settings(configuration)
    await cloud.agents.appoint(BUILT_IN, settings.display_name, settings.secret)
    process = await asyncio.create_subprocess_exec(
        *_command(configuration),
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,  # a Ctrl-C is for the server, which ends it
    )
    try:
        assert process.stdin is not None
        process.stdin.write(msgspec.json.encode(settings) + b"\n")
        _log.info("the built-in agent runs: process %d", process.pid)
        code = await process.wait()
        return f"(process {process.pid}) has ended with {code}"
    finally:
        await asyncio.shield(_end(process))


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the agent, unless it has ended, and wait for that."""
    with suppress(ProcessLookupError):
        process.terminate()
        try:
            async with asyncio.timeout(_PATIENCE):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _command(configuration: Configuration) -> list[str]:
    module = "lenticular.server.datanodeprocess"
    return [
        *(sys.executable, "-P", "-m", module),
        *(configuration.log_level, configuration.log_format),
    ]


def _settings(configuration: Configuration) -> Settings:
    """Return what the agent needs: it calls this machine, and trusts this very certificate."""
    certificate, key = files(configuration) if configuration.tls else ("", "")
    scheme = "https" if configuration.tls else "http"
    host, port = reachable(configuration.host), configuration.port("globus")
    return Settings(
        server=f"{scheme}://{host}:{port}",
        endpoint_id=BUILT_IN,
        secret=secrets.token_urlsafe(32),
        display_name="the server's own agent",
        trust=str(certificate),
        is_pinned=configuration.tls,
        listening=Listening(
            host=configuration.host,
            port=configuration.port("data"),
            url=configuration.url("data"),
            certificate=str(certificate),
            key=str(key),
        ),
    )
