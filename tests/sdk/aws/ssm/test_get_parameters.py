"""Reading: GetParameter, GetParameters, GetParametersByPath, GetParameterHistory, labels."""

import uuid

import pytest


@pytest.fixture
def versions(ssm, parameter):
    """A parameter with three versions, the second of which is labelled ``prod``."""
    for value in ("second", "third"):
        ssm.put_parameter(Name=parameter, Value=value, Overwrite=True)
    ssm.label_parameter_version(Name=parameter, ParameterVersion=2, Labels=["prod"])
    return parameter


def test_selectors_choose_a_version(ssm, versions):
    for selector, value in (("", "third"), (":1", "first"), (":prod", "second"), (":3", "third")):
        found = ssm.get_parameter(Name=versions + selector)["Parameter"]
        assert found["Value"] == value
        assert found.get("Selector", "") == selector
        assert found["Name"] == versions


def test_an_arn_is_a_name_too(ssm, versions):
    arn = ssm.get_parameter(Name=versions)["Parameter"]["ARN"]
    assert ssm.get_parameter(Name=arn)["Parameter"]["Value"] == "third"
    assert ssm.get_parameter(Name=f"{arn}:prod")["Parameter"]["Value"] == "second"
    plain = f"plain-{uuid.uuid4().hex}"
    ssm.put_parameter(Name=plain, Value="x", Type="String")
    arn = ssm.get_parameter(Name=plain)["Parameter"]["ARN"]
    assert ssm.get_parameter(Name=arn)["Parameter"]["Name"] == plain


def test_what_is_not_there(ssm, refused, versions):
    get = ssm.get_parameter
    refused("ParameterNotFound", get, Name="/lab/nobody")
    message = refused("ParameterVersionNotFound", get, Name=f"{versions}:9")
    assert "version 9" in message
    message = refused("ParameterVersionNotFound", get, Name=f"{versions}:test")
    assert "label test" in message
    refused("ParameterVersionNotFound", get, Name=f"{versions}:0")


def test_get_parameters_tells_which_there_are_not(ssm, versions):
    asked = [versions, f"{versions}:prod", "/lab/nobody", f"{versions}:9"]
    found = ssm.get_parameters(Names=asked)
    assert [each["Value"] for each in found["Parameters"]] == ["third", "second"]
    assert found["InvalidParameters"] == ["/lab/nobody", f"{versions}:9"]


def test_history_has_all_versions(ssm, refused, versions, account):
    history = ssm.get_parameter_history(Name=versions)["Parameters"]
    assert [each["Value"] for each in history] == ["first", "second", "third"]
    assert [each["Version"] for each in history] == [1, 2, 3]
    assert [each.get("Labels") for each in history] == [None, ["prod"], None]
    assert history[0]["LastModifiedUser"] == f"arn:aws:iam::{account.account_id}:root"
    page = ssm.get_parameter_history(Name=versions, MaxResults=2)
    rest = ssm.get_parameter_history(Name=versions, NextToken=page["NextToken"])
    assert [each["Version"] for each in rest["Parameters"]] == [3]
    refused("ParameterNotFound", ssm.get_parameter_history, Name="/lab/nobody")
    refused("InvalidNextToken", ssm.get_parameter_history, Name=versions, NextToken="x")


def test_history_of_a_secure_string(ssm, name):
    ssm.put_parameter(Name=name, Value="treasure", Type="SecureString")
    [sealed] = ssm.get_parameter_history(Name=name)["Parameters"]
    assert "treasure" not in sealed["Value"]
    [opened] = ssm.get_parameter_history(Name=name, WithDecryption=True)["Parameters"]
    assert opened["Value"] == "treasure"


@pytest.fixture
def tree(ssm, name):
    """Parameters at several depths below ``name``."""
    for path, kind in (
        ("a", "String"),
        ("b", "SecureString"),
        ("c/d", "String"),
        ("c/e/f", "String"),
    ):
        ssm.put_parameter(Name=f"{name}/{path}", Value=path, Type=kind)
    ssm.put_parameter(Name=f"{name}-beside", Value="x", Type="String")
    return name


def below(ssm, path, **parameters):
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path=path, **parameters)
    return [each["Name"].removeprefix(path) for page in pages for each in page["Parameters"]]


def test_by_path(ssm, tree):
    assert below(ssm, tree) == ["/a", "/b"]
    assert below(ssm, tree, Recursive=True) == ["/a", "/b", "/c/d", "/c/e/f"]
    assert below(ssm, f"{tree}/c") == ["/d"]
    assert below(ssm, f"{tree}/nothing", Recursive=True) == []
    assert below(ssm, f"{tree}/", Recursive=True) == ["a", "b", "c/d", "c/e/f"]


def test_by_path_in_pages(ssm, tree, refused):
    config = {"PageSize": 1}
    assert below(ssm, tree, Recursive=True, PaginationConfig=config) == below(
        ssm, tree, Recursive=True
    )
    by_path = ssm.get_parameters_by_path
    refused("InvalidNextToken", by_path, Path=tree, NextToken="x")
    refused("ValidationException", by_path, Path=tree, MaxResults=11)
    refused("ValidationException", by_path, Path="lab")


def test_by_path_with_filters(ssm, tree, refused):
    ssm.label_parameter_version(Name=f"{tree}/c/d", Labels=["prod"])

    def filtered(key, *values, **option):
        given = [{"Key": key, "Values": list(values), **option}]
        return below(ssm, tree, Recursive=True, ParameterFilters=given)

    assert filtered("Type", "SecureString") == ["/b"]
    assert filtered("Label", "prod") == ["/c/d"]
    assert filtered("KeyId", "alias/aws", Option="BeginsWith") == ["/b"]
    by_path = ssm.get_parameters_by_path
    for key, code in (("Name", "InvalidFilterKey"), ("Type", "InvalidFilterOption")):
        given = [{"Key": key, "Option": "Contains", "Values": ["x"]}]
        refused(code, by_path, Path=tree, ParameterFilters=given)


def test_by_path_decrypts_when_asked(ssm, tree):
    values = {
        decrypted: ssm.get_parameters_by_path(Path=tree, WithDecryption=decrypted)["Parameters"][1][
            "Value"
        ]
        for decrypted in (True, False)
    }
    assert values[True] == "b"
    assert values[False] != "b"


def test_labels_move_and_go(ssm, refused, versions):
    label, unlabel = ssm.label_parameter_version, ssm.unlabel_parameter_version
    given = ["prod", "blue", "1st", "aws-x", "SSM", "with space"]
    found = label(Name=versions, Labels=given)
    assert found["ParameterVersion"] == 3
    assert found["InvalidLabels"] == ["1st", "aws-x", "SSM", "with space"]
    assert ssm.get_parameter(Name=f"{versions}:prod")["Parameter"]["Version"] == 3
    found = unlabel(Name=versions, ParameterVersion=3, Labels=["prod", "green"])
    assert found["RemovedLabels"] == ["prod"]
    assert found["InvalidLabels"] == ["green"]
    refused("ParameterVersionNotFound", ssm.get_parameter, Name=f"{versions}:prod")
    refused("ParameterVersionNotFound", label, Name=versions, ParameterVersion=9, Labels=["x"])
    refused("ParameterNotFound", label, Name="/lab/nobody", Labels=["x"])
    many = [f"l{number}" for number in range(10)]
    refused("ParameterVersionLabelLimitExceeded", label, Name=versions, Labels=many)
