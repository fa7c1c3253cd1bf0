"""A GridFTP server for tests: of this machine's files, to anonymous users."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PROGRAMS = ("globus-url-copy", "globus-gridftp-server")
"""Of Debian's globus-gass-copy-progs and globus-gridftp-server-progs."""


def is_installed() -> bool:
    """Tell whether the programs are there."""
    return all(map(shutil.which, PROGRAMS))


@contextmanager
def gridftp_server() -> Iterator[str]:
    """Run a server, as ``nobody`` where root may, and yield the URL of the machine's root."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    line = [PROGRAMS[1], "-aa", "-p", str(port), "-control-interface", "127.0.0.1"]
    line += ["-data-interface", "127.0.0.1"]
    if os.geteuid() == 0:
        line += ["-anonymous-user", "nobody", "-anonymous-group", "nogroup"]
    running = subprocess.Popen(line, stdout=subprocess.DEVNULL, umask=0)
    try:
        _wait_for(port, running)
        yield f"ftp://127.0.0.1:{port}"
    finally:
        running.kill()
        running.wait()


@contextmanager
def shared_folders(*names: str) -> Iterator[list[Path]]:
    """Make folders in which anybody, the servers too, may read and write."""
    with tempfile.TemporaryDirectory() as scratch:
        Path(scratch).chmod(0o755)
        folders = [Path(scratch, name) for name in names]
        for folder in folders:
            folder.mkdir()
            folder.chmod(0o777)
        yield folders


def _wait_for(port: int, running: subprocess.Popen[bytes]) -> None:
    while running.poll() is None:
        with suppress(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.01)
    raise RuntimeError("the GridFTP server has ended")
