"""What it costs a request that its sender is authenticated and authorised, within the process."""

import asyncio
import json
import statistics
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from benchmarks.report import Table
from lenticular.apis.http import Request
from lenticular.primitives.identities.directory import GROUPS
from lenticular.primitives.objects import Attributes
from lenticular.primitives.objects.rights import require_on_object
from lenticular.primitives.principals import Principal
from lenticular.server.configuration import Configuration
from lenticular.server.interfaces import aws_api
from lenticular.server.wiring import Cloud, build_in_memory
from lenticular.testing.values import stream

BUCKET, KEY, SIZE = "samples", "picture", 4096
USER = "student"
GROUPS_OF_USER, POLICIES_OF_GROUP = 5, 10
REQUESTS = 5_000
TARGET = 60
"""Microseconds that both together may cost at the median."""


def measure_access() -> Table:
    """Return the median costs for a user with 50 policies, by where the signature stands."""
    table = Table(
        f"Who is it, and may they? GET of {SIZE // 1024} KiB as a user with "
        f"{GROUPS_OF_USER * POLICIES_OF_GROUP} policies",
        ["signature", "authenticate µs", "authorise µs", "together µs", f"of {TARGET} µs"],
    )
    for name, signer in (("header", S3SigV4Auth), ("link", S3SigV4QueryAuth)):
        authenticate, authorise = asyncio.run(_measure(signer))
        both = authenticate + authorise
        figures = [f"{value:.1f}" for value in (authenticate, authorise, both)]
        table.rows.append([name, *figures, f"{both / TARGET:.0%}"])
    return table


async def _measure(signer: type[S3SigV4Auth]) -> tuple[float, float]:
    """Return the medians, in microseconds, of checking a signature and of asking policies."""
    cloud = build_in_memory()
    credentials = await _furnish(cloud)
    api = aws_api(Configuration(), cloud)
    make_request = _signed(signer, credentials)
    found = await cloud.storage.objects.get(await _root(cloud), BUCKET, KEY)
    authenticate, authorise = [], []
    for _ in range(REQUESTS):
        request = make_request()
        route = await api.route(request)
        begin = time.perf_counter()
        caller = await api.authenticate(request, route)
        authenticate.append(time.perf_counter() - begin)
        call, _, _ = await api.parse(request, route, caller)
        begin = time.perf_counter()
        require_on_object(call.principal, found.bucket, KEY, found.version, "s3:GetObject")
        authorise.append(time.perf_counter() - begin)
    await cloud.close()
    return statistics.median(authenticate) * 1e6, statistics.median(authorise) * 1e6


async def _furnish(cloud: Cloud) -> Credentials:
    """Make a bucket with an object, and a user who may read it by the last of many policies."""
    identities = cloud.identities
    root = await _root(cloud)
    account_id = root.account_id
    await cloud.storage.buckets.create(root, BUCKET, region="us-east-1")
    await cloud.storage.objects.put(root, BUCKET, KEY, stream(bytes(SIZE)), Attributes())
    await identities.users.create(account_id, USER)
    for group in range(GROUPS_OF_USER):
        name = f"group-{group}"
        await identities.groups.create(account_id, name)
        await identities.groups.add_user(account_id, name, USER)
        for number in range(POLICIES_OF_GROUP):
            bucket = f"other-{group}-{number}"
            if (group, number) == (GROUPS_OF_USER - 1, POLICIES_OF_GROUP - 1):
                bucket = BUCKET
            policy = await identities.policies.create(account_id, bucket, _policy(bucket))
            await identities.attachments.attach(GROUPS, account_id, name, policy.arn)
    key, secret = await identities.keys.create(account_id, USER)
    return Credentials(key.access_key_id, secret)


async def _root(cloud: Cloud) -> Principal:
    first = await cloud.identities.first_account()
    return await cloud.identities.read(
        lambda reader: cloud.identities.root_principal(reader, first.account_id)
    )


def _policy(bucket: str) -> str:
    """Return a policy as people write them: of several statements, one with a condition."""
    arn = f"arn:aws:s3:::{bucket}"
    statements = [
        {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": arn},
        {"Effect": "Allow", "Action": ["s3:GetObject*", "s3:PutObject"], "Resource": f"{arn}/*"},
        {
            "Effect": "Deny",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def _signed(signer: type[S3SigV4Auth], credentials: Credentials) -> Callable[[], Request]:
    """Return what makes the same signed request again and again."""
    host = "127.0.0.1:4201"
    signed = AWSRequest("GET", f"http://{host}/{BUCKET}/{KEY}", headers={"Host": host})
    signer(credentials, "s3", "us-east-1").add_auth(signed)
    url = urlsplit(signed.url)
    headers = {name.lower(): value for name, value in signed.headers.items()}

    def make() -> Request:
        return Request(
            id="benchmark",
            method="GET",
            raw_path=url.path,
            path=url.path,
            raw_query=url.query,
            headers=headers,
            client="127.0.0.1",
            received=time.time(),
        )

    return make
