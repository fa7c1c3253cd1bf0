"""Fixtures: a real cloud, started and left the way its users do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
KERNEL = "this-interpreter"


def lenticular(*arguments: str) -> str:
    """Run the command line and return what it prints."""
    command = [sys.executable, "-m", "lenticular", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


@pytest.fixture(scope="session")
def administer(tmp_path_factory):
    """``administer("collection", "list")``: what a command for the cloud answers, as JSON."""
    data = f"--data={tmp_path_factory.mktemp('cloud')}"
    lenticular("start", "--detach", "--port-base=0", data)
    try:
        yield lambda *arguments: json.loads(lenticular(*arguments, "--json", data))
    finally:
        lenticular("stop", "--force", data)


@pytest.fixture(scope="session")
def environment(administer):
    """The environment of somebody who took over ``lenticular env``, and has nothing else."""
    variables = administer("env")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    return clean | variables | nowhere


@pytest.fixture
def run_example(environment):
    """Run a file of examples/ and return what it prints, once it has ended well."""

    def run(name: str, *arguments: str, **variables: str) -> str:
        command = [sys.executable, str(ROOT / "examples" / name), *arguments]
        ran = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            env=environment | variables,
            timeout=120,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    return run


@pytest.fixture
def run_notebook(environment, tmp_path):
    """Execute a notebook where it lies; return the text of its tagged cells by tag."""

    def run(notebook: Path, **variables: str) -> dict[str, str]:
        # A kernel of this interpreter, whatever else is registered on the machine.
        kernel = tmp_path / "kernels" / KERNEL / "kernel.json"
        kernel.parent.mkdir(parents=True)
        launch = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        spec = {"argv": launch, "display_name": "Python", "language": "python"}
        kernel.write_text(json.dumps(spec))
        result = tmp_path / "result.ipynb"
        execute = [sys.executable, "-c", "from nbclient.cli import main; main()", str(notebook)]
        ran = subprocess.run(
            [*execute, f"--kernel_name={KERNEL}", f"--output={result}", "--timeout=120"],
            check=False,
            capture_output=True,
            text=True,
            env=environment | {"JUPYTER_PATH": str(tmp_path), "HOME": str(tmp_path)} | variables,
            timeout=180,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return {
            tag: "".join(output.get("text", "") for output in cell.outputs)
            for cell in nbformat.read(result, as_version=4).cells
            for tag in cell.metadata.get("tags", [])
        }

    return run
