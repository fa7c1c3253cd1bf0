"""The way to another server, which a test can shut: that server is away then, for us."""

import socket
import threading
from contextlib import suppress


class Gate:
    """Listens on `port` and carries bytes to and from the server on another port."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._open = True
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def shut(self) -> None:
        """Break every connection off, and let none in any more."""
        with self._lock:
            self._open = False
            for end in self._ends:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def reopen(self) -> None:
        """Let connections in again."""
        with self._lock:
            self._open = True

    def close(self) -> None:
        """End it."""
        self.shut()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                here, _ = self._listener.accept()
                with self._lock:
                    if not self._open:
                        here.close()
                        continue
                    there = socket.create_connection(("127.0.0.1", self._target))
                    self._ends |= {here, there}
                for pair in ((here, there), (there, here)):
                    threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(256 * 1024):
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            self._ends.discard(source)
        source.close()
