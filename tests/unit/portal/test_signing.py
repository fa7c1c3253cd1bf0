"""Where somebody may be sent after signing in."""

import pytest

from lenticular.portal.signing import is_path


@pytest.mark.parametrize("path", ["/", "/keys", "/policies/view?arn=arn:aws:iam::1:policy/a&x=%2F"])
def test_a_path_of_ours(path):
    assert is_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "keys",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "javascript:alert(1)",
        "/\tevil",
        "/keys\r\nSet-Cookie: a=b",
        "/\N{SNOWMAN}",
    ],
)
def test_an_open_redirect_is_refused(path):
    assert not is_path(path)
