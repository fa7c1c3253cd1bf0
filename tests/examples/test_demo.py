"""The demo as ``make demo`` runs it."""

import os
import re
import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).parents[2] / "examples" / "demo.sh"


def run_demo(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the demo with its temporary data in `folder`."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "TMPDIR": str(folder), "KEEP": ""} | variables
    return subprocess.run(
        ["bash", str(DEMO)], check=False, capture_output=True, text=True, env=environment
    )


def test_demo_runs_the_examples_and_leaves_nothing(tmp_path):
    ran = run_demo(tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "6 samples stored, and fetched again without credentials: same bytes." in ran.stdout
    assert "Found by the word moon" in ran.stdout
    assert re.search(r"^DELETE /by-hand-\w+  204", ran.stdout, re.MULTILINE)
    assert list(tmp_path.iterdir()) == []


def test_kept_demo_goes_on_and_says_how_to_stop(tmp_path):
    ran = run_demo(tmp_path, KEEP="1")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    (scratch,) = tmp_path.iterdir()
    (stop,) = re.findall(r"^  lenticular stop --data (\S+) && rm -r \S+$", ran.stdout, re.MULTILINE)
    stopped = subprocess.run(
        [sys.executable, "-m", "lenticular", "stop", "--data", stop],
        check=True,
        capture_output=True,
        text=True,
    )
    assert stop == str(scratch / "cloud")
    assert "has stopped" in stopped.stdout


def test_failing_demo_says_so_and_leaves_nothing(tmp_path):
    ran = run_demo(tmp_path, LENTICULAR_SMALL_OBJECT_THRESHOLD="none")
    assert ran.returncode != 0
    assert "LENTICULAR_SMALL_OBJECT_THRESHOLD" in ran.stderr
    assert list(tmp_path.iterdir()) == []
