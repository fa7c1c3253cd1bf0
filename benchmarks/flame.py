"""Where the time goes: a flame graph of the server under load, as a picture.

    python -m benchmarks.flame [put4k|get4k|PutItem|GetItem] [--secs N] PICTURE.svg

py-spy looks at the stacks of the server's threads while wrk sends it requests; only those count
that run Python at that moment. Frames are functions, the wider the more often they were seen,
callers below. The picture has no script, and no path of the machine that it was made on.
"""

import argparse
import json
import subprocess
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import dropwhile
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from benchmarks.load import CONNECTIONS
from benchmarks.servers import Server, lenticular, program

RATE = 400
"""Looks at the stacks in a second."""
WIDTH, HEIGHT, MARGIN = 1200, 16, 24
"""Of the picture, of a frame, and of what stands around: in pixels."""
NARROWEST = 1.2
"""Pixels of the narrowest frame that is drawn."""
LETTER = 6.2
"""Pixels of a letter."""

_BEGINNINGS = (
    *("<frozen runpy>", "typer/", "asyncio/", "threading.py", "lenticular/__main__.py"),
    *("lenticular/cli/", "lenticular/server/main.py", "lenticular/server/process.py", "uvloop/"),
)

SCRIPT = """
wrk.method, wrk.body = %s, %s
%s
"""


@dataclass
class Frame:
    """A function in the place that it was called from."""

    name: str
    samples: int = 0
    called: dict[str, "Frame"] = field(default_factory=dict)

    def add(self, stack: Iterable[str], samples: int) -> None:
        """Count a stack that was seen so often, the caller first."""
        frame = self
        frame.samples += samples
        for name in stack:
            frame = frame.called.setdefault(name, Frame(name))
            frame.samples += samples

    @property
    def depth(self) -> int:
        """How many frames lie over each other at most."""
        return 1 + max((each.depth for each in self.called.values()), default=0)


def main() -> None:
    """Make one picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flame", description=__doc__)
    parser.add_argument("request", choices=("put4k", "get4k", "PutItem", "GetItem"))
    parser.add_argument("picture", type=Path)
    parser.add_argument("--secs", type=int, default=15)
    arguments = parser.parse_args()
    picture = draw(record(arguments.request, arguments.secs), arguments.request)
    arguments.picture.write_text(picture)
    print(f"{arguments.picture}: {len(picture) / 1000:.0f} kB")


def record(request: str, secs: int) -> Frame:
    """Load a server with one kind of request and return its stacks, added up."""
    wrk = program("wrk", "it is a package of Debian, apt-get install wrk")
    spy = program("py-spy", "make bench installs it, from the package py-spy")
    with tempfile.TemporaryDirectory() as folder, lenticular(Path(folder)) as server:
        url, script = _request(server, request)
        lua = Path(folder) / "request.lua"
        lua.write_text(script)
        line = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{secs + 3}s", f"-s{lua}", url]
        load = subprocess.Popen(line, stdout=subprocess.DEVNULL)
        stacks = Path(folder) / "stacks"
        subprocess.run(
            [
                *(spy, "record", f"--pid={server.pid}", f"--duration={secs}", f"--rate={RATE}"),
                *("--format=raw", "--function", "--gil", f"--output={stacks}"),
            ],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        load.wait()
        return _added_up(stacks.read_text().splitlines())


def _added_up(lines: Iterable[str]) -> Frame:
    root = Frame("all")
    for line in lines:
        stack, _, samples = line.rpartition(" ")
        frames = dropwhile(_leads_there, map(_plain, stack.split(";")))
        root.add(frames, int(samples))
    return root


def _leads_there(frame: str) -> bool:
    """Whether a frame only leads to where requests are served: all stacks begin so."""
    return any(f"({place}" in frame for place in _BEGINNINGS)


def _plain(frame: str) -> str:
    """Return a frame without what is this machine's: ``function (package/module.py)``."""
    function, _, place = frame.partition(" (")
    parts = place.rstrip(")").partition(":")[0].split("/")
    for package in ("lenticular", "site-packages", "lib"):
        if package in parts[:-1]:
            parts = parts[parts.index(package) + (package != "lenticular") :]
    return f"{function} ({'/'.join(parts)})" if place else function


