"""A link of 1 Gb/s with a round trip of 50 ms: two network namespaces, a cable, tc netem."""

import os
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.servers import NotInstalled, program

RATE = "1gbit"
DELAY = "25ms"
"""Each way."""


@dataclass(frozen=True)
class Link:
    """Two ends, as prefixes of commands that run there, and the address of the far one."""

    near: list[str]
    far: list[str]
    address: str = "10.77.0.2"


@contextmanager
def shaped_link() -> Iterator[Link]:
    """Lay the cable. Raises NotInstalled where that is not permitted."""
    ip = program("ip", "it is in Debian's iproute2")
    if os.geteuid() != 0:
        raise NotInstalled("network namespaces need root")
    tag = uuid.uuid4().hex[:6]
    near, far = f"near-{tag}", f"far-{tag}"
    ends = {near: "10.77.0.1/24", far: "10.77.0.2/24"}
    try:
        for name in ends:
            _run(ip, "netns", "add", name)
        _run(ip, "link", "add", f"n{tag}", "type", "veth", "peer", "name", f"f{tag}")
        for (name, address), cable in zip(ends.items(), (f"n{tag}", f"f{tag}"), strict=True):
            inside = [ip, "netns", "exec", name]
            _run(ip, "link", "set", cable, "netns", name)
            _run(*inside, ip, "address", "add", address, "dev", cable)
            _run(*inside, ip, "link", "set", "lo", "up")
            _run(*inside, ip, "link", "set", cable, "up")
            netem = ("netem", "rate", RATE, "delay", DELAY, "limit", "20000")
            _run(*inside, "tc", "qdisc", "add", "dev", cable, "root", *netem)
        yield Link([ip, "netns", "exec", near], [ip, "netns", "exec", far])
    finally:
        for name in ends:
            subprocess.run([ip, "netns", "delete", name], check=False, capture_output=True)


def _run(*line: str) -> None:
    done = subprocess.run(line, check=False, capture_output=True, text=True)
    if done.returncode:
        raise NotInstalled(f"{' '.join(line)}: {done.stderr.strip()}")
