"""Look after a collection: seal, lock, check, age, choose from, publish and take in data.

    eval "$(lenticular env)"
    python examples/data_manager.py [FOLDER]

FOLDER holds ``samples.csv`` and the files that it names, as for sample_collection.py, which
also says what is taken without one. Plain boto3 again: it runs on AWS unchanged. What was
stored is removed in the end, the locked files by who may bypass their lock.
"""

import argparse
import tempfile
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import urllib3
from botocore.exceptions import ClientError
from sample_collection import REGION, copy_pictures, read_samples

TOMORROW = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)


def main() -> None:
    """Do each of it once, on real files, and say what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, help="samples.csv and the files it names")
    arguments = parser.parse_args()
    s3, bucket = boto3.client("s3"), f"kept-{uuid.uuid4().hex[:8]}"
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.folder or copy_pictures(Path(scratch))
        samples = read_samples(folder)
        make_bucket(s3, bucket)
        try:
            store(s3, bucket, folder, samples[0]["file"])
            age(s3, bucket)
            choose(s3, bucket, folder, samples)
            take_in(s3, bucket, folder / samples[1]["file"])
        finally:
            remove(s3, bucket)


def make_bucket(s3: Any, bucket: str) -> None:
    """Make a bucket whose objects can be locked, are encrypted, and never become public."""
    s3.create_bucket(
        Bucket=bucket,
        ObjectLockEnabledForBucket=True,
        CreateBucketConfiguration={"LocationConstraint": REGION},
    )
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    never = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    s3.put_public_access_block(
        Bucket=bucket, PublicAccessBlockConfiguration=dict.fromkeys(never, True)
    )
    print(f"Bucket {bucket}: locked files stay, all is encrypted, nothing becomes public")
    expect("AccessDenied", "to publish it", s3.put_bucket_acl, Bucket=bucket, ACL="public-read")


def store(s3: Any, bucket: str, folder: Path, name: str) -> None:
    """Store a file with a checksum of its own, and retain it."""
    kept = s3.put_object(
        Bucket=bucket,
        Key=f"raw/{name}",
        Body=(folder / name).read_bytes(),
        ChecksumAlgorithm="SHA256",
        ObjectLockMode="GOVERNANCE",
        ObjectLockRetainUntilDate=TOMORROW,
    )
    print(
        f"raw/{name}: SHA-256 {kept['ChecksumSHA256']}, {kept['ServerSideEncryption']}, "
        f"retained until {TOMORROW:%Y-%m-%d %H:%M} UTC"
    )
    version = {"Bucket": bucket, "Key": f"raw/{name}", "VersionId": kept["VersionId"]}
    expect("AccessDenied", "to delete it", s3.delete_object, **version)
    expect(
        "PreconditionFailed",
        "to write over it unawares",
        s3.put_object,
        Bucket=bucket,
        Key=f"raw/{name}",
        Body=b"other",
        IfNoneMatch="*",
    )


def age(s3: Any, bucket: str) -> None:
    """Say what becomes of files as they age, and ask what becomes of a new one."""
    rules = [
        {
            "ID": "scratch-goes",
            "Status": "Enabled",
            "Filter": {"Prefix": "scratch/"},
            "Expiration": {"Days": 30},
        },
        {
            "ID": "raw-to-the-archive",
            "Status": "Enabled",
            "Filter": {"Prefix": "raw/"},
            "Transitions": [{"Days": 365, "StorageClass": "DEEP_ARCHIVE"}],
        },
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    s3.put_object(Bucket=bucket, Key="scratch/notes.txt", Body=b"not for long")
    answer = s3.head_object(Bucket=bucket, Key="scratch/notes.txt")
    print(f"scratch/notes.txt: {answer['Expiration']}")


def choose(s3: Any, bucket: str, folder: Path, samples: list[dict[str, str]]) -> None:
    """Ask a CSV file in the bucket for some of its lines."""
    s3.put_object(Bucket=bucket, Key="samples.csv", Body=(folder / "samples.csv").read_bytes())
    experiment = samples[0]["experiment"].replace("'", "''")
    answer = s3.select_object_content(
        Bucket=bucket,
        Key="samples.csv",
        ExpressionType="SQL",
        Expression=f'SELECT s."file" FROM S3Object s WHERE s."experiment" = \'{experiment}\'',
        InputSerialization={"CSV": {"FileHeaderInfo": "USE"}},
        OutputSerialization={"CSV": {}},
    )
    parts = [event["Records"]["Payload"] for event in answer["Payload"] if "Records" in event]
    files = b"".join(parts).decode().split()
    print(f"Files of {samples[0]['experiment']}, by SQL over samples.csv: {', '.join(files)}")


def take_in(s3: Any, bucket: str, file: Path) -> None:
    """Let somebody without credentials upload one file, by a form that says which."""
    form = s3.generate_presigned_post(
        bucket, f"inbox/{file.name}", Conditions=[["content-length-range", 1, 10_000_000]]
    )
    fields = {**form["fields"], "file": (file.name, file.read_bytes())}
    answer = urllib3.request("POST", form["url"], fields=fields)
    size = s3.head_object(Bucket=bucket, Key=f"inbox/{file.name}")["ContentLength"]
    print(f"inbox/{file.name}: {size:,} bytes by a form, status {answer.status}")


def expect(code: str, what: str, call: Any, **parameters: Any) -> None:
    """Try what is to be refused, and say that it was."""
    try:
        call(**parameters)
    except ClientError as error:
        found = error.response["Error"]["Code"]
        if found != code:
            raise
        print(f"  {what}: refused ({found})")
    else:
        raise SystemExit(f"it was possible {what}")


def remove(s3: Any, bucket: str) -> None:
    """Remove all versions, bypassing the lock that only governs, and the bucket."""
    listed = s3.list_object_versions(Bucket=bucket)
    for version in listed.get("Versions", []) + listed.get("DeleteMarkers", []):
        s3.delete_object(
            Bucket=bucket,
            Key=version["Key"],
            VersionId=version["VersionId"],
            BypassGovernanceRetention=True,
        )
    s3.delete_bucket(Bucket=bucket)
    print("Removed it all again, with the permission to bypass the lock")


if __name__ == "__main__":
    main()
