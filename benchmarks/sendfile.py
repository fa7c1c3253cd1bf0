"""GET of 16 MiB beside nginx, which has the kernel send the same file: the most there can be."""

import os
import re
import statistics
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.load import CONNECTIONS, OURS, Test, tabulate
from benchmarks.report import Table
from benchmarks.servers import Server, nginx, program

SIZE = 16 * 1024 * 1024
NAME = "file"
TEST = Test("GET 16 MiB", {"nginx": 0.7})


def measure_sendfile(secs: int, rounds: int) -> list[Table]:
    """Measure GETs of one file. Raises NotInstalled without wrk or nginx."""
    wrk = program("wrk", "it is a package of Debian, apt-get install wrk")
    content = os.urandom(SIZE)
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        peer = stack.enter_context(nginx(Path(scratch)))
        (peer.data / "files" / NAME).write_bytes(content)
        servers = [stack.enter_context(start(Path(scratch))) for start in OURS]
        ours = [server.name for server in servers]
        urls = {server.name: _link(server, content) for server in servers}
        urls[peer.name] = f"{peer.url}/{NAME}"
        found: dict[str, list[dict[str, float]]] = {name: [] for name in urls}
        for _ in range(rounds):
            for name, url in urls.items():
                found[name].append(_load(wrk, url, secs))
                print(f"# GET 16 MiB {name} {found[name][-1]['rps']:.1f}/s", flush=True)
    figures = {
        f"get/{name}": {
            "rps": statistics.median(each["rps"] for each in each_round),
            "p99_ms": 0.0,
            "bad": sum(each["bad"] for each in each_round),
        }
        for name, each_round in found.items()
    }
    title = "GET of 16 MiB beside sendfile: requests per second"
    return [tabulate(title, {"get": TEST}, figures, ours)]


def _link(server: Server, content: bytes) -> str:
    client: Any = boto3.client(
        "s3",
        endpoint_url=server.url,
        aws_access_key_id=server.access_key,
        aws_secret_access_key=server.secret_key,
        region_name="us-east-1",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )
    client.create_bucket(Bucket="sendfile")
    client.put_object(Bucket="sendfile", Key=NAME, Body=content)
    place = {"Bucket": "sendfile", "Key": NAME}
    return str(client.generate_presigned_url("get_object", Params=place, ExpiresIn=3600))


def _load(wrk: str, url: str, secs: int) -> dict[str, float]:
    line = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{secs}s", "--timeout", "30s", url]
    told = subprocess.run(line, check=True, capture_output=True, text=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    return {"rps": float(rate[1]) if rate else 0.0, "bad": float(bad[1]) if bad else 0.0}
