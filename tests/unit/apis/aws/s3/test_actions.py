"""The catalogue of S3's actions: what is asked for is in it, and typos are not."""

import pytest
from tests.sdk.aws.s3.permissions import OPERATIONS

from lenticular.apis.aws.s3.actions import actions, is_action
from lenticular.primitives.objects import rights


@pytest.mark.parametrize(
    "pattern",
    ["*", "s3:*", "s3:GetObject", "S3:getobject", "s3:Get*", "s3:*Tagging", "s3:?etObject"],
)
def test_what_stands_for_an_action(pattern):
    assert is_action(pattern)


@pytest.mark.parametrize(
    "pattern", ["", "s3:Foo", "s3:GetObjects", "GetObject", "iam:*", "s3:", "s3:[A-Z]*", "s3:Gett*"]
)
def test_what_stands_for_none(pattern):
    assert not is_action(pattern)


def test_every_action_that_is_ever_asked_for_is_known():
    asked = set()
    for _, on_bucket, on_objects in OPERATIONS.values():
        asked |= {f"s3:{action}" for action in (*on_bucket, *on_objects)}
    assert asked | set(rights._BUCKET_GRANTS) | set(rights._OBJECT_GRANTS) <= actions()
