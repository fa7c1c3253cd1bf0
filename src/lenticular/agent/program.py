"""The program of an agent: says hello, serves, takes orders, and ends cleanly when it is told to.

It ends by SIGTERM and SIGINT, and with exit code 1 when the cloud has disowned it. As a child
of the server it gets its settings on the standard input, and ends when that is closed: then
the server is gone, however it ended.
"""

import asyncio
import logging
import platform
import signal
import sys
from contextlib import AsyncExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import uvloop

import lenticular
from lenticular.agent.answers import OpenPlace
from lenticular.agent.control import Control, ControlError, trusting
from lenticular.agent.listening import DataChannel, data_channel
from lenticular.agent.orders import OrderTaker
from lenticular.agent.settings import Settings
from lenticular.engines.connectors.opening import open_place
from lenticular.engines.connectors.peer import PeerFiles
from lenticular.engines.connectors.places import Announced
from lenticular.engines.movers.gridftp import GridFtpMover
from lenticular.engines.movers.messages import Hello

_FAREWELL: Final = 2.0
"""Seconds for saying goodbye."""

_log = logging.getLogger("lenticular.connect")


def run(settings: Settings) -> int:
    """Be the agent until it is ended; return the exit code."""
    return uvloop.run(_until_ended(settings))


def run_as_child() -> int:
    """Be the agent whose settings come on the standard input, until that is closed."""
    settings = msgspec.json.decode(sys.stdin.buffer.readline(), type=Settings)
    return uvloop.run(_until_ended(settings, with_parent=True))


async def _until_ended(settings: Settings, *, with_parent: bool = False) -> int:
    logging.getLogger("httpx").setLevel(logging.WARNING)  # it tells of every request
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    if with_parent:
        # The parent writes no more: what makes it readable is that it was closed.
        loop.add_reader(sys.stdin.fileno(), stopping.set)
    serving = asyncio.create_task(_serve(settings))
    ending = asyncio.create_task(stopping.wait())
    await asyncio.wait((serving, ending), return_when=asyncio.FIRST_COMPLETED)
    ending.cancel()
    if not serving.done():
        _log.info("the agent stops")
        serving.cancel()
    with suppress(asyncio.CancelledError):
        try:
            await serving
        except OSError as error:  # the cloud does not know the agent, or its port is taken
            _log.error("%s", error)
            return 1
    _log.info("the agent has stopped")
    return 0


async def _serve(settings: Settings) -> None:
    """Be the agent for ever. Raises `ControlError` for what will not pass by itself."""
    peer = partial(PeerFiles, trusted=trusting(settings))
    opener: OpenPlace = partial(open_place, folders=settings.folders, peer=peer)
    async with AsyncExitStack() as stack:
        control = await stack.enter_async_context(Control(settings))
        channel = await stack.enter_async_context(data_channel(settings, control, opener))
        await control.insist("POST", "hello", _hello(settings, channel))
        _log.info("connected to %s as %s", settings.server, settings.display_name)
        for folder in settings.folders or ():
            _log.info("offers %s (%s)", folder.path, folder.permission)
        try:
            await OrderTaker(control, opener, GridFtpMover(opener), channel.dial).run()
        finally:
            with suppress(ControlError, TimeoutError):
                async with asyncio.timeout(_FAREWELL):
                    await control.call("POST", "farewell")


def _hello(settings: Settings, channel: DataChannel) -> Hello:
    listening = settings.listening
    return Hello(
        version=lenticular.__version__,
        machine=platform.node(),
        folders=settings.folders or (),
        home=_home(settings.folders or ()),
        addresses=(listening.url,) if listening is not None else (),
        fingerprint=channel.fingerprint,
        gridftp=settings.gridftp,
    )


def _home(folders: tuple[Announced, ...]) -> str:
    """Return where a person's paths begin: in their home, if that is offered."""
    if not folders:
        return "/"
    home = Path.home()
    if any(home.is_relative_to(folder.path) for folder in folders):
        return str(home)
    return folders[0].path
