"""Condition operators: the cases of the IAM User Guide's pages about them."""

import re

import pytest

from lenticular.primitives.policies.conditions import OPERATORS, parse_condition


def holds(operator, expected, found, *, variables=True, **others):
    condition = parse_condition(operator, "aws:Key", expected, with_variables=variables)
    values = {"aws:key": found, **{name.replace("_", ":"): value for name, value in others.items()}}
    return condition.holds(values.get)


@pytest.mark.parametrize(
    ("operator", "expected", "found", "answer"),
    [
        ("StringEquals", ["johndoe"], ["johndoe"], True),
        ("StringEquals", ["johndoe"], ["JohnDoe"], False),
        ("StringEquals", ["janedoe", "johndoe"], ["johndoe"], True),
        ("StringEquals", ["john*"], ["johndoe"], False),
        ("StringEquals", ["${*}"], ["*"], True),
        ("StringEqualsIgnoreCase", ["johndoe"], ["JohnDoe"], True),
        ("StringNotEqualsIgnoreCase", ["johndoe"], ["JohnDoe"], False),
        ("StringNotEquals", ["janedoe", "johndoe"], ["johndoe"], False),
        ("StringNotEquals", ["janedoe"], ["johndoe"], True),
        ("StringLike", ["user/*/reports/?"], ["user/john/reports/1"], True),
        ("StringLike", ["user/*/reports/?"], ["user/john/reports/12"], False),
        ("StringLike", ["a${*}"], ["ab"], False),
        ("StringNotLike", ["user/*"], ["user/john"], False),
        ("NumericEquals", ["10"], ["10.0"], True),
        ("NumericNotEquals", ["10"], ["11"], True),
        ("NumericLessThan", ["10"], ["9.99"], True),
        ("NumericLessThanEquals", ["10"], ["10"], True),
        ("NumericLessThanEquals", ["10"], ["1e1"], True),
        ("NumericGreaterThan", ["10"], ["10"], False),
        ("NumericGreaterThanEquals", ["-3"], ["-3"], True),
        ("NumericLessThanEquals", ["10"], ["many"], False),
        ("NumericEquals", ["9007199254740993"], ["9007199254740992"], False),
        ("DateGreaterThan", ["2020-04-01T00:00:00Z"], ["2020-04-02T00:00:00Z"], True),
        ("DateLessThan", ["2020-06-30T23:59:59Z"], ["2020-07-01T00:00:00Z"], False),
        ("DateEquals", ["2020-04-01T02:00:00+02:00"], ["2020-04-01"], True),
        ("DateEquals", ["2020"], ["2020-01-01T00:00:00Z"], True),
        ("DateEquals", ["2020-04-01T00:00:00.5Z"], ["2020-04-01T00:00:00Z"], False),
        ("DateLessThanEquals", ["2020-01-01T00:00:00Z"], ["1577836800"], True),
        ("DateNotEquals", ["2020"], ["2021"], True),
        ("DateGreaterThanEquals", ["2020-04"], ["2020-04-01T00:00Z"], True),
        ("DateLessThan", ["2020"], ["tomorrow"], False),
        ("Bool", ["true"], ["true"], True),
        ("Bool", ["true"], ["false"], False),
        ("Bool", ["TRUE"], ["true"], True),
        ("Bool", ["true"], ["yes"], False),
        ("BinaryEquals", ["QmluYXJ5VmFsdWVJbkJhc2U2NA=="], ["QmluYXJ5VmFsdWVJbkJhc2U2NA=="], True),
        ("BinaryEquals", ["QmluYXJ5"], ["not base 64"], False),
        ("IpAddress", ["203.0.113.0/24"], ["203.0.113.77"], True),
        ("IpAddress", ["203.0.113.0/24"], ["203.0.114.1"], False),
        ("IpAddress", ["203.0.113.9/24"], ["203.0.113.77"], True),
        ("IpAddress", ["203.0.113.7"], ["203.0.113.7"], True),
        ("IpAddress", ["2001:DB8:1234:5678::/64"], ["2001:db8:1234:5678::1"], True),
        ("IpAddress", ["2001:db8::/32"], ["203.0.113.7"], False),
        ("IpAddress", ["203.0.113.0/24"], ["::ffff:203.0.113.7"], True),
        ("IpAddress", ["203.0.113.0/24"], ["somewhere"], False),
        ("NotIpAddress", ["203.0.113.0/24", "2001:db8::/32"], ["203.0.113.7"], False),
        ("NotIpAddress", ["203.0.113.0/24"], ["198.51.100.1"], True),
        ("ArnEquals", ["arn:aws:sns:*:111:topic"], ["arn:aws:sns:us-east-1:111:topic"], True),
        ("ArnLike", ["arn:aws:s3:::data-*"], ["arn:aws:s3:::data-1:2"], True),
        ("ArnLike", ["arn:aws:*:111:topic"], ["arn:aws:sns:us-east-1:111:topic"], False),
        ("ArnLike", ["*"], ["arn:aws:sns:us-east-1:111:topic"], True),
        ("ArnNotLike", ["arn:aws:s3:::data-*"], ["arn:aws:s3:::other"], True),
        ("ArnNotEquals", ["arn:aws:s3:::data"], ["arn:aws:s3:::data"], False),
        ("Null", ["true"], None, True),
        ("Null", ["true"], ["x"], False),
        ("Null", ["false"], None, False),
        ("Null", ["false"], ["x"], True),
        ("Null", ["true"], [], True),
    ],
)
def test_one_value(operator, expected, found, answer):
    assert holds(operator, expected, found and tuple(found)) is answer


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_a_missing_key(operator):
    """Only what must not match holds without the key; with IfExists everything does."""
    expected = {"N": ["1"], "D": ["2020"], "I": ["::/0"], "B": ["true"]}.get(
        operator.replace("Not", "")[0], ["x"]
    )
    if operator == "BinaryEquals":
        expected = ["QUJD"]
    assert holds(operator, expected, None) is ("Not" in operator)
    assert holds(f"{operator}IfExists", expected, None)
    assert holds(f"ForAllValues:{operator}", expected, None)
    assert not holds(f"ForAnyValue:{operator}", expected, None)
    assert holds(f"ForAnyValue:{operator}IfExists", expected, None)


