"""DescribeParameters, DeleteParameter(s), tags, and that every operation asks for permission."""

import uuid
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from lenticular.server.interfaces import aws_services
from lenticular.server.wiring import build_in_memory

TAGS = [{"Key": "team", "Value": "ice"}]


@pytest.fixture(scope="module")
def tree(ssm):
    root = f"/tree-{uuid.uuid4().hex[:8]}"
    for path, kind, tier, tags in (
        ("a", "String", "Standard", TAGS),
        ("b", "SecureString", "Standard", []),
        ("c/d", "StringList", "Advanced", [{"Key": "team", "Value": "sea"}]),
    ):
        ssm.put_parameter(Name=f"{root}/{path}", Value="treasure", Type=kind, Tier=tier, Tags=tags)
    return root


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"Key": "Type", "Values": ["String"]}, ["/a"]),
        ({"Key": "Type", "Values": ["String", "StringList"]}, ["/a", "/c/d"]),
        ({"Key": "Tier", "Values": ["Advanced"]}, ["/c/d"]),
        ({"Key": "KeyId", "Values": ["alias/aws/ssm"]}, ["/b"]),
        ({"Key": "tag:team", "Values": ["ice"]}, ["/a"]),
        ({"Key": "tag:team"}, ["/a", "/c/d"]),
        ({"Key": "Name", "Option": "Contains", "Values": ["/c/"]}, ["/c/d"]),
        ({"Key": "DataType", "Values": ["text"]}, ["/a", "/b", "/c/d"]),
    ],
)
def test_describe_parameters_filters(ssm, tree, given, expected):
    below = {"Key": "Path", "Option": "Recursive", "Values": [tree]}
    found = ssm.describe_parameters(ParameterFilters=[below, given])["Parameters"]
    assert [each["Name"].removeprefix(tree) for each in found] == expected
    assert "treasure" not in str(found)


def test_describe_parameters_by_path_and_name(ssm, tree, refused):
    def described(*filters, **parameters):
        found = ssm.describe_parameters(ParameterFilters=list(filters), **parameters)
        return [each["Name"].removeprefix(tree) for each in found["Parameters"]]

    assert described({"Key": "Path", "Values": [tree]}) == ["/a", "/b"]
    assert described({"Key": "Name", "Values": [f"{tree}/a"]}) == ["/a"]
    assert described({"Key": "Name", "Option": "BeginsWith", "Values": [tree]}) == [
        "/a",
        "/b",
        "/c/d",
    ]
    old = ssm.describe_parameters(Filters=[{"Key": "Name", "Values": [f"{tree}/b"]}])
    assert [each["Name"] for each in old["Parameters"]] == [f"{tree}/b"]
    describe = ssm.describe_parameters
    both = {"Filters": [{"Key": "Name", "Values": ["x"]}]}
    both["ParameterFilters"] = [{"Key": "Name", "Values": ["x"]}]
    refused("ValidationException", describe, **both)
    refused("InvalidFilterValue", describe, ParameterFilters=[{"Key": "Type"}])


def test_describe_parameters_in_pages(ssm, tree, refused):
    below = [{"Key": "Path", "Option": "Recursive", "Values": [tree]}]
    pages = ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=below, PaginationConfig={"PageSize": 1}
    )
    names = [each["Name"] for page in pages for each in page["Parameters"]]
    assert names == [f"{tree}/a", f"{tree}/b", f"{tree}/c/d"]
    refused("InvalidNextToken", ssm.describe_parameters, NextToken="x")


def test_delete_parameters(ssm, refused, parameter):
    ssm.delete_parameter(Name=parameter)
    refused("ParameterNotFound", ssm.get_parameter, Name=parameter)
    refused("ParameterNotFound", ssm.delete_parameter, Name=parameter)
    assert ssm.put_parameter(Name=parameter, Value="anew", Type="String")["Version"] == 1
    found = ssm.delete_parameters(Names=[parameter, "/lab/nobody"])
    assert found["DeletedParameters"] == [parameter]
    assert found["InvalidParameters"] == ["/lab/nobody"]


def test_tags(ssm, refused, name):
    ssm.put_parameter(Name=name, Value="x", Type="String", Tags=TAGS)
    about = {"ResourceType": "Parameter", "ResourceId": name}
    ssm.add_tags_to_resource(**about, Tags=[{"Key": "cost", "Value": "7"}])
    listed = ssm.list_tags_for_resource(**about)["TagList"]
    assert {tag["Key"]: tag["Value"] for tag in listed} == {"team": "ice", "cost": "7"}
    ssm.remove_tags_from_resource(**about, TagKeys=["team", "nothing"])
    assert [tag["Key"] for tag in ssm.list_tags_for_resource(**about)["TagList"]] == ["cost"]
    many = [{"Key": f"k{number}", "Value": "v"} for number in range(50)]
    refused("TooManyTagsError", ssm.add_tags_to_resource, **about, Tags=many)
    missing = about | {"ResourceId": "/lab/nobody"}
    refused("InvalidResourceId", ssm.list_tags_for_resource, **missing)
    refused("InvalidResourceId", ssm.add_tags_to_resource, **missing, Tags=TAGS)
    other = about | {"ResourceType": "Document"}
    refused("InvalidResourceType", ssm.list_tags_for_resource, **other)


