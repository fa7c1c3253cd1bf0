"""GetSessionToken: oneself, for a while; with a second factor, more."""

import base64
import time

import pytest

from lenticular.primitives.identities.onetime import STEP, code_at

from ..statements import allow, unique


def test_a_session_of_oneself(aws, make_user, as_session, refused):
    alice = make_user(allow("s3:ListAllMyBuckets", "iam:*"))
    issued = aws("sts", alice).get_session_token(DurationSeconds=900)
    identity = as_session("sts", issued).get_caller_identity()
    assert identity["Arn"] == alice.arn
    assert identity["UserId"].startswith("AIDA")
    assert "Buckets" in as_session("s3", issued).list_buckets()
    # Identities are for those only who gave a second factor.
    assert refused(as_session("iam", issued).list_users)[0] == "AccessDenied"
    assert "Users" in aws("iam", alice).list_users()


def test_sessions_make_no_sessions(aws, make_user, as_session, refused):
    issued = aws("sts", make_user(allow("*"))).get_session_token()
    for operation, params in (("get_session_token", {}), ("get_federation_token", {"Name": "me"})):
        code, message = refused(getattr(as_session("sts", issued), operation), **params)
        assert code == "AccessDenied"
        assert message.endswith("with session credentials")


@pytest.fixture
def device(aws, make_user):
    """A user with a device: credentials, serial number, and what the device shows."""
    iam, user = aws("iam"), make_user(allow("*"))
    made = iam.create_virtual_mfa_device(VirtualMFADeviceName=unique("phone"))["VirtualMFADevice"]
    seed = base64.b32decode(made["Base32StringSeed"])

    def shown(steps=0, now=None):
        return code_at(seed, int(now or time.time()) // STEP + steps)

    now = time.time()  # two codes in a row, also when a new one is about to come
    iam.enable_mfa_device(
        UserName=user.name,
        SerialNumber=made["SerialNumber"],
        AuthenticationCode1=shown(-1, now),
        AuthenticationCode2=shown(0, now),
    )
    return user, made["SerialNumber"], shown


def test_a_second_factor(aws, as_session, refused, device):
    user, serial_number, shown = device
    sts = aws("sts", user)
    code = shown(1)  # the one of now was used up
    issued = sts.get_session_token(SerialNumber=serial_number, TokenCode=code)
    assert "Users" in as_session("iam", issued).list_users()
    code, message = refused(sts.get_session_token, SerialNumber=serial_number, TokenCode=code)
    assert code == "AccessDenied"
    assert message == ("MultiFactorAuthentication failed with invalid MFA one time pass code.")


def test_root_too(aws, as_session, refused):
    issued = aws("sts").get_session_token()
    assert as_session("sts", issued).get_caller_identity()["Arn"].endswith(":root")
    assert refused(as_session("iam", issued).list_users)[0] == "AccessDenied"
