"""One worker of a cloud that runs as several processes; its supervisor starts it.

    python -m lenticular.server.worker DESCRIPTOR

The descriptor is that of the socket to the supervisor. When its other end is closed without
a word the supervisor is gone, and with it whoever could stop this process: it ends at once.
What it has acknowledged is on the disk.
"""

import asyncio
import os
import signal
import socket
import sys
import threading
from contextlib import suppress

from lenticular.server import orders, process
from lenticular.server.place import Place


def main(descriptor: int) -> None:
    """Take orders, serve until SIGTERM or SIGINT, and close in good order."""
    supervisor = socket.socket(fileno=descriptor)
    _keep_from_children(descriptor)
    with supervisor.makefile("rb") as lines:
        text = lines.readline()
    if not text:
        return
    threading.Thread(target=_end_with, args=(supervisor,), daemon=True).start()
    ordered = orders.orders(text)
    _keep_from_children(ordered.lock, *ordered.listeners.values())
    place = Place(
        ordered.number,
        ordered.configuration.workers,
        {name: socket.socket(fileno=number) for name, number in ordered.listeners.items()},
        lambda: begin(supervisor, ordered.configuration.worker_patience),
    )
    try:
        process.run(ordered.configuration, place)
    except process.ProcessError as error:
        supervisor.sendall(orders.line(orders.Refused(str(error))))
        sys.exit(1)


def begin(supervisor: socket.socket, patience: float) -> None:
    """Tell the supervisor that this worker serves, and then that it goes on doing so."""
    supervisor.sendall(orders.line(orders.Begun()))
    loop = asyncio.get_running_loop()
    message = orders.line(orders.Beat())

    def beat() -> None:
        # Nobody reads while the supervisor is stopped: it must not stop us, and has enough to read.
        with suppress(OSError):
            supervisor.send(message, socket.MSG_DONTWAIT)
        loop.call_later(patience / orders.BEATS, beat)

    beat()


def _keep_from_children(*descriptors: int) -> None:
    """Close descriptors in the programs that this process starts: they may outlive it."""
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)


def _end_with(supervisor: socket.socket) -> None:
    """Wait until the supervisor is gone, and end this process as it was ended."""
    with suppress(OSError):  # it is reset, where beats came that nobody has read
        supervisor.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main(int(sys.argv[1]))