@pytest.mark.parametrize(
    ("quantifier", "operator", "found", "answer"),
    [  # the request's tag keys against environment and cost-center: "Multivalued context keys"
        ("ForAllValues", "StringEquals", ["environment"], True),
        ("ForAllValues", "StringEquals", ["environment", "cost-center"], True),
        ("ForAllValues", "StringEquals", ["environment", "dept"], False),
        ("ForAllValues", "StringEquals", [""], True),
        ("ForAllValues", "StringNotEquals", ["dept"], True),
        ("ForAllValues", "StringNotEquals", ["dept", "environment"], False),
        ("ForAnyValue", "StringEquals", ["dept", "environment"], True),
        ("ForAnyValue", "StringEquals", ["dept"], False),
        ("ForAnyValue", "StringNotEquals", ["environment", "dept"], True),
        ("ForAnyValue", "StringNotEquals", ["environment", "cost-center"], False),
        ("ForAllValues", "StringLike", ["environment"], True),
    ],
)
def test_several_values(quantifier, operator, found, answer):
    expected = ["environment", "cost-center"]
    assert holds(f"{quantifier}:{operator}", expected, tuple(found)) is answer


def test_variables_are_filled_in():
    assert holds("StringEquals", ["${aws:username}"], ("ana",), aws_username=("ana",))
    assert not holds("StringEquals", ["${aws:username}"], ("ana",), aws_username=("bob",))
    assert holds("StringLike", ["home/${AWS:UserName}/*"], ("home/ana/x",), aws_username=("ana",))
    assert holds("StringEquals", ["${aws:username, 'nobody'}"], ("nobody",))
    assert not holds("StringEquals", ["${aws:username}"], ("${aws:username}",))
    assert not holds("StringEquals", ["${aws:username}"], ("ana",), aws_username=("ana", "bob"))


def test_a_star_that_comes_in_by_a_variable_is_a_star():
    """Else a tag named * would open every door that asks for the tag of its own."""
    assert not holds("StringLike", ["${aws:username}"], ("ana",), aws_username=("*",))
    assert holds("StringLike", ["${aws:username}"], ("*",), aws_username=("*",))
    assert not holds("StringLike", ["${aws:username, '*'}"], ("ana",))
    assert holds("StringLike", ["${aws:username}"], ("${*}",), aws_username=("${*}",))


def test_the_older_version_has_no_variables():
    assert holds("StringEquals", ["${aws:username}"], ("${aws:username}",), variables=False)
    assert not holds("StringEquals", ["${aws:username}"], ("ana",), variables=False)
    assert holds("StringLike", ["${*}"], ("${anything}",), variables=False)


@pytest.mark.parametrize(
    ("operator", "expected", "says"),
    [
        ("StringIs", ["x"], "'StringIs' is no condition operator"),
        ("stringequals", ["x"], "no condition operator"),
        ("ForSomeValues:StringEquals", ["x"], "no condition operator"),
        ("NullIfExists", ["true"], "Null stands for itself"),
        ("ForAnyValue:Null", ["true"], "Null stands for itself"),
        ("Null", ["maybe"], "'maybe' is neither true nor false"),
        ("Bool", ["1"], "'1' is neither true nor false"),
        ("NumericEquals", ["ten"], "'ten' is not a number"),
        ("NumericEquals", ["NaN"], "'NaN' is not a number"),
        ("NumericEquals", ["1_000"], "not a number"),
        ("DateEquals", ["14 July 2026"], "'14 July 2026' is not a date"),
        ("DateEquals", ["2026-02-30"], "is not a date"),
        ("IpAddress", ["203.0.113.0/33"], "no range of addresses"),
        ("BinaryEquals", ["???"], "not in base 64"),
        ("StringEquals", ["${aws:username"], "not closed"),
        ("StringEquals", ["${}"], "is not a variable"),
        ("StringEquals", ["${aws:username, none}"], "is not a variable"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(operator, expected, says):
    with pytest.raises(ValueError, match=re.escape(says)):
        parse_condition(operator, "aws:Key", expected, with_variables=True)


def test_a_key_has_a_prefix():
    with pytest.raises(ValueError, match="'username' is no condition key"):
        parse_condition("StringEquals", "username", ["x"], with_variables=True)
