"""What the text of a document shows: where statements stand, and which keys are asked for."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenticular.primitives.policies.source import condition_keys, span

TEXTS = st.text(max_size=6) | st.sampled_from(['"Statement": [', "},{", "]}", "\\", "\n"])
STATEMENTS = st.fixed_dictionaries(
    {"Sid": TEXTS, "Action": TEXTS | st.lists(TEXTS)},
    optional={"Condition": st.dictionaries(TEXTS, st.dictionaries(TEXTS, TEXTS))},
)


def cut(document, number):
    """Return the text of a statement by its span."""
    (line, column), (last_line, last_column) = span(document, number)
    lines = document.split("\n")
    if line == last_line:
        return lines[line - 1][column - 1 : last_column - 1]
    between = lines[line : last_line - 1]
    return "\n".join(
        [lines[line - 1][column - 1 :], *between, lines[last_line - 1][: last_column - 1]]
    )


@settings(max_examples=100, deadline=None)
@given(
    st.lists(STATEMENTS, min_size=1, max_size=3),
    st.sampled_from([None, 1, "\t"]),
    st.dictionaries(st.sampled_from(["Id", "Version", "Zzz"]), TEXTS),
    st.booleans(),
)
def test_the_span_of_a_statement_is_its_text(statements, indent, others, ascii_only):
    policy = others | {"Statement": statements} | {"Last": [{}, [], "]"]}
    document = " \n" + json.dumps(policy, indent=indent, ensure_ascii=ascii_only) + "\n"
    for number, statement in enumerate(statements, 1):
        assert json.loads(cut(document, number)) == statement


def test_a_statement_that_stands_alone():
    document = '{"Statement" :\n  {"Sid": "only"} }'
    assert span(document, 1) == ((2, 3), (2, 18))
    assert cut(document, 1) == '{"Sid": "only"}'


@pytest.mark.parametrize(
    ("version", "keys"),
    [
        ("2012-10-17", ["aws:SourceIp", "s3:prefix", "aws:username", "aws:principaltag/team"]),
        ("2008-10-17", ["aws:SourceIp", "s3:prefix"]),
    ],
)
def test_the_keys_of_conditions_and_variables(version, keys):
    statement = {
        "Effect": "Allow",
        "Action": "s3:*",
        "NotResource": ["arn:aws:s3:::${aws:username}/${*}", "arn:aws:s3:::x"],
        "Condition": {
            "IpAddress": {"aws:SourceIp": "::/0"},
            "StringLike": {"s3:prefix": "${aws:PrincipalTag/team, 'x'}", "AWS:SOURCEIP": "*"},
        },
    }
    assert condition_keys(json.dumps({"Version": version, "Statement": statement})) == keys
