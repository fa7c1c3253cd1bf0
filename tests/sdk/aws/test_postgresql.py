"""The same tests pass on PostgreSQL: a few of them here, and all by ``make postgresql``."""

import os
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

CHOSEN = (
    "dynamodb/test_query.py",
    "dynamodb/test_transact_write_items.py",
    "s3/test_conditional_writes.py",
    "s3/test_list_object_versions.py",
)
"""Conditions, transactions, order, and what stands in several keys."""


def test_objects_and_tables_are_the_same_on_postgresql():
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *CHOSEN],
        cwd=HERE,
        env={**os.environ, "STORE": "postgresql", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    passed = re.search(r"(\d+) passed", ran.stdout)
    assert ran.returncode == 0, ran.stdout
    assert passed
    assert int(passed[1]) > 30
