"""Bucket policies: those that were kept before they were bound go by ARN."""

import json

import msgspec
import pytest
from msgspec.structs import replace

from lenticular.primitives.access import AccessDenied
from lenticular.primitives.objects.keys import BUCKET
from lenticular.primitives.objects.records import encode
from lenticular.primitives.policies.documents import PrincipalUnknown, parse
from lenticular.primitives.principals import Principal


async def test_a_policy_of_before_goes_by_arn(storage, store, alice):
    await storage.buckets.create(alice, "samples", region="us-east-1")
    arn = f"arn:aws:iam::{alice.account_id}:user/gone"
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "s3:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    with pytest.raises(PrincipalUnknown):
        await storage.buckets.set_policy(alice, "samples", parse(document, "p", "resource"))
    bucket = await storage.buckets.find("samples")
    assert (bucket.policy, bucket.bindings) == ("", ())
    *before, _ = msgspec.msgpack.decode(encode(replace(bucket, policy=document)))
    record = msgspec.msgpack.encode(before)
    await store.transact(lambda tx: tx.set(BUCKET.pack("samples"), record))
    assert await storage.buckets.policy(alice, "samples") == document
    user = Principal(alice.account_id, arn, "AIDALATER", alice.canonical_id, kind="user")
    assert await storage.buckets.get(user, "samples")
    await storage.buckets.delete_policy(alice, "samples")
    with pytest.raises(AccessDenied):
        await storage.buckets.get(user, "samples")
    assert await storage.buckets.policy(alice, "samples") == ""
