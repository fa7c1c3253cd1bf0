"""The models, as botocore has them."""

import subprocess
import sys

import botocore
import botocore.model
import botocore.session
import pytest

from lenticular.apis.aws.wire import models, unmodelled

NAMES = ["s3", "dynamodb", "sts", "iam", "ec2", "lambda", "sqs", "route53", "cloudwatch", "iot"]


@pytest.fixture(scope="module")
def loader():
    return botocore.session.Session().get_component("data_loader")


@pytest.mark.parametrize("name", NAMES)
def test_a_model_says_what_botocore_says_of_it(loader, name):
    theirs = botocore.model.ServiceModel(loader.load_service_model(name, "service-2"), name)
    ours = models.load(name)
    assert ours.signing_name == theirs.signing_name
    assert ours.endpoint_prefix == theirs.endpoint_prefix
    assert ours.api_version == theirs.api_version
    assert theirs.resolved_protocol in ours.protocols
    assert ours.is_query_compatible == theirs.is_query_compatible
    own = unmodelled.OPERATIONS.get(name, {})
    assert list(ours.operations) == [*theirs.operation_names, *own]
    for at in (at for at in ours.operations.values() if at.name not in own):
        their = theirs.operation_model(at.name)
        assert at.handler_name == botocore.xform_name(at.name)
        assert (at.method, at.uri) == (their.http["method"], their.http["requestUri"])
        assert list(at.idempotency_tokens) == their.idempotent_members
        streams = their.has_event_stream_input or their.has_event_stream_output
        assert at.has_event_stream == streams
        members = their.input_shape.members if their.input_shape else {}
        assert list(at.input.members if at.input else {}) == list(members)
    assert {shape.name for shape in theirs.error_shapes} <= ours.errors.keys()


def test_the_traits_of_a_reference_stand_over_those_of_its_shape():
    model = models.load("s3")
    member = model.operations["PutObject"].input.members["ACL"]
    assert (member.name, member.type) == ("ObjectCannedACL", "string")
    assert member.wire_name("ACL") == "x-amz-acl"
    assert "private" in member.traits["enum"]
    again = model.operations["PutObject"].input.members["ACL"]
    assert again is member


def test_an_error_is_found_by_its_name_and_by_its_code():
    errors = models.load("iam").errors
    assert errors["NoSuchEntity"] is errors["NoSuchEntityException"]


def test_the_newest_version_of_a_model_is_read():
    assert models.load("lambda").api_version == "2015-03-31"
    assert models.load("cloudfront").api_version >= "2020-05-31"


def test_a_service_that_botocore_does_not_have():
    with pytest.raises(LookupError, match="no model of a service 'nothing'"):
        models.load("nothing")


def test_only_the_data_of_botocore_is_used():
    """Its code would take longer to import than the cloud takes to start."""
    program = (
        "import sys, lenticular.apis.aws.wire.api\n"
        "print(*(name for name in ('botocore.model', 'botocore.session', 'awscrt', 'urllib3')"
        " if name in sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