def _request(server: Server, request: str) -> tuple[str, str]:
    """Return the address and the script for wrk that send one request, which is signed."""
    if request in ("put4k", "get4k"):
        return _object_request(server, request)
    client = boto3.client("dynamodb", **_place(server))
    key = {"p": {"S": "partition"}, "r": {"S": "sort"}}
    client.create_table(
        TableName="flame",
        KeySchema=[
            {"AttributeName": "p", "KeyType": "HASH"},
            {"AttributeName": "r", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in key],
        BillingMode="PAY_PER_REQUEST",
    )
    item = {**key, "n": {"N": "1"}, "note": {"S": "y" * 160}}
    client.put_item(TableName="flame", Item=item)
    params = {"Item": item} if request == "PutItem" else {"Key": key, "ConsistentRead": True}
    body = json.dumps({"TableName": "flame", **params})
    headers = {
        "X-Amz-Target": f"DynamoDB_20120810.{request}",
        "Content-Type": "application/x-amz-json-1.0",
    }
    signed = AWSRequest("POST", f"{server.url}/", data=body, headers=headers)
    credentials = Credentials(server.access_key, server.secret_key)
    SigV4Auth(credentials, "dynamodb", "us-east-1").add_auth(signed)
    lines = "\n".join(
        f"wrk.headers[{_lua(name)}] = {_lua(value)}" for name, value in signed.headers.items()
    )
    return server.url, SCRIPT % (_lua("POST"), _lua(body), lines)


def _object_request(server: Server, request: str) -> tuple[str, str]:
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"})
    client = boto3.client("s3", config=config, **_place(server))
    place = {"Bucket": "flame", "Key": "object"}
    client.create_bucket(Bucket="flame")
    client.put_object(**place, Body=bytes(4096))
    method = "put_object" if request == "put4k" else "get_object"
    url = client.generate_presigned_url(method, Params=place, ExpiresIn=3600)
    if request == "get4k":
        return url, SCRIPT % (_lua("GET"), "nil", "")
    return url, SCRIPT % (_lua("PUT"), "string.rep('x', 4096)", "")


def _place(server: Server) -> dict[str, str]:
    return {
        "endpoint_url": server.url,
        "aws_access_key_id": server.access_key,
        "aws_secret_access_key": server.secret_key,
        "region_name": "us-east-1",
    }


def _lua(text: str) -> str:
    return json.dumps(text)  # for what is sent here both languages quote alike


def draw(root: Frame, request: str) -> str:
    """Return the picture of stacks that were added up."""
    height = root.depth * HEIGHT + 2 * MARGIN
    title = f"{request}, {CONNECTIONS} connections: {root.samples:,} looks at running Python"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            'font-family="monospace" font-size="10">',
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            f'<text x="{WIDTH // 2}" y="16" font-size="13" text-anchor="middle">'
            f"{escape(title)}</text>",
            *_boxes(root, 0.0, height - MARGIN - HEIGHT, WIDTH / max(1, root.samples), root),
            "</svg>\n",
        ]
    )


def _boxes(frame: Frame, left: float, top: int, scale: float, root: Frame) -> Iterator[str]:
    width = frame.samples * scale
    if width < NARROWEST:
        return
    told = quoteattr(f"{frame.name}, {frame.samples / root.samples:.1%}")[1:-1]
    letters = int((width - 4) / LETTER)
    shown = frame.name if len(frame.name) <= letters else frame.name[: max(0, letters - 2)] + ".."
    yield (
        f'<g><title>{told}</title><rect x="{left:.1f}" y="{top}" width="{width:.1f}" '
        f'height="{HEIGHT - 1}" fill="{_colour(frame.name)}"/>'
    )
    if letters > 2:
        yield f'<text x="{left + 2:.1f}" y="{top + 11}">{escape(shown)}</text>'
    yield "</g>"
    for each in sorted(frame.called.values(), key=lambda called: called.name):
        yield from _boxes(each, left, top - HEIGHT, scale, root)
        left += each.samples * scale


def _colour(name: str) -> str:
    """Return the colour of a frame: blue for what is ours, else one of fire."""
    shade = zlib.crc32(name.encode()) % 50
    if "(lenticular/" in name:
        return f"hsl({190 + shade}, 70%, 75%)"
    return f"hsl({10 + shade}, 85%, 70%)"


if __name__ == "__main__":
    main()
