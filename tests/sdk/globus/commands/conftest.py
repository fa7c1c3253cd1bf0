"""`globus` as applications run it, each in a process that stays."""

import json
import os
import subprocess
from pathlib import Path

import pytest

VENV = os.environ.get("VENV") or str(Path(__file__).parents[4] / ".venv")
PYTHON = f"{VENV}-globus-cli/bin/python"
DRIVER = Path(__file__).with_name("driver.py")
SERVICES = {"AUTH": "/", "GROUPS": "", "SEARCH": "", "TIMER": "", "TRANSFER": ""}


class Robot:
    """An application at its command line."""

    def __init__(self, client_id, environment):
        self.identity_id = client_id
        self.ran = []
        self._process = subprocess.Popen(
            [PYTHON, DRIVER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def __call__(self, command, *arguments):
        """Run a command; return what it prints as JSON (where it has nothing to say, text)."""
        printed = self._run(command, *arguments, "--format", "json")
        return json.loads(printed) if printed.lstrip()[:1] in ("{", "[") else printed

    def shows(self, command, *arguments):
        """Run a command; return the text that it prints for people."""
        return self._run(command, *arguments, "--format", "text")

    def _run(self, command, *arguments):
        self.ran.append(command)
        words = [*command.split(), *map(str, arguments)]
        print(json.dumps(words), file=self._process.stdin, flush=True)
        done = json.loads(self._process.stdout.readline())
        assert done["status"] == 0, f"{' '.join(words)}: {done['out']}{done['err']}"
        return done["out"]

    def close(self):
        self._process.communicate()


@pytest.fixture
def new_robot(cloud, new_client, tmp_path):
    """``new_robot("name")``: an application of that name."""
    url, made = cloud.configuration.url("globus"), []

    def robot(name):
        client_id, secret = new_client(name)
        environment = {
            f"GLOBUS_SDK_SERVICE_URL_{service}": url + path for service, path in SERVICES.items()
        }
        environment |= {
            "HOME": str(tmp_path),
            "GLOBUS_CLI_CLIENT_ID": client_id,
            "GLOBUS_CLI_CLIENT_SECRET": secret,
        }
        made.append(Robot(client_id, environment))
        return made[-1]

    yield robot
    for one in made:
        one.close()


@pytest.fixture(scope="session")
def command_names():
    """All commands of `globus`, as one types them."""
    done = subprocess.run([PYTHON, DRIVER, "names"], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout))
