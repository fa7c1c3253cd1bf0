"""One pattern of one user must not stop the whole server: it is matched on its only thread."""

import time

import pytest

from ..statements import unique


@pytest.mark.parametrize(
    "pattern",
    [
        "a?" * 40 + "a" * 40,
        "(?:a|aa)" * 40 + "b",
        "(a|aa)" * 40 + "b",
        "((a|aa)(a|aa))" * 20 + "b",
        "(a*)*b",
        "a*a*a*a*b",
    ],
)
def test_a_pattern_of_a_parameter_that_takes_forever(aws, refused, pattern):
    begin = time.monotonic()
    call = {"Name": unique("slow"), "Value": "a" * 40, "Type": "String"}
    code, _ = refused(aws("ssm").put_parameter, **call, AllowedPattern=pattern)
    assert code == "InvalidAllowedPatternException"
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize("pattern", ["a+", "[abc]+", r"^(dev|test|prod)?a{40}$", "a?a{39}"])
def test_harmless_patterns_are_taken(aws, pattern):
    call = {"Name": unique("quick"), "Value": "a" * 40, "Type": "String"}
    aws("ssm").put_parameter(**call, AllowedPattern=pattern)
