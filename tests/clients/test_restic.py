"""``restic`` of Debian."""

import re


def test_page(run_page, s3):
    printed = run_page("restic", "restic")
    assert "no errors were found" in printed
    first, second = re.findall(r"^Added to the repository: (\S+ \w+)", printed, re.MULTILINE)
    assert first.startswith("19.")
    assert second.endswith("KiB")  # the copy was not stored again
    assert "2 snapshots\n" in printed
    assert "1 snapshots have been removed" in printed

    stored = s3.list_objects_v2(Bucket="restic-lab")["Contents"]
    folders = [item["Key"].partition("/")[0] for item in stored]
    assert folders.count("snapshots") == 1
    assert folders.count("locks") == 0
    assert sum(item["Size"] for item in stored) < 21_000_000
