"""A character that XML cannot have must not make answers unreadable for everybody else."""

import pytest

from ..statements import unique


@pytest.mark.parametrize("poison", ["\0", "\x01", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_a_tag_that_nobody_can_list(iam, refused, poison):
    name = unique("user")
    iam.create_user(UserName=name, Tags=[{"Key": "team", "Value": "clouds"}])
    tag = {"Key": "team", "Value": f"clouds{poison}"}
    assert refused(iam.tag_user, UserName=name, Tags=[tag])[0] == "MalformedInput"
    assert refused(iam.untag_user, UserName=name, TagKeys=[poison])[0] == "MalformedInput"
    assert iam.get_user(UserName=name)["User"]["Tags"][0]["Value"] == "clouds"


def test_line_ends_and_other_scripts_are_no_poison(iam, make_role):
    arn = make_role(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "ec2.amazonaws.com"},
                "Action": "sts:AssumeRole",
            },
        },
        Description="one\ttwo\nthree",
        Tags=[{"Key": "schön", "Value": "云"}],
    )
    role = iam.get_role(RoleName=arn.rpartition("/")[2])["Role"]
    assert role["Description"] == "one\ttwo\nthree"
    assert role["Tags"] == [{"Key": "schön", "Value": "云"}]
