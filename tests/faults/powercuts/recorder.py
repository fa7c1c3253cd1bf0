"""Records the system calls by which a program changes a folder, and what it sends, in one order.

`strace` stops every thread at the beginning and at the end of each of these calls, so the
order of its lines tells what was over before what began: an answer that is sent because a
sync has returned stands behind it. No clock is needed for that, and none would do.
"""

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import calls
from .calls import Call

_TRACED = (
    "open,openat,openat2,creat,write,pwrite64,writev,pwritev,pwritev2,lseek,"
    "truncate,ftruncate,fallocate,copy_file_range,sendfile,splice,"
    "rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,"
    "mkdir,mkdirat,rmdir,fsync,fdatasync,sync,syncfs,sync_file_range,"
    "sendto,sendmsg"
)

Tree = dict[str, bytes | None]
"""Content by path, below the recorded folder; None for a folder."""


@dataclass(frozen=True, slots=True)
class Run:
    """One process, from its start to its end."""

    calls: list[Call]
    left: Tree
    """What was in the folder then, for everybody who looked."""


class Recorder:
    """Records processes that change `folder`, one after the other."""

    def __init__(self, folder: Path, trace: Path) -> None:
        self.folder = folder
        self.output = trace.with_name("output")
        """Where programs that are started from outside may write what they have to say."""
        self.runs: list[Run] = []
        self._trace = trace
        self._lines = 0

    def command(self, program: Sequence[str], *options: str) -> list[str]:
        """Return the command line that runs `program` and records it.

        `options` of `strace` inject faults. Without any, only what is recorded is slowed down.
        """
        return [
            _strace(), "--follow-forks", "--decode-fds=path", "-xx",
            f"--string-limit={1 << 26}", f"--output={self._trace}", f"--trace={_TRACED}",
            *(options or ("--seccomp-bpf",)), *program,
        ]  # fmt: skip

    def run(self, program: Sequence[str], *options: str) -> str:
        """Run a program to its end, and record it; return what it printed.

        Raises `AssertionError` when it failed, other than by being killed.
        """
        command = self.command(program, *options)
        ran = subprocess.run(command, check=False, capture_output=True, text=True)
        assert ran.returncode in {0, -signal.SIGKILL, 128 + signal.SIGKILL}, ran.stderr
        self.ended()
        return ran.stdout

    def ended(self) -> None:
        """Take in what the process did, which has ended."""
        with self._trace.open(encoding="ascii") as lines:
            made = list(calls.read(lines, self.folder, self._lines))
        self._lines = max((call.end + 1 for call in made), default=self._lines)
        self.runs.append(Run(made, read_tree(self.folder)))
        self._trace.unlink()


def why_not() -> str:
    """Return why nothing can be recorded here; empty when it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    probe = [_strace(), "--follow-forks", "--seccomp-bpf", "--output=/dev/null", "true"]
    tried = subprocess.run(probe, check=False, capture_output=True, text=True)
    return f"strace may not trace here: {tried.stderr.strip()}" if tried.returncode else ""


def read_tree(folder: Path) -> Tree:
    """Return all files and folders below `folder`; sockets are nothing that lasts."""
    found: Tree = {}
    for path in folder.rglob("*"):
        kind = path.lstat().st_mode
        if stat.S_ISDIR(kind):
            found[str(path.relative_to(folder))] = None
        elif stat.S_ISREG(kind):
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def write_tree(folder: Path, tree: Tree) -> None:
    """Make `folder` hold exactly `tree`."""
    folder.mkdir(exist_ok=True)
    there = {""}
    for above, folders, files in os.walk(folder, topdown=False):
        below = above[len(str(folder)) + 1 :]
        for name in files:
            Path(above, name).unlink()
        for name in folders:
            path = f"{below}/{name}" if below else name
            if path in tree:
                there.add(path)
            else:
                Path(above, name).rmdir()
    for path, content in sorted(tree.items()):
        if content is not None:
            descriptor = os.open(f"{folder}/{path}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
        elif path not in there:
            Path(folder, path).mkdir(mode=0o700)


def _strace() -> str:
    return shutil.which("strace") or "strace"
