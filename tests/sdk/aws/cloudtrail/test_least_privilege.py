"""Every CloudTrail operation asks policies: nothing without them, enough with its own action."""

import uuid
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from lenticular.server.interfaces import aws_services
from lenticular.server.wiring import build_in_memory

SELECTORS = {"EventSelectors": [{"ReadWriteType": "All"}]}
TAGS = {"TagsList": [{"Key": "team", "Value": "ice"}]}

# Operation: its parameters, and whether it is about a trail.
OPERATIONS = {
    "add_tags": (lambda at: {"ResourceId": at.arn, **TAGS}, True),
    "create_trail": (lambda at: {"Name": f"{at.name}-new", "S3BucketName": at.bucket}, True),
    "delete_trail": (lambda at: at.trail, True),
    "describe_trails": (lambda at: {}, False),
    "get_event_selectors": (lambda at: {"TrailName": at.name}, True),
    "get_trail": (lambda at: at.trail, True),
    "get_trail_status": (lambda at: at.trail, True),
    "list_public_keys": (lambda at: {}, False),
    "list_tags": (lambda at: {"ResourceIdList": [at.arn]}, True),
    "list_trails": (lambda at: {}, False),
    "lookup_events": (lambda at: {}, False),
    "put_event_selectors": (lambda at: {"TrailName": at.name, **SELECTORS}, True),
    "remove_tags": (lambda at: {"ResourceId": at.arn, **TAGS}, True),
    "start_logging": (lambda at: at.trail, True),
    "stop_logging": (lambda at: at.trail, True),
    "update_trail": (lambda at: at.trail, True),
}


@pytest.fixture
def at(aws, bucket):
    cloudtrail = aws("cloudtrail")
    name = f"trail-{uuid.uuid4().hex[:8]}"
    made = cloudtrail.create_trail(Name=name, S3BucketName=bucket)
    yield SimpleNamespace(name=name, arn=made["TrailARN"], trail={"Name": name}, bucket=bucket)
    for each in cloudtrail.list_trails()["Trails"]:
        if each["Name"].startswith(name):
            cloudtrail.delete_trail(Name=each["Name"])


@pytest.fixture
def user(aws, cloud):
    """``user(action, resource)``: CloudTrail as a new user who may only do this."""

    def make(action=None, resource="*"):
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        document = {"Version": "2012-10-17", "Statement": [statement]}
        policies = [document] if action else []
        return aws("cloudtrail", cloud.create_user(f"u-{uuid.uuid4().hex[:12]}", policies=policies))

    return make


def is_refused(client, operation, parameters):
    try:
        getattr(client, operation)(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] == "AccessDeniedException":
            return True
        raise
    return False


def test_every_operation_is_listed_here():
    services = {service.name: service for service in aws_services(build_in_memory())}
    assert set(OPERATIONS) == set(services["cloudtrail"].handlers)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_needs_its_action_on_its_trail_and_no_more(at, user, operation):
    parameters, is_of_trail = OPERATIONS[operation]
    action = "cloudtrail:" + "".join(word.capitalize() for word in operation.split("_"))
    assert is_refused(user(), operation, parameters(at))
    assert is_refused(user("cloudtrail:Nothing*"), operation, parameters(at))
    if is_of_trail:
        assert is_refused(user(action, f"{at.arn}-other"), operation, parameters(at))
    resource = f"{at.arn}*" if is_of_trail else "*"
    assert not is_refused(user(action, resource), operation, parameters(at))


def test_tags_of_a_new_trail_need_a_permission_of_their_own(at, user):
    parameters = OPERATIONS["create_trail"][0](at) | TAGS
    assert is_refused(user("cloudtrail:CreateTrail"), "create_trail", parameters)


def test_nobody_is_told_to_sign(aws):
    from botocore import UNSIGNED
    from botocore.config import Config

    client = aws("cloudtrail", config=Config(signature_version=UNSIGNED))
    with pytest.raises(ClientError) as caught:
        client.lookup_events()
    assert caught.value.response["Error"]["Code"] == "MissingAuthenticationTokenException"
