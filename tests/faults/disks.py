"""Disks that are small, full, read-only or broken: real ones, or the test is skipped."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .server import PATIENCE, Server

MIB = 1024 * 1024


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """Mount a file system of `size` bytes in memory."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    folder.mkdir()
    mounted = _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder)
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr}")
    try:
        yield folder
    finally:
        _run("umount", "--lazy", folder)


def set_read_only(disk: Path, *, to: bool) -> None:
    """Let the disk take no writes any more, not even through files that are open; or again."""
    how = "ro" if to else "rw"
    done = _run("mount", "-o", f"remount,{how}", disk)
    assert done.returncode == 0, done.stderr


def left(disk: Path) -> int:
    """Return how many bytes are left."""
    usage = os.statvfs(disk)
    return usage.f_bavail * usage.f_frsize


@contextmanager
def filled(disk: Path, *, but: int = 0) -> Iterator[None]:
    """Let another program take all the room but so many bytes."""
    file = disk / "of another program"
    with file.open("wb") as output:
        os.posix_fallocate(output.fileno(), 0, max(left(disk) - but, 1))
    try:
        yield
    finally:
        file.unlink()


@contextmanager
def failing(server: Server, calls: str, error: str, path: Path | None = None) -> Iterator[None]:
    """Let system calls of a running server fail, those on `path` if one is given.

    `calls` are their names with commas between, `error` is the name of the error.
    """
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed: it makes system calls fail")
    assert server.running
    command = [strace, "-f", "-o", os.devnull, "-e", f"trace={calls}"]
    command += ["-e", f"inject={calls}:error={error}", "-p", str(server.running.pid)]
    if path is not None:
        command += ["-P", str(path)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracing:
        assert tracing.stderr
        told = tracing.stderr.readline()
        while told and "attached" not in told:
            told = tracing.stderr.readline()
        if not told:
            pytest.skip("strace may not attach to a process here")
        try:
            yield
        finally:
            tracing.terminate()  # it lets go of the server
            tracing.wait(PATIENCE)


def _run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True)


def flip(file: Path, at: int) -> None:
    """Flip a bit of the byte at this place."""
    with file.open("r+b") as opened:
        opened.seek(at)
        byte = opened.read(1)[0]
        opened.seek(at)
        opened.write(bytes([byte ^ 1 << at % 8]))
