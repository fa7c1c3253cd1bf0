"""What IAM tells of entities."""

from collections.abc import Mapping
from urllib.parse import quote

from lenticular.apis.aws.wire.service import Result
from lenticular.primitives.identities import (
    AccessKey,
    Account,
    Entity,
    Group,
    InstanceProfile,
    Role,
    Use,
    User,
)
from lenticular.primitives.identities.policy_records import ManagedPolicy


def seconds(milliseconds: int) -> int | None:
    """Return a time as IAM tells it, in whole seconds; None: never."""
    return milliseconds // 1000 if milliseconds else None


def document(text: str) -> str:
    """Return a policy document as IAM writes it: percent-encoded (RFC 3986)."""
    return quote(text, safe="-_.~")


def tag_list(tags: Mapping[str, str]) -> list[Result]:
    """Return tags as IAM writes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def user(user: User, *, boundary: str = "", detailed: bool = False) -> Result:
    """Describe a user; `detailed` with what lists leave out."""
    described = _entity(user, "User")
    described["PasswordLastUsed"] = seconds(user.password_last_used)
    return described | (_details(user.tags, boundary) if detailed else {})


def root(account: Account) -> Result:
    """Describe the root identity of an account, as far as it is a user."""
    return {
        "UserId": account.account_id,
        "Arn": account.root_arn,
        "CreateDate": seconds(account.created),
    }


def group(group: Group) -> Result:
    """Describe a group."""
    return _entity(group, "Group")


def role(
    role: Role, *, boundary: str = "", use: Use | None = None, detailed: bool = False
) -> Result:
    """Describe a role; `detailed` with what lists leave out."""
    described = _entity(role, "Role")
    described["AssumeRolePolicyDocument"] = document(role.trust)
    described["Description"] = role.description or None
    described["MaxSessionDuration"] = role.max_session_duration
    if detailed:
        described |= _details(role.tags, boundary)
        described["RoleLastUsed"] = (
            {"LastUsedDate": seconds(use.time), "Region": use.region} if use else {}
        )
    return described


def profile(profile: InstanceProfile, role_in: Role | None, *, detailed: bool = False) -> Result:
    """Describe an instance profile; `detailed` with what lists leave out."""
    described = _entity(profile, "InstanceProfile")
    described["Roles"] = [] if role_in is None else [role(role_in)]
    return described | (_details(profile.tags, "") if detailed else {})


def policy(policy: ManagedPolicy, usage: tuple[int, int]) -> Result:
    """Describe a managed policy; `usage` is how often it is attached, and how often a boundary."""
    attached, bounding = usage
    return {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": f"v{policy.default}",
        "AttachmentCount": attached,
        "PermissionsBoundaryUsageCount": bounding,
        "IsAttachable": True,
        "CreateDate": seconds(policy.created),
        "UpdateDate": seconds(policy.updated),
    }


def access_key(key: AccessKey, user_name: str | None) -> Result:
    """Describe an access key."""
    return {
        "UserName": user_name,
        "AccessKeyId": key.access_key_id,
        "Status": key.status,
        "CreateDate": seconds(key.created),
    }


def _entity(entity: Entity, noun: str) -> Result:
    return {
        "Path": entity.path,
        f"{noun}Name": entity.name,
        f"{noun}Id": entity.id,
        "Arn": entity.arn,
        "CreateDate": seconds(entity.created),
    }


def _details(tags: Mapping[str, str], boundary: str) -> Result:
    return {
        "Tags": tag_list(tags) or None,
        "PermissionsBoundary": _boundary(boundary) if boundary else None,
    }


def _boundary(arn: str) -> Result:
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
