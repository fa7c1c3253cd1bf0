"""A process that has all of the server imported, and forks a server whenever it is asked to.

Most of a start is the reading of modules and of service models. The zygote has done that, and
so a start takes a tenth of a second. What it forks runs the same `lenticular.server.process.serve`
as the command line, in a process group of its own, and dies of a real SIGKILL.

    python -m tests.faults.zygote       one order a line comes in, one answer a line goes out
"""

import gc
import importlib
import json
import mmap
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from .conditions import Conditions, meet
from .moments import Aim, lay

REPOSITORY = Path(__file__).parents[2]


class Zygote:
    """The zygote, seen from the tests. Threads may share it."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zygote"],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # who interrupts the tests does not interrupt it
        )
        self._ask({})  # it answers when it is ready

    def start(
        self,
        flags: Mapping[str, object],
        output: Path,
        *,
        aim: Aim | None = None,
        is_armed: bool = False,
        seed: str = "",
        conditions: Conditions | None = None,
    ) -> "Forked":
        """Fork a server that has the settings `flags`, and writes to the file `output`.

        With an `aim` it is killed at that moment, counted from when it is armed. `seed` names
        a fault of `seeds.py` that it is to have, `conditions` what it is to find itself in.
        """
        order = {
            "flags": dict(flags),
            "output": str(output),
            "seed": seed,
            "conditions": conditions or {},
        }
        pid = self._ask({"start": order, "aim": aim, "armed": is_armed})
        return Forked(self, pid)

    def arm(self) -> None:
        """Let the aim of the process count from now on."""
        self._ask({"arm": True})

    def reap(self, pid: int) -> int:
        """Return the exit code of a process that has ended, and forget it."""
        code: int = self._ask({"reap": pid})
        return code

    def close(self) -> None:
        """End it."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def _ask(self, order: dict[str, Any]) -> Any:
        assert self._process.stdin
        assert self._process.stdout
        with self._turn:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())


class Forked:
    """A process that a zygote forked: what `subprocess.Popen` is for others."""

    def __init__(self, zygote: Zygote, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._zygote = zygote
        self._handle = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self.returncode if self._has_ended(0) else None

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end, and return the exit code."""
        if not self._has_ended(timeout):
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        assert self.returncode is not None
        return self.returncode

    def kill(self) -> None:
        """Kill it, and what it started, at this very moment."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def _has_ended(self, timeout: float | None) -> bool:
        if self.returncode is None and select.select([self._handle], [], [], timeout)[0]:
            os.close(self._handle)
            self.returncode = self._zygote.reap(self.pid)
        return self.returncode is not None


def main() -> None:
    """Carry out orders until there are no more."""
    prepare()
    armed = mmap.mmap(-1, 1)
    strikes, strike = os.pipe()
    orders = os.fdopen(os.dup(0), "rb", buffering=0)
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    while True:
        if strikes in select.select([strikes, orders], [], [])[0]:
            carry_out_strike(os.read(strikes, 4096))
            continue
        line = orders.readline()
        if not line:
            return
        order, answer = json.loads(line), 0
        if "start" in order:
            armed[0] = order["armed"]
            answer = os.fork()
            if answer == 0:
                aim = order["aim"] and Aim(*order["aim"])
                os.close(strikes)
                become_server(order["start"], aim, armed, strike)
            lead_group(answer)  # it does so too, and whoever comes first has done it for both
        elif "arm" in order:
            armed[0] = True
        elif "reap" in order:
            answer = os.waitstatus_to_exitcode(os.waitpid(order["reap"], 0)[1])
        answers.write(json.dumps(answer).encode() + b"\n")


def prepare() -> None:
    """Do once what every start would do: read the modules, and the models of the services."""
    from lenticular.server.configuration import Configuration
    from lenticular.server.interfaces import aws_api
    from lenticular.server.wiring import build_in_memory

    aws_api(Configuration(), build_in_memory()).coverage()
    for name in modules_of_server():
        with suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()


def modules_of_server() -> list[str]:
    """Return what a server has imported that was started and stopped: some of it late."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)  # or all would wait for one that does not answer
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        with tempfile.TemporaryDirectory() as folder:
            serve({"data": folder, "port_base": 0}, lambda _: signal.raise_signal(signal.SIGTERM))
        with os.fdopen(writing, "w") as file:
            file.write("\n".join(sys.modules))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        names = file.read().splitlines()
    os.waitpid(pid, 0)
    return names


def serve(flags: dict[str, Any], ready: Callable[[object], None] = lambda record: None) -> None:
    """Do what ``lenticular start`` does when it has understood its options."""
    from lenticular.server import process
    from lenticular.server.settings import load

    process.serve(load(flags), ready)


def become_server(order: dict[str, Any], aim: Aim | None, armed: mmap.mmap, strike: int) -> None:
    """Be the server that was ordered, and end as it."""
    lead_group(0)
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for descriptor in (1, 2):
        os.dup2(output, descriptor)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.closerange(3, strike)
    os.closerange(strike + 1, 100)
    code = 1
    try:
        if order["seed"]:
            from .seeds import sow

            sow(order["seed"])
        meet(order["conditions"])
        if aim:
            lay(aim, lambda: bool(armed[0]), lambda delay: ask_for_strike(strike, delay))
        serve(order["flags"])
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def lead_group(pid: int) -> None:
    """Let a process, 0 for this one, be the first of a group, which can be killed as a whole."""
    with suppress(ProcessLookupError):
        os.setpgid(pid, pid)


def ask_for_strike(strike: int, delay: float) -> None:
    """Have the zygote kill this process: it has nothing else to do, and so is on time."""
    os.write(strike, f"{os.getpid()} {delay}\n".encode())


def carry_out_strike(line: bytes) -> None:
    """Kill who asked for it, when it asked for it."""
    pid, delay = line.split()
    time.sleep(float(delay))
    with suppress(ProcessLookupError):
        os.killpg(int(pid), signal.SIGKILL)


if __name__ == "__main__":
    main()
