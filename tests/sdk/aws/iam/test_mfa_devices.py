"""Virtual devices for multi-factor authentication."""

import base64
import hashlib
import hmac
import time

import pytest

TAGS = [{"Key": "Team", "Value": "sky"}]


def code(seed, ahead=0):
    """What an authenticator app shows, written anew from RFC 4226 and RFC 6238."""
    step = int(time.time()) // 30 + ahead
    digest = hmac.new(base64.b32decode(seed), step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[19] & 15
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


@pytest.fixture
def device(root):
    """A device that nobody has."""
    made = root.create_virtual_mfa_device(VirtualMFADeviceName="phone", Tags=TAGS)
    return made["VirtualMFADevice"]


def enable(root, device, user="ada"):
    seed = device["Base32StringSeed"]
    root.enable_mfa_device(
        UserName=user,
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1=code(seed),
        AuthenticationCode2=code(seed, 1),
    )


def test_a_device_is_made_enabled_and_taken_back(root, device, arn, refused):
    serial = device["SerialNumber"]
    assert serial == arn("mfa/phone")
    root.create_user(UserName="ada")
    with refused("InvalidAuthenticationCode", 403):
        root.enable_mfa_device(
            UserName="ada",
            SerialNumber=serial,
            AuthenticationCode1="000000",
            AuthenticationCode2="000000",
        )
    enable(root, device)
    [listed] = root.list_mfa_devices(UserName="ada")["MFADevices"]
    assert (listed["SerialNumber"], listed["UserName"]) == (serial, "ada")
    assert root.get_mfa_device(SerialNumber=serial, UserName="ada")["SerialNumber"] == serial
    [assigned] = root.list_virtual_mfa_devices(AssignmentStatus="Assigned")["VirtualMFADevices"]
    assert assigned["User"]["UserName"] == "ada"
    assert "Base32StringSeed" not in assigned
    with refused("EntityAlreadyExists", 409):
        enable(root, device)
    with refused("DeleteConflict", 409, "Must deactivate first"):
        root.delete_virtual_mfa_device(SerialNumber=serial)
    root.deactivate_mfa_device(UserName="ada", SerialNumber=serial)
    [free] = root.list_virtual_mfa_devices(AssignmentStatus="Unassigned")["VirtualMFADevices"]
    assert free == {"SerialNumber": serial}
    root.delete_virtual_mfa_device(SerialNumber=serial)
    with refused("NoSuchEntity", 404):
        root.delete_virtual_mfa_device(SerialNumber=serial)


def test_a_device_is_synchronised_again(root, device, refused):
    root.create_user(UserName="ada")
    enable(root, device)
    seed, serial = device["Base32StringSeed"], device["SerialNumber"]
    codes = {"AuthenticationCode1": code(seed, 5), "AuthenticationCode2": code(seed, 6)}
    root.resync_mfa_device(UserName="ada", SerialNumber=serial, **codes)
    with refused("InvalidAuthenticationCode", 403):  # the codes were used
        root.resync_mfa_device(UserName="ada", SerialNumber=serial, **codes)


def test_names_are_taken_once(root, device, refused):
    with refused("EntityAlreadyExists", 409):
        root.create_virtual_mfa_device(VirtualMFADeviceName="PHONE")


def test_tags(root, device):
    serial = device["SerialNumber"]
    root.tag_mfa_device(SerialNumber=serial, Tags=[{"Key": "b", "Value": ""}])
    root.untag_mfa_device(SerialNumber=serial, TagKeys=["Team"])
    assert [tag["Key"] for tag in root.list_mfa_device_tags(SerialNumber=serial)["Tags"]] == ["b"]


def test_another_accounts_device_is_not_there(device, aws, other, refused):
    stranger, serial = aws("iam", other), device["SerialNumber"]
    for ask in (
        lambda: stranger.delete_virtual_mfa_device(SerialNumber=serial),
        lambda: stranger.list_mfa_device_tags(SerialNumber=serial),
        lambda: stranger.get_mfa_device(SerialNumber=serial),
    ):
        with refused("NoSuchEntity", 404):
            ask()
