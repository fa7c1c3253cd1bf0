"""The limits of the machine: what no server on it can be faster than."""

import hashlib
import os
import socket
import tempfile
import threading
import time
from pathlib import Path

from benchmarks.report import Table

MIB = 1024 * 1024
SYNCS = 300
WRITTEN = 256 * MIB
DIGESTED = 128 * MIB
SENT = 2048 * MIB


def measure_limits(folder: Path | None = None) -> Table:
    """Measure the disk of `folder` (None: where temporary files are), digests and loopback."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        path = Path(scratch) / "file"
        rows = [
            ["disk: writes of 4 KiB, each synced", f"{_syncs(path):,.0f} fsync/s"],
            ["disk: one large write, synced at its end", f"{_written(path):,.0f} MB/s"],
        ]
    rows += [
        [f"{name.upper()}, one core", f"{_digested(name):,.0f} MB/s"] for name in ("md5", "sha256")
    ]
    rows.append(["loopback, one connection", f"{_sent():,.0f} MB/s"])
    return Table("Limits of this machine", ["what", "measured"], rows)


def _syncs(path: Path) -> float:
    """Return how often a second a small write gets to the disk: what durability costs here."""
    with path.open("wb") as file:
        began = time.perf_counter()
        for _ in range(SYNCS):
            file.write(b"x" * 4096)
            file.flush()
            os.fdatasync(file.fileno())
        return SYNCS / (time.perf_counter() - began)


def _written(path: Path) -> float:
    block = os.urandom(MIB)
    with path.open("wb", buffering=0) as file:
        began = time.perf_counter()
        for _ in range(WRITTEN // MIB):
            file.write(block)
        os.fdatasync(file.fileno())
        return WRITTEN / 1e6 / (time.perf_counter() - began)


def _digested(name: str) -> float:
    block = os.urandom(MIB)
    digest = hashlib.new(name, usedforsecurity=False)
    began = time.perf_counter()
    for _ in range(DIGESTED // MIB):
        digest.update(block)
    return DIGESTED / 1e6 / (time.perf_counter() - began)


def _sent() -> float:
    """Return the MB/s from one thread to another over a TCP connection of this machine."""
    block = bytes(MIB)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sender = socket.create_connection(listener.getsockname())
        receiver, _ = listener.accept()

    def send() -> None:
        with sender:
            for _ in range(SENT // MIB):
                sender.sendall(block)

    thread = threading.Thread(target=send)
    began = time.perf_counter()
    thread.start()
    buffer = bytearray(MIB)
    received = 0
    with receiver:
        while size := receiver.recv_into(buffer):
            received += size
    took = time.perf_counter() - began
    thread.join()
    return received / 1e6 / took
