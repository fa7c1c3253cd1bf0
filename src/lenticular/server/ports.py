"""Where a cloud listens: ports that are free or held, whether ours answer, the local socket."""

import errno
import http.client
import os
import secrets
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from lenticular.server.configuration import LISTENING, PORTS

_ANSWER_TIMEOUT = 2.0
_BACKLOG = 2048
"""Connections that wait to be taken in; the system may allow fewer."""
_FREE = range(10_000, 32_000)
"""Where free ports are looked for: below those that systems lend to outgoing connections."""
_SUN_PATH = 103
"""Bytes that every system takes as the path of a Unix socket."""


class PortUnavailable(OSError):
    """A port that the cloud needs cannot be listened on; the message says what to do."""


def check(host: str, port_base: int) -> None:
    """Raise `PortUnavailable` unless every port of the existing interfaces is free."""
    for interface in LISTENING:
        port = port_base + PORTS[interface]
        if (problem := _problem(host, port)) is None:
            continue
        if problem == errno.EADDRINUSE:
            raise PortUnavailable(
                f"port {port} ({interface}) is in use by {holder(port)}; stop that, or choose "
                f"other ports, for example --port-base {free_base(host)}"
            )
        raise _cannot_listen(host, port, problem)


def free_base(host: str) -> int:
    """Return a port base whose ports are all free now. Raises `PortUnavailable` for a bad host."""
    while True:
        base = _FREE.start + secrets.randbelow(len(_FREE))
        problems = {_problem(host, base + offset) for offset in PORTS.values()} - {None}
        if not problems:
            return base
        if problem := next(iter(problems - {errno.EADDRINUSE}), None):
            raise _cannot_listen(host, base, problem)


def answers(host: str, port_base: int, *, tls: bool = False) -> bool:
    """Whether every interface answers an HTTP request, and the portal says that all is well."""
    for interface in LISTENING:
        status = _status(host, port_base + PORTS[interface], tls=tls)
        if status is None or (interface == "portal" and status != http.HTTPStatus.OK):
            return False
    return True


def serves_data(host: str, port_base: int, *, tls: bool = False) -> bool:
    """Whether the built-in agent answers, which listens once there is a collection it serves."""
    return _status(host, port_base + PORTS["data"], tls=tls) is not None


def _status(host: str, port: int, *, tls: bool) -> int | None:
    """Return the status with which a port answers an HTTP request; None when it does not."""
    connection = _connection(host, port, tls=tls)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Return a socket that listens on `port`; with `shared` several may, each on a share.

    The kernel gives each connection to one of them (socket(7), ``SO_REUSEPORT``).
    """
    return socket.create_server(
        (host, port), family=_family(host), backlog=_BACKLOG, reuse_port=shared
    )


@contextmanager
def listen_locally(path: Path) -> Iterator[socket.socket]:
    """Listen on a socket file that only its owner can open, while the context lasts."""
    path.unlink(missing_ok=True)
    mask = os.umask(0o177)
    try:
        listener = socket.socket(socket.AF_UNIX)
        with socket_address(path) as address:
            listener.bind(address)
    finally:
        os.umask(mask)
    listener.listen(_BACKLOG)
    try:
        yield listener
    finally:
        listener.close()
        path.unlink(missing_ok=True)


def _connection(host: str, port: int, *, tls: bool) -> http.client.HTTPConnection:
    if not tls:
        return http.client.HTTPConnection(host, port, timeout=_ANSWER_TIMEOUT)
    # Asks whether anybody is there and tells nothing, so that any certificate is good: one
    # that the cloud was given need not be for the address it is asked at here.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(host, port, timeout=_ANSWER_TIMEOUT, context=context)


def holder(port: int) -> str:
    """Name the process that listens on `port`, as far as the system lets us see."""
    links = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if any(str(entry.readlink()) in links for entry in (folder / "fd").iterdir()):
                return f"{(folder / 'comm').read_text().strip()} (process {folder.name})"
    return "another process"


def _listening_inodes(port: int) -> set[str]:
    """Return the inodes of sockets listening on `port`: see proc_pid_net(5), ``tcp``."""
    inodes = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        with suppress(OSError):
            for line in table.read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                    inodes.add(fields[9])
    return inodes


def _problem(host: str, port: int) -> int | None:
    """Return why `port` cannot be listened on, as an errno; None when it can."""
    try:
        socket.create_server((host, port), family=_family(host)).close()
    except OSError as error:
        return error.errno or errno.EADDRNOTAVAIL
    return None


def _cannot_listen(host: str, port: int, problem: int) -> PortUnavailable:
    return PortUnavailable(
        f"cannot listen on {host} port {port} ({errno.errorcode.get(problem, problem)}); "
        f"choose another --host or --port-base"
    )


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


@contextmanager
def socket_address(path: Path) -> Iterator[str]:
    """Give an address of the Unix socket `path` that is short enough to bind or connect to.

    The system takes at most 107 bytes (unix(7), ``sun_path``) and data folders can lie
    deep; a long path goes by way of an open folder. Valid inside the ``with`` only.
    """
    if len(os.fsencode(path)) <= _SUN_PATH:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)
