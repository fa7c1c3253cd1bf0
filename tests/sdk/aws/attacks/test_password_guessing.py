"""Whoever finds an access key must not guess the password of its user with it."""

import pytest

from ..statements import allow, unique

PASSWORD = "Cirrus-uncinus-3"


@pytest.fixture
def found_key(cloud, aws):
    user = cloud.create_user(
        unique("user"),
        policies=[{"Version": "2012-10-17", "Statement": [allow("iam:ChangePassword")]}],
        password=PASSWORD,
    )
    return aws("iam", user)


def test_a_password_is_guessed_by_changing_it(found_key, refused):
    wanted = {"NewPassword": "Mine-from-now-on-1"}
    codes = [
        refused(found_key.change_password, OldPassword=f"guess-{number}", **wanted)[0]
        for number in range(8)
    ]
    assert codes[:5] == ["AccessDenied"] * 5
    assert codes[-1] == "EntityTemporarilyUnmodifiable"
    # Not even the right one is taken now.
    code, _ = refused(found_key.change_password, OldPassword=PASSWORD, **wanted)
    assert code == "EntityTemporarilyUnmodifiable"
