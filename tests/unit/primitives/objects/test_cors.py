"""CORS rules: which one fits a request."""

import pytest

from lenticular.primitives.objects.cors import Cors, CorsRule

RULES = Cors(
    (
        CorsRule(("https://lab.example",), ("PUT",), ("x-amz-*", "Content-Type"), id="lab"),
        CorsRule(("https://*.lab.example", "null"), ("GET",), id="below"),
        CorsRule(("https://a.example", "*"), ("HEAD",), id="all"),
    )
)


@pytest.mark.parametrize(
    ("origin", "method", "headers", "rule", "told"),
    [
        ("https://lab.example", "PUT", (), "lab", "https://lab.example"),
        ("https://lab.example", "PUT", ("X-Amz-Meta-A",), "lab", "https://lab.example"),
        ("https://lab.example", "PUT", ("content-type",), "lab", "https://lab.example"),
        ("https://lab.example", "PUT", ("content-type", "range"), None, None),
        ("https://lab.example", "GET", (), None, None),
        ("http://lab.example", "PUT", (), None, None),
        ("https://lab.example.evil", "PUT", (), None, None),
        ("https://a.lab.example", "GET", (), "below", "https://a.lab.example"),
        ("https://.lab.example", "GET", (), "below", "https://.lab.example"),
        ("https://evillab.example", "GET", (), None, None),
        ("https://a.lab.example.evil", "GET", (), None, None),
        ("null", "GET", (), "below", "null"),
        ("https://a.example", "HEAD", (), "all", "*"),
        ("anything", "HEAD", (), "all", "*"),
    ],
)
def test_the_first_rule_that_fits_counts(origin, method, headers, rule, told):
    match = RULES.match(origin, method, headers)
    assert (match and match.rule.id, match and match.origin) == (rule, told)


def test_an_asterisk_stands_for_no_overlap():
    rules = Cors((CorsRule(("https://ab*ba.example",), ("GET",)),))
    assert rules.match("https://aba.example", "GET") is None
    assert rules.match("https://abba.example", "GET") is not None
