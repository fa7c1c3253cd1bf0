"""Brings signals to the other processes that work on the same SQLite file.

Each event loop that watches has a Unix datagram socket in a folder beside the file. A
datagram names the topics that one batch of transactions signalled; an empty one stands for
all. Who ended without removing its socket is noticed by the first who writes to it.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

import msgspec

from lenticular.engines.kv.signals import Watches

_SUN_PATH = 103
"""Bytes that every system takes as the path of a Unix socket."""

_NAME_SIZE = 16
_LARGEST = 64 * 1024
"""Bytes of the longest datagram: a socket's buffer takes a few of them."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[bytes]).decode


class Post:
    """The sockets of this process, and its letters to those of the others."""

    def __init__(self, database: Path, watches: Watches) -> None:
        self._folder = database.absolute().with_name(database.name + "-signals")
        self._watches = watches
        self._boxes: dict[asyncio.AbstractEventLoop, _Box] = {}
        self._own: set[str] = set()
        self._changing = Lock()
        self._outgoing: socket.socket | None = None
        self._late: dict[str, set[bytes]] = {}

    @property
    def is_late(self) -> bool:
        """Whether a process has not taken its letter yet; `send` tries again."""
        return bool(self._late)

    @contextmanager
    def receiving(self) -> Iterator[None]:
        """Let letters wake the watches, on the running event loop, while the context lasts."""
        loop = asyncio.get_running_loop()
        with self._changing:
            box = self._boxes.get(loop)
            if box is None:
                box = self._boxes[loop] = _Box(self._folder, loop, self._watches)
                self._own.add(box.name)
            box.watches += 1
        try:
            yield
        finally:
            with self._changing:
                box.watches -= 1
                if not box.watches:
                    box.close()
                    self._own.discard(box.name)
                    del self._boxes[loop]

    def send(self, topics: Collection[bytes]) -> None:
        """Tell every other process of `topics`, without waiting for any of them.

        One thread calls this. A process that is too busy to take its letter gets it later,
        together with the next.
        """
        late, self._late = self._late, {}
        for name in self._others():
            due = late.get(name, set()).union(topics)
            if due and not self._deliver(name, due):
                self._late[name] = due

    def close(self) -> None:
        """Send no more."""
        if self._outgoing is not None:
            self._outgoing.close()

    def _others(self) -> list[str]:
        try:
            with os.scandir(self._folder) as entries:
                return [entry.name for entry in entries if entry.name not in self._own]
        except FileNotFoundError:
            return []  # nobody has ever watched

    def _deliver(self, name: str, topics: set[bytes]) -> bool:
        """Send one letter. False: not now."""
        if self._outgoing is None:
            self._outgoing = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._outgoing.setblocking(False)
        letter = _encode(list(topics))
        try:
            with _address(self._folder, name) as address:
                self._outgoing.sendto(letter if len(letter) <= _LARGEST else b"", address)
        except BlockingIOError:
            return False
        except ConnectionRefusedError:
            (self._folder / name).unlink(missing_ok=True)  # whose it was has ended
        except OSError:
            pass  # it has gone meanwhile, or is no socket
        return True


class _Box:
    """The socket of one event loop."""

    def __init__(self, folder: Path, loop: asyncio.AbstractEventLoop, watches: Watches) -> None:
        self.name = secrets.token_hex(_NAME_SIZE // 2)
        self.watches = 0
        self._path = folder / self.name
        self._loop = loop
        self._woken = watches
        folder.mkdir(mode=0o700, exist_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        with _address(folder, self.name) as address:
            self._socket.bind(address)
        loop.add_reader(self._socket, self._receive)

    def close(self) -> None:
        with suppress(RuntimeError):  # the loop is closed already
            self._loop.remove_reader(self._socket)
        self._path.unlink(missing_ok=True)
        self._socket.close()

    def _receive(self) -> None:
        with suppress(BlockingIOError):
            while True:
                letter = self._socket.recv(_LARGEST)
                if letter:
                    self._woken.wake(_decode(letter))
                else:
                    self._woken.wake_all()


@contextmanager
def _address(folder: Path, name: str) -> Iterator[str]:
    """Give an address of the socket `name` that is short enough (unix(7), ``sun_path``)."""
    if len(os.fsencode(folder)) + 1 + len(name) <= _SUN_PATH:
        yield f"{folder}/{name}"
        return
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{opened}/{name}"
    finally:
        os.close(opened)
