"""The cloud that is fuzzed: two accounts, buckets of every kind, and what nobody may touch."""

import hashlib
import json
import secrets
from dataclasses import dataclass

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from ..faults.server import Server
from .signing import Identity

OWNER, OTHER, GUEST = "owner", "other", "guest"
"""The first account's root, the second account's, and a user of the first who may do little."""

KINDS = (
    "plain",
    "versioned",
    "suspended",
    "locked",
    "sse",
    "kms",
    "policy",
    "website",
    "cors",
    "lifecycle",
    "logs",
)
SETTINGS = {"lifecycle_day": 20, "sweep_interval": 20}
"""Of the server: what happens once a day or an hour happens during a run."""

VAULT_KEYS = ("a", "b/c", "index.html", "large")
"""Keys in a vault that requests name. There is one more that they do not."""

_GUEST_POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": ["s3:Get*", "s3:List*", "s3:PutObject*"],
            "Resource": ["arn:aws:s3:::fuzz-owner-*"],
        }
    ],
}


@dataclass
class Sentinel:
    """An object that must stay as it is."""

    bucket: str
    key: str
    version_id: str
    digest: str


class World:
    """What the requests are about."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.port = server.port
        self.identities: dict[str, Identity] = {}
        self.buckets: dict[str, list[str]] = {}
        """By account, those that its own requests change."""
        self.vaults: dict[str, str] = {}
        """By account, a bucket that is addressed by everyone else's requests only."""
        self.marker = secrets.token_hex(12)
        """Stands in all that a vault holds; in no answer to anyone."""
        self.canonical_ids: list[str] = []
        self.kms_key = ""
        self._clients: dict[str, boto3.client] = {}
        self._sentinels: list[tuple[str, Sentinel]] = []

    def furnish(self) -> None:
        """Make the accounts, the buckets and the sentinels."""
        root = self.server.session.get_credentials()
        made = json.loads(self.server.run("account", "create", "others", "--json").stdout)
        sts = self.server.client("sts")
        account = sts.get_caller_identity()["Account"]
        self.identities[OWNER] = Identity(OWNER, root.access_key, root.secret_key, account)
        self.identities[OTHER] = Identity(
            OTHER, made["access_key_id"], made["secret_access_key"], made["account_id"]
        )
        self.identities[GUEST] = self._make_guest(account)
        self.kms_key = self.server.client("kms").create_key()["KeyMetadata"]["Arn"]
        for name in (OWNER, OTHER):
            self._furnish(name)
        self.identities["nobody"] = Identity("nobody", "", "", "")

    def account_of(self, name: str) -> str:
        """Return whose buckets an identity may change: `OWNER` or `OTHER`."""
        return OTHER if name == OTHER else OWNER

    def targets(self, name: str) -> list[str]:
        """Return the buckets that requests of an identity are about, its own above all."""
        own = self.account_of(name)
        others = [account for account in (OWNER, OTHER) if account != own]
        found = list(self.buckets[own])
        for account in others:
            found += [*self.buckets[account][:2], self.vaults[account]]
        # Who has no rights there may try on the vault of the own account, too.
        return found + ([self.vaults[own]] if name in {GUEST, "nobody"} else [])

    def damages(self) -> list[str]:
        """Return which sentinels are not as they were."""
        found = []
        for account, sentinel in self._sentinels:
            where = {"Bucket": sentinel.bucket, "Key": sentinel.key}
            try:
                answer = self.client(account).get_object(VersionId=sentinel.version_id, **where)
                digest = hashlib.sha256(answer["Body"].read()).hexdigest()
            except ClientError as error:
                digest = str(error)
            if digest != sentinel.digest:
                found.append(f"{sentinel.bucket}/{sentinel.key} is no more what it was: {digest}")
        for account, vault in self.vaults.items():
            versions = self.client(account).list_object_versions(Bucket=vault)
            count = len(versions.get("Versions", ())) + len(versions.get("DeleteMarkers", ()))
            expected = sum(vault == sentinel.bucket for _, sentinel in self._sentinels)
            if count != expected:
                found.append(f"{vault} has {count} versions in place of {expected}")
        return found

    def client(self, name: str) -> boto3.client:
        """Return S3 as an identity."""
        identity = self.identities[name]
        if name in self._clients:
            return self._clients[name]
        self._clients[name] = boto3.client(
            "s3",
            endpoint_url=f"http://127.0.0.1:{self.port}",
            aws_access_key_id=identity.access_key_id,
            aws_secret_access_key=identity.secret,
            region_name="us-east-1",
            config=Config(retries={"total_max_attempts": 1}),
        )
        return self._clients[name]

    def _make_guest(self, account: str) -> Identity:
        iam = self.server.client("iam")
        iam.create_user(UserName=GUEST)
        document = json.dumps(_GUEST_POLICY)
        iam.put_user_policy(UserName=GUEST, PolicyName="own", PolicyDocument=document)
        key = iam.create_access_key(UserName=GUEST)["AccessKey"]
        return Identity(GUEST, key["AccessKeyId"], key["SecretAccessKey"], account)

    def _furnish(self, account: str) -> None:
        s3 = self.client(account)
        self.canonical_ids.append(s3.list_buckets()["Owner"]["ID"])
        kinds = KINDS if account == OWNER else KINDS[:3]
        self.buckets[account] = [f"fuzz-{account}-{kind}" for kind in kinds]
        for name, kind in zip(self.buckets[account], kinds, strict=True):
            s3.create_bucket(Bucket=name, ObjectLockEnabledForBucket=kind == "locked")
            self._set_up(s3, name, kind)
            s3.put_object(Bucket=name, Key="a", Body=b"alpha,1\nbeta,2\n")
            s3.put_object(Bucket=name, Key="table.csv", Body=b"a,b\n1,x\n2,y\n")
            s3.put_object(Bucket=name, Key="rows.json", Body=b'{"a":{"b":[1,2,3]}}\n{"a":null}\n')
            s3.put_object(Bucket=name, Key="index.html", Body=b"<p>" + b"x" * 70_000)
        vault = self.vaults[account] = f"vault-{account}"
        s3.create_bucket(Bucket=vault)
        s3.put_bucket_versioning(Bucket=vault, VersioningConfiguration={"Status": "Enabled"})
        for key in (*VAULT_KEYS, f"hidden-{self.marker}"):
            for encryption in ({}, {"ServerSideEncryption": "AES256"}):
                body = f"secret {self.marker} {key}\n".encode() * (4000 if key == "large" else 1)
                made = s3.put_object(
                    Bucket=vault,
                    Key=key,
                    Body=body,
                    Metadata={"secret": self.marker},
                    Tagging=f"secret={self.marker}",
                    **encryption,
                )
                digest = hashlib.sha256(body).hexdigest()
                sentinel = Sentinel(vault, key, made["VersionId"], digest)
                self._sentinels.append((account, sentinel))

    def _set_up(self, s3: boto3.client, name: str, kind: str) -> None:
        match kind:
            case "versioned" | "suspended":
                status = "Enabled" if kind == "versioned" else "Suspended"
                s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
                s3.put_object(Bucket=name, Key="b/c", Body=b"of a version")
                s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": status})
            case "sse" | "kms":
                rule = {"SSEAlgorithm": "AES256"}
                if kind == "kms":
                    rule = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": self.kms_key}
                rules = {"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]}
                s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=rules)
            case "policy" | "website":
                s3.delete_public_access_block(Bucket=name)
                statement = {
                    "Effect": "Allow",
                    "Principal": "*",
                    "Action": ["s3:GetObject", "s3:PutObject"],
                    "Resource": f"arn:aws:s3:::{name}/*",
                }
                policy = {"Version": "2012-10-17", "Statement": [statement]}
                s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
                if kind == "website":
                    pages = {
                        "IndexDocument": {"Suffix": "index.html"},
                        "ErrorDocument": {"Key": "a"},
                    }
                    s3.put_bucket_website(Bucket=name, WebsiteConfiguration=pages)
            case "cors":
                rule = {"AllowedMethods": ["GET", "PUT"], "AllowedOrigins": ["https://*.example"]}
                s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [rule]})
            case "lifecycle":
                rule = {
                    "ID": "archive",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "b/"},
                    "Transitions": [{"Days": 0, "StorageClass": "GLACIER"}],
                    "Expiration": {"Days": 3},
                }
                rules = {"Rules": [rule]}
                s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration=rules)
