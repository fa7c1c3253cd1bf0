"""Runs the cloud: opens it, listens, keeps house in the background, and closes in good order."""

import asyncio
import logging
import resource
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, nullcontext

from lenticular.apis.http import Request
from lenticular.server import certificates, ports, starting
from lenticular.server.administration import serve
from lenticular.server.administration.contract import Site
from lenticular.server.app import App
from lenticular.server.changes import follow_changes
from lenticular.server.configuration import LISTENING, Configuration, ConfigurationError
from lenticular.server.datanode import data_node
from lenticular.server.housekeeping import keep_house
from lenticular.server.http import Handler, Limits, Listener, Send
from lenticular.server.http.asgi import Application, handler_of
from lenticular.server.interfaces import aws_api, globus_api
from lenticular.server.logs import configure
from lenticular.server.metrics import Metrics
from lenticular.server.operations import Operations
from lenticular.server.peers import Peers
from lenticular.server.place import ADMINISTRATION, ADMINISTRATION_SOCKET, ALONE, Place
from lenticular.server.portal import open_portal
from lenticular.server.wiring import Cloud, open_cloud

_OWN_FILES = 128
"""Files that are open without any connection, at most."""

_RENEWAL_INTERVAL = 24 * 3600.0
"""Seconds between two looks at how long the certificate lasts."""

_log = logging.getLogger("lenticular.server")


async def run(configuration: Configuration, place: Place = ALONE) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way and close.

    The caller holds the data folder and has resolved the ports. `place` tells which of the
    cloud's processes this is.
    """
    configure(configuration.log_level, configuration.log_format, place.worker)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    async with open_cloud(configuration) as cloud:
        await cloud.identities.first_account()
        async with (
            follow_changes(cloud),
            serving(configuration, cloud, place),
            keep_house(configuration, cloud),
        ):
            starting.settle()
            place.begun()
            _log.info("ready", extra={"url": configuration.url("aws")})
            await stopping.wait()
            _log.info("stopping")
    _log.info("stopped")


@asynccontextmanager
async def serving(
    configuration: Configuration, cloud: Cloud, place: Place = ALONE
) -> AsyncIterator[None]:
    """Listen on every port of `configuration` while the context lasts."""
    metrics = Metrics()
    peers = None if place.is_alone else Peers(configuration.data, place)
    operations = Operations(configuration, cloud, metrics, peers)
    cloud.agents.url = configuration.url("globus")
    aws = aws_api(configuration, cloud)
    apps: dict[str, Handler] = {
        "aws": App(aws, cloud.audit, cloud.spending, metrics, operations),
        "globus": App(
            globus_api(configuration, cloud), cloud.audit, cloud.spending, metrics, operations
        ),
    }
    secured = certificates.server_context(configuration) if configuration.tls else None
    async with (
        nullcontext() if peers is None else peers.answering(metrics.told),
        open_portal(configuration, cloud, aws.coverage()) as portal,
        _listening(
            configuration,
            cloud,
            {"portal": _front_door(portal, operations)} | apps,
            secured,
            place,
        ),
        cloud.agents.attended(),
        data_node(configuration, cloud),
    ):
        yield


def _front_door(portal: Application, operations: Operations) -> Handler:
    """Return what serves the portal's port: people by the portal, tools by the operations."""
    for_people = handler_of(portal)

    async def handle(request: Request, send: Send) -> None:
        if operations.is_asked(request):
            await send(await operations.answer(request))
        else:
            await for_people(request, send)

    return handle


@asynccontextmanager
async def _listening(
    configuration: Configuration,
    cloud: Cloud,
    apps: Mapping[str, Handler],
    secured: ssl.SSLContext | None,
    place: Place,
) -> AsyncIterator[None]:
    limits = Limits(
        configuration.max_request_head,
        configuration.idle_timeout,
        configuration.max_connections,
        _descriptors_of_connections(),
    )
    administration = Listener(_administration(Site(cloud, configuration)), limits)
    with _sockets(configuration, place) as sockets:
        opened = [(Listener(app, limits, secured), sockets[name]) for name, app in apps.items()]
        opened.append((administration, sockets[ADMINISTRATION]))
        async with cloud.evaluation.running():
            for listener, at in opened:
                await listener.open(at)
            renewing = asyncio.create_task(_renew(secured, configuration))
            try:
                yield
            finally:
                renewing.cancel()
                patience = configuration.shutdown_timeout
                await asyncio.gather(*(listener.close(patience) for listener, _ in opened))


def _administration(site: Site) -> Handler:
    """Return what serves the socket in the data folder."""
    answer = serve(site)

    async def handle(request: Request, send: Send) -> None:
        await send(await answer(request))

    return handle


def _descriptors_of_connections() -> int:
    """Return how many files may be open when a connection is taken in.

    The rest is for the files that connections read and write, one each, and for the store.
    """
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max(most - _OWN_FILES, 0) // 2 + _OWN_FILES // 2


async def _renew(secured: ssl.SSLContext | None, configuration: Configuration) -> None:
    """Replace the certificate, for new connections, before it expires."""
    while secured is not None:
        await asyncio.sleep(_RENEWAL_INTERVAL)
        try:
            await asyncio.to_thread(certificates.load, secured, configuration)
        except (ConfigurationError, OSError):
            _log.exception("the certificate was not renewed")


@contextmanager
def _sockets(configuration: Configuration, place: Place) -> Iterator[Mapping[str, socket.socket]]:
    """Give the sockets to listen on: those that were handed over, or our own."""
    if not place.is_alone:
        yield place.listeners
        return
    with ports.listen_locally(configuration.data / ADMINISTRATION_SOCKET) as local:
        yield {ADMINISTRATION: local} | {
            name: ports.listen(configuration.host, configuration.port(name)) for name in LISTENING
        }
