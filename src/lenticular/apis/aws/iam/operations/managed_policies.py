"""Managed policies and their versions (AWS IAM API Reference, CreatePolicy and the like)."""

import re
from collections.abc import Iterable

from msgspec.structs import replace

from lenticular.apis.aws.iam import descriptions
from lenticular.apis.aws.iam.keys import given_tags
from lenticular.apis.aws.iam.paging import Page
from lenticular.apis.aws.iam.targets import arn, require
from lenticular.apis.aws.wire.conditionkeys import request_tags, resource_tags
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.identities import (
    Entity,
    EntityNotFound,
    Group,
    Identities,
    InputInvalid,
    Role,
    User,
    tags,
)
from lenticular.primitives.identities.managed_policies import aws_policies, usage_of
from lenticular.primitives.identities.policy_records import AWS, ManagedPolicy, PolicyVersion
from lenticular.primitives.policies.evaluation import NO_KEYS, Keys

_ARN = re.compile(r"arn:aws:iam::([0-9]{12}|aws):policy/.+")
_VERSION_ID = re.compile(r"v([1-9][0-9]{0,8})")
_MEMBERS: dict[type[Entity], str] = {User: "User", Group: "Group", Role: "Role"}


class ManagedPolicyOperations:
    """Policies are made, told of, given other versions, and deleted."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities
        self._policies = identities.policies

    async def create_policy(self, call: Call, params: Params) -> Result:
        """Make a policy with its first version."""
        name, path, given = params["PolicyName"], params.get("Path", "/"), given_tags(params)
        resource = arn(call, "policy", name, path)
        require(call, resource, request_tags(given))
        if given:
            call.require("iam:TagPolicy", resource, keys=request_tags(given))
        made = await self._policies.create(
            call.principal.account_id,
            name,
            params["PolicyDocument"],
            path=path,
            description=params.get("Description", ""),
            tags=given,
        )
        return {"Policy": descriptions.policy(made, (0, 0)) | _tags(made)}

    async def get_policy(self, call: Call, params: Params) -> Result:
        """Tell of a policy."""
        policy = await self._told(call, params)
        usage = await self._usage(call.principal.account_id, [policy])
        described = descriptions.policy(policy, usage[policy.arn]) | _tags(policy)
        return {"Policy": described | {"Description": policy.description or None}}

    async def delete_policy(self, call: Call, params: Params) -> Result:
        """Delete a policy that nothing uses."""
        policy = await self._own(call, params)
        await self._policies.delete(policy.account_id, policy.arn)
        return {}

    async def list_policies(self, call: Call, params: Params) -> Result:
        """Tell of the policies of the account, and of those that AWS manages."""
        page, prefix = Page(params), params.get("PathPrefix", "/")
        require(call, arn(call, "policy", "", prefix))
        account_id, scope = call.principal.account_id, params.get("Scope", "All")
        policies = [] if scope == "AWS" else await self._policies.of_account(account_id)
        if scope != "Local":
            policies += aws_policies()
        found = [policy for policy in policies if policy.path.startswith(prefix)]
        use = params.get("PolicyUsageFilter")
        if use is not None or params.get("OnlyAttached", False):
            usage = await self._usage(account_id, found)
            found = [policy for policy in found if _is_used(usage[policy.arn], use)]
        listed, rest = page.of(found, by_name)
        usage = await self._usage(account_id, listed)
        return {"Policies": [descriptions.policy(each, usage[each.arn]) for each in listed], **rest}

    async def create_policy_version(self, call: Call, params: Params) -> Result:
        """Give a policy another version, which may count from now on."""
        policy, default = await self._own(call, params), params.get("SetAsDefault", False)
        made = await self._policies.add_version(
            policy.account_id, policy.arn, params["PolicyDocument"], default=default
        )
        return {"PolicyVersion": _version(made, default=default)}

    async def get_policy_version(self, call: Call, params: Params) -> Result:
        """Tell of a version of a policy, with its document."""
        policy = await self._told(call, params)
        found = await self._policies.version(
            call.principal.account_id, policy.arn, _number(policy, params)
        )
        described = _version(found, default=found.number == policy.default)
        return {"PolicyVersion": described | {"Document": descriptions.document(found.document)}}

    async def list_policy_versions(self, call: Call, params: Params) -> Result:
        """Tell of the versions of a policy, the latest first."""
        policy, page = await self._told(call, params), Page(params)
        found = await self._policies.versions(call.principal.account_id, policy.arn)
        listed, rest = page.of(found, lambda version: f"{10**9 - version.number:09}")
        return {
            "Versions": [_version(each, default=each.number == policy.default) for each in listed],
            **rest,
        }

    async def delete_policy_version(self, call: Call, params: Params) -> Result:
        """Delete a version that does not count."""
        policy = await self._own(call, params)
        await self._policies.delete_version(policy.account_id, policy.arn, _number(policy, params))
        return {}

    async def set_default_policy_version(self, call: Call, params: Params) -> Result:
        """Let another version of a policy count."""
        policy = await self._own(call, params)
        await self._policies.set_default(policy.account_id, policy.arn, _number(policy, params))
        return {}

    async def tag_policy(self, call: Call, params: Params) -> Result:
        """Set tags of a policy."""
        given = given_tags(params)
        policy = await self._own(call, params, request_tags(given))
        await self._policies.alter(
            policy.account_id,
            policy.arn,
            lambda policy: replace(policy, tags=tags.merged(policy.tags, given)),
        )
        return {}

    async def untag_policy(self, call: Call, params: Params) -> Result:
        """Take tags of a policy away."""
        keys = params["TagKeys"]
        policy = await self._own(call, params, {"aws:tagkeys": tuple(keys)})
        await self._policies.alter(
            policy.account_id,
            policy.arn,
            lambda policy: replace(policy, tags=tags.without(policy.tags, keys)),
        )
        return {}

    async def list_policy_tags(self, call: Call, params: Params) -> Result:
        """Tell a policy's tags."""
        policy, page = await self._told(call, params), Page(params)
        listed, rest = page.of(policy.tags.items(), lambda pair: pair[0])
        return {"Tags": descriptions.tag_list(dict(listed)), **rest}

    async def list_entities_for_policy(self, call: Call, params: Params) -> Result:
        """Tell of the entities that a policy is attached to, or that it bounds."""
        policy, page = await self._told(call, params), Page(params)
        attached, bounded = await self._identities.attachments.entities_with(
            call.principal.account_id, policy.arn
        )
        use = params.get("PolicyUsageFilter")
        found: dict[str, Entity] = {}
        if use != "PermissionsBoundary":
            found |= {entity.owner: entity for entity in attached}
        if use != "PermissionsPolicy":
            found |= {entity.owner: entity for entity in bounded}
        wanted, prefix = params.get("EntityFilter"), params.get("PathPrefix", "/")
        listed, rest = page.of(
            (
                entity
                for entity in found.values()
                if entity.path.startswith(prefix) and wanted in (None, _MEMBERS[type(entity)])
            ),
            lambda entity: f"{entity.name} {entity.owner}",
        )
        return _by_kind(listed) | rest

    async def _usage(
        self, account_id: str, policies: Iterable[ManagedPolicy]
    ) -> dict[str, tuple[int, int]]:
        """Return, by ARN, how many entities policies are attached to, and how many they bound."""
        return await self._identities.read(
            lambda reader: {
                policy.arn: usage_of(reader, account_id, policy.arn) for policy in policies
            }
        )

    async def _told(self, call: Call, params: Params) -> ManagedPolicy:
        """Return a policy of the caller's account, or of AWS, that its caller may be told of.

        Raises AwsError and `EntityNotFound`.
        """
        return await self._find(call, params["PolicyArn"], NO_KEYS, changing=False)

    async def _own(self, call: Call, params: Params, keys: Keys = NO_KEYS) -> ManagedPolicy:
        """Return a policy that its caller may change. Raises AwsError and `EntityNotFound`."""
        return await self._find(call, params["PolicyArn"], keys, changing=True)

    async def _find(self, call: Call, arn: str, keys: Keys, *, changing: bool) -> ManagedPolicy:
        owner = owner_of(arn)
        if owner != call.principal.account_id and (changing or owner != AWS):
            # As with all that is another's: nobody here may, so that nothing is told of it.
            call.require(f"iam:{call.operation}", arn, account_id=owner, keys=keys)
        try:
            found = await self._policies.get(call.principal.account_id, arn)
        except EntityNotFound:
            require(call, arn, keys)
            raise
        require(call, found.arn, {**resource_tags(found.tags, "iam"), **keys})
        return found


