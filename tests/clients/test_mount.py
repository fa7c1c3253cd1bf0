"""``rclone mount`` and ``s3fs``: buckets as folders."""

import os
import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def mounting(tmp_path):
    """Skips where nothing can be mounted; afterwards nothing is mounted below the reader's home."""
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError as error:
        pytest.skip(f"/dev/fuse cannot be used: {error.strerror}")
    yield
    for line in Path("/proc/self/mounts").read_text().splitlines():
        point = line.split()[1]
        if point.startswith(f"{tmp_path}/"):
            subprocess.run(["fusermount3", "-u", "-z", point], check=True, timeout=20)


@pytest.mark.usefixtures("mounting")
def test_page(run_page, s3, tmp_path):
    printed = run_page("mount", "rclone", "s3fs", "fusermount3")
    assert "20000000" in printed  # ls -l of the renamed file
    found = s3.list_objects_v2(Bucket="mount-lab")["Contents"]
    files = {item["Key"]: item["Size"] for item in found if not item["Key"].endswith("/")}
    assert files == {"third/day1/cells.csv": 3893 + 100, "third/scan.raw": 20_000_004}
    scan = s3.get_object(Bucket="mount-lab", Key="third/scan.raw")
    assert scan["Metadata"]["mode"] == str(0o100640)
    assert scan["Body"].read() == (tmp_path / "plate/scan.raw").read_bytes()
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()
