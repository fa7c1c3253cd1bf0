"""GetAccessKeyInfo: which account a key belongs to."""

from ..statements import allow


def test_keys_of_every_kind(aws, cloud, other, make_user, refused):
    alice = make_user(allow("sts:GetAccessKeyInfo"))
    sts = aws("sts", alice)
    issued = aws("sts", alice).get_session_token()["Credentials"]["AccessKeyId"]
    for key_id, account_id in (
        (alice.access_key_id, alice.account_id),
        (issued, alice.account_id),
        (cloud.credentials.access_key_id, alice.account_id),
        (other.access_key_id, other.account_id),
    ):
        assert sts.get_access_key_info(AccessKeyId=key_id)["Account"] == account_id
    for key_id in ("AKIA" + "X" * 16, "ASIA" + "X" * 16, "X" * 16):
        assert refused(sts.get_access_key_info, AccessKeyId=key_id)[0] == "ValidationError"


def test_it_needs_permission(aws, make_user, refused):
    alice = make_user()
    operation = aws("sts", alice).get_access_key_info
    assert refused(operation, AccessKeyId=alice.access_key_id)[0] == "AccessDenied"