def owner_of(arn: str) -> str:
    """Return the account in the ARN of a policy. Raises `InputInvalid` for another one."""
    match = _ARN.fullmatch(arn)
    if match is None:
        raise InputInvalid(f"ARN {arn} is not valid.")
    return match[1]


def by_name(policy: ManagedPolicy) -> str:
    """Return what orders policies, and is like no other's: AWS may have one of the same name."""
    return f"{policy.name} {policy.arn}"


def _is_used(usage: tuple[int, int], use: str | None) -> bool:
    attached, bounding = usage
    if use == "PermissionsPolicy":
        return attached > 0
    return bounding > 0 if use == "PermissionsBoundary" else attached + bounding > 0


def _tags(policy: ManagedPolicy) -> Result:
    return {"Tags": descriptions.tag_list(policy.tags)}


def _version(version: PolicyVersion, *, default: bool) -> Result:
    return {
        "VersionId": version.id,
        "IsDefaultVersion": default,
        "CreateDate": descriptions.seconds(version.created),
    }


def _number(policy: ManagedPolicy, params: Params) -> int:
    """Return the number of the version of a request. Raises `EntityNotFound`."""
    match = _VERSION_ID.fullmatch(params["VersionId"])
    if match is None:
        raise EntityNotFound(
            f"Policy {policy.arn} version {params['VersionId']} does not exist or is not "
            f"attachable."
        )
    return int(match[1])


def _by_kind(entities: Iterable[Entity]) -> Result:
    found: Result = {f"Policy{noun}s": [] for noun in _MEMBERS.values()}
    for entity in entities:
        noun = _MEMBERS[type(entity)]
        found[f"Policy{noun}s"].append({f"{noun}Name": entity.name, f"{noun}Id": entity.id})
    return found