def test_accounts_and_regions_are_apart(ssm, aws, account, other, refused, parameter):
    arn = ssm.get_parameter(Name=parameter)["Parameter"]["ARN"]
    theirs = aws("ssm", other)
    for client in (theirs, aws("ssm", account, region_name="eu-west-1")):
        refused("ParameterNotFound", client.get_parameter, Name=parameter)
        refused("ParameterNotFound", client.get_parameter, Name=arn)
        assert client.describe_parameters()["Parameters"] == []


def test_other_parts_of_systems_manager_are_not_written(ssm, refused):
    refused("NotImplemented", ssm.list_documents)


# Operation: its parameters, and further actions that it needs.
ABOUT = {"ResourceType": "Parameter"}
OPERATIONS = {
    "add_tags_to_resource": lambda at: ABOUT | {"ResourceId": at.name, "Tags": TAGS},
    "delete_parameter": lambda at: at.one,
    "delete_parameters": lambda at: {"Names": [at.name]},
    "describe_parameters": lambda at: {},
    "get_parameter": lambda at: at.one,
    "get_parameter_history": lambda at: at.one,
    "get_parameters": lambda at: {"Names": [at.name]},
    "get_parameters_by_path": lambda at: {"Path": at.name},
    "label_parameter_version": lambda at: at.one | {"Labels": ["x"]},
    "list_tags_for_resource": lambda at: ABOUT | {"ResourceId": at.name},
    "put_parameter": lambda at: {"Name": at.name, "Value": "y", "Overwrite": True},
    "remove_tags_from_resource": lambda at: ABOUT | {"ResourceId": at.name, "TagKeys": ["a"]},
    "unlabel_parameter_version": lambda at: at.one | {"ParameterVersion": 1, "Labels": ["x"]},
}


def allow(action, resource="*", **more):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.fixture
def at(ssm, parameter):
    arn = ssm.get_parameter(Name=parameter)["Parameter"]["ARN"]
    return SimpleNamespace(name=parameter, arn=arn, one={"Name": parameter})


@pytest.fixture
def user(aws, cloud, account):
    """``user(*policies)``: Parameter Store as a new user of the account."""

    def make(*policies):
        name = f"u-{uuid.uuid4().hex[:10]}"
        made = cloud.create_user(name, account=account.account_id, policies=policies)
        return aws("ssm", made)

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
    assert set(OPERATIONS) == set(services["ssm"].handlers)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_needs_its_action_on_its_parameter_and_no_more(at, user, operation):
    parameters = OPERATIONS[operation](at)
    action = "ssm:" + "".join(word.capitalize() for word in operation.split("_"))
    assert is_refused(user(), operation, parameters)
    others = {"Effect": "Allow", "NotAction": action, "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [others]}
    assert is_refused(user(policy), operation, parameters)
    resource = "*"
    if operation != "describe_parameters":
        resource = at.arn
        assert is_refused(user(allow(action, f"{at.arn}-other")), operation, parameters)
    assert not is_refused(user(allow(action, resource)), operation, parameters)


def test_a_hierarchy_is_what_permissions_are_given_on(at, user, refused):
    client = user(allow("ssm:GetParameter*", f"{at.arn.rpartition('/')[0]}/*"))
    assert client.get_parameter(Name=at.name)["Parameter"]["Value"] == "first"
    there = refused("AccessDeniedException", client.get_parameter, Name="/other/one")
    assert "parameter/other/one" in there


def test_tags_of_a_new_parameter_need_a_permission_of_their_own(user, name):
    parameters = {"Name": name, "Value": "x", "Type": "String", "Tags": TAGS}
    assert is_refused(user(allow("ssm:PutParameter")), "put_parameter", parameters)
    enough = user(allow(["ssm:PutParameter", "ssm:AddTagsToResource"]))
    assert not is_refused(enough, "put_parameter", parameters)


def test_conditions_on_tags_and_overwriting_count(ssm, user, name):
    ssm.put_parameter(Name=name, Value="x", Type="String", Tags=TAGS)
    by_tag = {"StringEquals": {"aws:ResourceTag/team": "ice"}}
    client = user(allow("ssm:GetParameter", Condition=by_tag))
    assert client.get_parameter(Name=name)["Parameter"]["Value"] == "x"
    not_over = {"StringEquals": {"ssm:Overwrite": "false"}}
    client = user(allow("ssm:PutParameter", Condition=not_over))
    put = {"Name": name, "Value": "y", "Overwrite": True}
    assert is_refused(client, "put_parameter", put)
    new = {"Name": f"{name}-new", "Value": "y", "Type": "String"}
    assert not is_refused(client, "put_parameter", new)
