"""PutParameter: types, tiers, patterns, versions, names, and what is refused."""

import uuid

import pytest


def put(ssm, name, value="x", **parameters):
    return ssm.put_parameter(Name=name, Value=value, **{"Type": "String"} | parameters)


def test_a_new_parameter_is_version_one(ssm, name, account):
    made = put(ssm, name, "value", Description="a test")
    assert (made["Version"], made["Tier"]) == (1, "Standard")
    found = ssm.get_parameter(Name=name)["Parameter"]
    assert found["Value"] == "value"
    assert found["ARN"] == f"arn:aws:ssm:us-east-1:{account.account_id}:parameter{name}"
    assert (found["Type"], found["DataType"], found["Version"]) == ("String", "text", 1)
    assert found["LastModifiedDate"]


def test_overwriting_makes_versions(ssm, refused, parameter, value):
    refused("ParameterAlreadyExists", put, ssm=ssm, name=parameter)
    assert put(ssm, parameter, "second", Overwrite=True)["Version"] == 2
    assert value(parameter) == "second"
    again = ssm.put_parameter(Name=parameter, Value="third", Overwrite=True)
    assert again["Version"] == 3
    assert ssm.get_parameter(Name=parameter)["Parameter"]["Type"] == "String"


def test_what_is_left_out_stays(ssm, name):
    put(ssm, name, "5", Description="a number", AllowedPattern=r"\d+")
    put(ssm, name, "6", Overwrite=True)
    [found] = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])[
        "Parameters"
    ]
    assert found["Description"] == "a number"
    assert found["AllowedPattern"] == r"\d+"


def test_a_list_of_strings_is_a_text_with_commas(ssm, name, value):
    put(ssm, name, "a,b,c", Type="StringList")
    assert value(name) == "a,b,c"


def test_a_secure_string_is_sealed(ssm, name, value):
    put(ssm, name, "treasure", Type="SecureString")
    sealed = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    assert "treasure" not in sealed
    assert value(name) == "treasure"
    [found] = ssm.describe_parameters(ParameterFilters=[{"Key": "Name", "Values": [name]}])[
        "Parameters"
    ]
    assert found["KeyId"] == "alias/aws/ssm"


@pytest.mark.parametrize(
    ("code", "parameters"),
    [
        ("InvalidKeyId", {"Type": "SecureString", "KeyId": "alias/mine"}),
        ("ValidationException", {"KeyId": "alias/aws/ssm"}),
        ("ValidationException", {"Value": ""}),
        ("ValidationException", {"DataType": "aws:ec2:image"}),
        ("ValidationException", {"Value": "x" * 4097}),
        ("ValidationException", {"Value": "x" * 8193, "Tier": "Advanced"}),
        ("ValidationException", {"Tags": [{"Key": "a", "Value": ""}], "Overwrite": True}),
        ("ValidationException", {"Tags": [{"Key": "a", "Value": ""}] * 2}),
        ("InvalidPolicyTypeException", {"Policies": '[{"Type": "Expiration"}]'}),
        ("InvalidAllowedPatternException", {"AllowedPattern": "("}),
        ("InvalidAllowedPatternException", {"AllowedPattern": "(a+)+$"}),
        ("ParameterPatternMismatchException", {"AllowedPattern": r"\d+"}),
        ("ParameterPatternMismatchException", {"AllowedPattern": r"\d", "Value": "12"}),
    ],
)
def test_refusals(ssm, refused, name, code, parameters):
    given = {"Name": name, "Value": "value", "Type": "String"} | parameters
    refused(code, ssm.put_parameter, **given)
    refused("ParameterNotFound", ssm.get_parameter, Name=name)


def test_a_new_parameter_needs_a_type(ssm, refused, name):
    message = refused("ValidationException", ssm.put_parameter, Name=name, Value="x")
    assert "A parameter type is required" in message


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("ValidationException", "with space"),
        ("ValidationException", "/ends/"),
        ("ValidationException", "//double"),
        ("ValidationException", "lab/relative"),
        ("ValidationException", "ssm-mine"),
        ("ValidationException", "/SSM/mine"),
        ("ValidationException", "with:colon"),
        ("AccessDeniedException", "aws-mine"),
        ("AccessDeniedException", "/AWS/mine"),
        ("HierarchyLevelLimitExceededException", "/a" * 16),
        ("ValidationException", "x" * 1012),
    ],
)
def test_names_that_cannot_be(ssm, refused, code, name):
    refused(code, put, ssm=ssm, name=name)


def test_names_that_can_be(ssm, value):
    for name in (f"plain-{uuid.uuid4().hex}", "/a" * 15, f"/Mixed_Case/v1.2/{uuid.uuid4().hex}"):
        put(ssm, name, name)
        assert value(name) == name


def test_tiers(ssm, refused, name):
    large = "x" * 5000
    assert put(ssm, name, large, Tier="Intelligent-Tiering")["Tier"] == "Advanced"
    assert put(ssm, name, "small", Overwrite=True)["Tier"] == "Advanced"
    refused("ValidationException", put, ssm=ssm, name=name, Tier="Standard", Overwrite=True)
    other = f"{name}-other"
    assert put(ssm, other, "small", Tier="Intelligent-Tiering")["Tier"] == "Standard"
    assert put(ssm, other, large, Tier="Advanced", Overwrite=True)["Tier"] == "Advanced"


def test_the_type_of_a_parameter_in_a_hierarchy_stays(ssm, refused, parameter):
    change = {"ssm": ssm, "name": parameter, "Type": "SecureString", "Overwrite": True}
    refused("HierarchyTypeMismatchException", put, **change)
    plain = f"plain-{uuid.uuid4().hex}"
    put(ssm, plain)
    put(ssm, plain, "sealed", Type="SecureString", Overwrite=True)
    sealed = ssm.get_parameter(Name=plain)["Parameter"]
    assert (sealed["Type"], sealed["Version"]) == ("SecureString", 2)
