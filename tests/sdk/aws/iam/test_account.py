"""The account: its alias, its summary, and the reports on it."""

import csv
import io

import pytest

from lenticular.testing.policies import allow


def test_an_alias_is_set_told_and_taken_away(root, aws, other, account, refused):
    alias = f"alias-{account.account_id}"
    assert root.list_account_aliases()["AccountAliases"] == []
    root.create_account_alias(AccountAlias=alias)
    root.create_account_alias(AccountAlias=alias)
    assert root.list_account_aliases()["AccountAliases"] == [alias]
    with refused("EntityAlreadyExists", 409):
        aws("iam", other).create_account_alias(AccountAlias=alias)
    with refused("NoSuchEntity", 404):
        aws("iam", other).delete_account_alias(AccountAlias=alias)
    root.delete_account_alias(AccountAlias=alias)
    assert root.list_account_aliases()["AccountAliases"] == []


@pytest.mark.parametrize("alias", ["UPPER", "-x-", "123456789012", "a--b"])
def test_an_alias_is_a_dns_label(root, alias, refused):
    with refused("InvalidInput", 400):
        root.create_account_alias(AccountAlias=alias)


def test_the_summary_counts(root, as_user, trust):
    as_user("ada")
    root.create_role(RoleName="r", AssumeRolePolicyDocument=trust)
    root.create_virtual_mfa_device(VirtualMFADeviceName="phone")
    summary = root.get_account_summary()["SummaryMap"]
    for name, number in {
        "Users": 1,
        "Roles": 1,
        "Groups": 0,
        "MFADevices": 1,
        "MFADevicesInUse": 0,
        "UsersQuota": 5000,
        "AccessKeysPerUserQuota": 2,
        "AccountAccessKeysPresent": 1,
    }.items():
        assert summary[name] == number, name
    root.delete_role(RoleName="r")
    assert root.get_account_summary()["SummaryMap"]["Roles"] == 0


def test_the_credential_report_is_csv(root, as_user, arn, refused):
    with refused("ReportNotPresent", 410):
        root.get_credential_report()
    ada = as_user("ada", allow("iam:GetUser"), password="Nimbus-rain-1")
    as_user("bob")
    ada.get_user()
    assert root.generate_credential_report()["State"] == "STARTED"
    assert root.generate_credential_report()["State"] == "COMPLETE"
    report = root.get_credential_report()
    assert report["ReportFormat"] == "text/csv"
    root, first, second = csv.DictReader(io.StringIO(report["Content"].decode()))
    assert (root["user"], root["password_enabled"]) == ("<root_account>", "not_supported")
    assert (first["user"], first["arn"]) == ("ada", arn("user/ada"))
    assert (first["password_enabled"], first["mfa_active"]) == ("true", "false")
    assert first["password_last_used"] == "no_information"
    assert first["access_key_1_active"] == "true"
    assert first["access_key_1_last_used_service"] == "iam"
    assert (second["password_enabled"], second["password_last_changed"]) == ("false", "N/A")
    assert second["access_key_1_last_used_date"] == "N/A"
    assert second["access_key_2_active"] == "false"


def test_every_detail_is_told_in_pages(root, as_user, arn, trust):
    as_user("ada", allow("iam:GetUser"))
    root.create_group(GroupName="staff")
    root.add_user_to_group(GroupName="staff", UserName="ada")
    root.create_role(RoleName="r", AssumeRolePolicyDocument=trust)
    read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    root.attach_role_policy(RoleName="r", PolicyArn=read_only)
    pages = list(
        root.get_paginator("get_account_authorization_details").paginate(
            PaginationConfig={"PageSize": 1}
        )
    )
    assert len(pages) == 4
    whole = {
        name: [each for page in pages for each in page[name]]
        for name in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")
    }
    [user] = whole["UserDetailList"]
    assert user["GroupList"] == ["staff"]
    assert user["UserPolicyList"][0]["PolicyDocument"]["Statement"][0]["Action"] == ["iam:GetUser"]
    assert whole["GroupDetailList"][0]["GroupName"] == "staff"
    [role] = whole["RoleDetailList"]
    assert role["AttachedManagedPolicies"] == [
        {"PolicyName": "ReadOnlyAccess", "PolicyArn": read_only}
    ]
    [policy] = whole["Policies"]
    assert (policy["Arn"], policy["AttachmentCount"]) == (read_only, 1)
    only = root.get_account_authorization_details(Filter=["Role"])
    assert (len(only["RoleDetailList"]), only["UserDetailList"]) == (1, [])
