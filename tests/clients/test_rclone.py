"""``rclone`` of Debian."""

import json
import re


def test_page(run_page, s3):
    printed = run_page("rclone", "rclone", "curl")
    assert "0 differences found" in printed
    assert "1 matching files" in printed
    assert "3 matching files" in printed

    keys = [item["Key"] for item in s3.list_objects_v2(Bucket="rclone-lab")["Contents"]]
    assert keys == ["piped.csv", "plate/day1/cells & debris.csv", "plate/scan.raw", "scan.raw"]
    sent = s3.head_object(Bucket="rclone-lab", Key="plate/scan.raw")
    moved = s3.head_object(Bucket="rclone-lab", Key="scan.raw")
    assert sent["ETag"].endswith('-3"')
    assert moved["Metadata"] == sent["Metadata"]  # the time of change and the MD5 sum
    listed = json.loads(re.search(r"^\[\n.*?^\]$", printed, re.MULTILINE | re.DOTALL)[0])
    hashes = {item["Name"]: item["Hashes"]["md5"] for item in listed if not item["IsDir"]}
    small = s3.head_object(Bucket="rclone-lab", Key="plate/day1/cells & debris.csv")
    assert f'"{hashes["cells & debris.csv"]}"' == small["ETag"]
    assert len(hashes["scan.raw"]) == 32
    assert "rclone-away" not in [item["Name"] for item in s3.list_buckets()["Buckets"]]
