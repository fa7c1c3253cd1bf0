"""Login profiles, changing one's own password, and the account's password policy."""

from lenticular.testing.policies import allow, deny

GOOD = "Nimbus-rain-1"
BETTER = "Stratus-fog-2"


def test_a_user_gets_changes_and_loses_a_password(root, cloud, account, refused):
    root.create_user(UserName="ada")
    with refused("NoSuchEntity", 404, "Login Profile for User ada cannot be found."):
        root.get_login_profile(UserName="ada")
    made = root.create_login_profile(UserName="ada", Password=GOOD, PasswordResetRequired=True)
    assert made["LoginProfile"]["PasswordResetRequired"]
    assert root.get_login_profile(UserName="ada")["LoginProfile"] == made["LoginProfile"]
    with refused("EntityAlreadyExists", 409, "Login Profile for user ada already exists."):
        root.create_login_profile(UserName="ada", Password=GOOD)
    root.update_login_profile(UserName="ada", Password=BETTER, PasswordResetRequired=False)

    def verified(password):
        identities = cloud.engines.identities
        return cloud.run(identities.verify_password(account.account_id, "ada", password))

    assert not verified(GOOD)
    assert verified(BETTER)
    assert "PasswordLastUsed" in root.get_user(UserName="ada")["User"]
    root.delete_login_profile(UserName="ada")
    assert not verified(BETTER)
    with refused("NoSuchEntity", 404):
        root.update_login_profile(UserName="ada", Password=BETTER)


def test_a_weak_password_is_refused(root, refused):
    root.create_user(UserName="ada")
    with refused("PasswordPolicyViolation", 400, "Password should have a minimum length of 8"):
        root.create_login_profile(UserName="ada", Password="short-1")


def test_one_changes_ones_own_password(as_user, root, arn, refused):
    ada = as_user(
        "ada", allow("iam:ChangePassword", resource=arn("user/${aws:username}")), password=GOOD
    )
    with refused("AccessDenied", 403, "The old password was incorrect."):
        ada.change_password(OldPassword="wrong", NewPassword=BETTER)
    with refused("PasswordPolicyViolation", 400):
        ada.change_password(OldPassword=GOOD, NewPassword="weak")
    ada.change_password(OldPassword=GOOD, NewPassword=BETTER)
    with refused("InvalidUserType", 400):
        root.change_password(OldPassword=GOOD, NewPassword=BETTER)


def test_an_account_may_let_all_users_change_their_password(root, as_user, refused):
    ada = as_user("ada", password=GOOD)
    denied = as_user("bob", deny("iam:ChangePassword"), password=GOOD)
    with refused("AccessDenied", 403, "iam:ChangePassword"):
        ada.change_password(OldPassword=GOOD, NewPassword=BETTER)
    root.update_account_password_policy(AllowUsersToChangePassword=True)
    ada.change_password(OldPassword=GOOD, NewPassword=BETTER)
    with refused("AccessDenied", 403, "explicit deny"):
        denied.change_password(OldPassword=GOOD, NewPassword=BETTER)


def test_a_password_policy_is_set_told_and_taken_away(root, account, refused):
    missing = f"The Password Policy with domain name {account.account_id} cannot be found."
    with refused("NoSuchEntity", 404, missing):
        root.get_account_password_policy()
    root.update_account_password_policy(
        MinimumPasswordLength=14, RequireSymbols=True, MaxPasswordAge=90, PasswordReusePrevention=5
    )
    assert root.get_account_password_policy()["PasswordPolicy"] == {
        "MinimumPasswordLength": 14,
        "RequireSymbols": True,
        "RequireNumbers": False,
        "RequireUppercaseCharacters": False,
        "RequireLowercaseCharacters": False,
        "AllowUsersToChangePassword": False,
        "ExpirePasswords": True,
        "MaxPasswordAge": 90,
        "PasswordReusePrevention": 5,
        "HardExpiry": False,
    }
    root.create_user(UserName="ada")
    with refused("PasswordPolicyViolation", 400, "minimum length of 14"):
        root.create_login_profile(UserName="ada", Password=GOOD)
    root.update_account_password_policy()
    told = root.get_account_password_policy()["PasswordPolicy"]
    assert told["MinimumPasswordLength"] == 6
    assert not told["ExpirePasswords"]
    root.delete_account_password_policy()
    with refused("NoSuchEntity", 404):
        root.delete_account_password_policy()
