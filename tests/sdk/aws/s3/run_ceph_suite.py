"""Runs the S3 suite of the Ceph project against a cloud of its own: ``make conformance``.

The suite (github: ceph/s3-tests) is not part of this project: check it out, and make a
virtual environment ``.venv`` in it from its requirements.txt. Arguments after the folder
go to its pytest, for example ``-k multipart``.
"""

import configparser
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import boto3

HOW = """S3TESTS is not given. Check the suite out and prepare it once:

    git clone https://github.com/ceph/s3-tests
    python3 -m venv s3-tests/.venv
    s3-tests/.venv/bin/pip install -r s3-tests/requirements.txt

then run `make conformance S3TESTS=s3-tests`, with ARGS="-k NAME" for a part of it."""

# What is left out tests other things than S3, or Ceph's own extensions of it.
LEFT_OUT = (
    "fails_on_aws",
    "bucket_logging",
    "bucket_logging_cleanup",
    "webidentity_test",
    "s3select",
    "cloud_transition",
    "cloud_restore",
    "iam_tenant",
    "fails_without_logging_rollover",
    "sns",
)

PAGE = Path(__file__).parents[4] / "docs" / "conformance.md"
"""Says of every test that does not pass why."""

LIFECYCLE_DAY = 2
"""Seconds that a day lasts for lifecycle rules: tests wait for several."""

SETTINGS = {
    "LENTICULAR_LIFECYCLE_DAY": str(LIFECYCLE_DAY),
    "LENTICULAR_ISSUERS_OVER_HTTP": "true",
}
"""Of the cloud: the suite's OpenID Connect issuers have no TLS."""


@contextmanager
def running_cloud() -> Iterator[Path]:
    """Run a cloud on free ports; give its data folder."""
    with tempfile.TemporaryDirectory(prefix="lenticular-ceph-") as data:
        subprocess.run(
            ["lenticular", "start", "--quiet", "--detach", "--data", data, "--port-base", "0"],
            env=os.environ | SETTINGS,
            check=True,
        )
        try:
            yield Path(data)
        finally:
            subprocess.run(["lenticular", "stop", "--data", data], check=True)


def ask(*command: str) -> dict[str, str]:
    """Run a command of the cloud and return what it says."""
    return json.loads(subprocess.check_output(["lenticular", *command, "--json"]))


def configuration(data: Path) -> configparser.ConfigParser:
    """Return the suite's configuration: where the cloud is, and six identities in it."""
    main = ask("env", "--data", str(data))
    endpoint = urlsplit(main["AWS_ENDPOINT_URL"])
    config = configparser.ConfigParser()
    config["DEFAULT"] = {
        "host": str(endpoint.hostname),
        "port": str(endpoint.port),
        "is_secure": "False",
        "ssl_verify": "False",
    }
    config["fixtures"] = {
        "bucket prefix": "ceph-{random}-",
        "iam name prefix": "s3-tests-",
        "iam path prefix": "/s3-tests/",
    }
    config["s3 main"] = {
        "display_name": "lab",
        "user_id": main["CANONICAL_ID"],
        "email": "lab@example.com",
        "api_name": "lab",  # a location constraint: the first region is none
        "access_key": main["AWS_ACCESS_KEY_ID"],
        "secret_key": main["AWS_SECRET_ACCESS_KEY"],
        "lc_debug_interval": str(LIFECYCLE_DAY),
    }
    config["s3 main"].update(kms_keys(main))
    for section in ("s3 alt", "s3 tenant", "iam", "iam root", "iam alt root"):
        name = section.replace(" ", "-")
        email = f"{name}@example.com"
        account = ask("account", "create", name, "--email", email, "--data", str(data))
        config[section] = {
            "display_name": name,
            # The one is only compared with who it is, the others are named in grants.
            "user_id": account["account_id" if section == "iam root" else "canonical_id"],
            "email": email,
            "tenant": "",
            "access_key": account["access_key_id"],
            "secret_key": account["secret_access_key"],
        }
    return config


def kms_keys(environment: dict[str, str]) -> dict[str, str]:
    """Make the two keys that objects are encrypted with, and return the settings that name them.

    By their ARNs: these are what S3 answers, whatever it was asked for.
    """
    kms = boto3.client(
        "kms",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_DEFAULT_REGION"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    return {
        setting: kms.create_key()["KeyMetadata"]["Arn"] for setting in ("kms_keyid", "kms_keyid2")
    }


def main(folder: str, arguments: list[str]) -> int:
    """Run the suite in `folder` and return pytest's exit code."""
    if not folder:
        print(HOW, file=sys.stderr)
        return 2
    suite = Path(folder).absolute()
    with running_cloud() as data:
        file = data / "s3tests.conf"
        with file.open("w") as output:
            configuration(data).write(output)
        marks = " and ".join(f"not {mark}" for mark in LEFT_OUT)
        report = data / "report.xml"
        command = [suite / ".venv/bin/python", "-m", "pytest", "-m", marks, *arguments]
        code = subprocess.run(
            [*command, f"--junitxml={report}", "s3tests/functional"],
            cwd=suite,
            env=os.environ | {"S3TEST_CONF": str(file)},
            check=False,
        ).returncode
        summarise(report)
    return code


def summarise(report: Path) -> None:
    """Print how many tests passed, and which did not though no reason is written down."""
    outcomes: dict[str, bool] = {}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        bad = any(case.find(kind) is not None for kind in ("failure", "error", "skipped"))
        outcomes[name] = outcomes.get(name, True) and not bad
    known = set(re.findall(r"`(test_\w+)", PAGE.read_text()))
    for name, passed in outcomes.items():
        if not passed and name.rpartition("::")[2].partition("[")[0] not in known:
            print(f"does not pass, and {PAGE.name} does not say why: {name}")
    print(f"CONF {sum(outcomes.values())}/{len(outcomes)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
