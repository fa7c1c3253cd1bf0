"""Instance profiles (AWS IAM API Reference, CreateInstanceProfile and the like)."""

from collections.abc import Sequence

from lenticular.apis.aws.iam import descriptions
from lenticular.apis.aws.iam.errors import protected
from lenticular.apis.aws.iam.keys import given_tags
from lenticular.apis.aws.iam.paging import Page
from lenticular.apis.aws.iam.targets import Targets, arn, require
from lenticular.apis.aws.wire.conditionkeys import request_tags
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.identities import (
    ROLES,
    EntityNotFound,
    Identities,
    InstanceProfile,
)


class InstanceProfileOperations:
    """Instance profiles are made, told of and deleted; a role goes in and out."""

    def __init__(self, identities: Identities, targets: Targets) -> None:
        self._identities = identities
        self._profiles = identities.profiles
        self._targets = targets

    async def create_instance_profile(self, call: Call, params: Params) -> Result:
        """Make a profile without a role."""
        name, path = params["InstanceProfileName"], params.get("Path", "/")
        tags, resource = given_tags(params), arn(call, "instance-profile", name, path)
        require(call, resource, request_tags(tags))
        if tags:
            call.require("iam:TagInstanceProfile", resource, keys=request_tags(tags))
        made = await self._profiles.create(call.principal.account_id, name, path=path, tags=tags)
        return {"InstanceProfile": descriptions.profile(made, None, detailed=True)}

    async def get_instance_profile(self, call: Call, params: Params) -> Result:
        """Tell of a profile and the role in it."""
        profile = await self._targets.profile(call, params["InstanceProfileName"])
        role = await self._profiles.role_in(profile)
        return {"InstanceProfile": descriptions.profile(profile, role, detailed=True)}

    async def delete_instance_profile(self, call: Call, params: Params) -> Result:
        """Delete a profile without a role."""
        profile = await self._targets.profile(call, params["InstanceProfileName"])
        await self._profiles.delete(profile.account_id, profile.name)
        return {}

    async def list_instance_profiles(self, call: Call, params: Params) -> Result:
        """Tell of the profiles below a path."""
        page, prefix = Page(params), params.get("PathPrefix", "/")
        require(call, arn(call, "instance-profile", "", prefix))
        found = await self._profiles.list(
            call.principal.account_id, path_prefix=prefix, after=page.after, limit=page.wanted
        )
        profiles, rest = page.cut(found, lambda profile: profile.name)
        return {"InstanceProfiles": await self._described(profiles), **rest}

    async def list_instance_profiles_for_role(self, call: Call, params: Params) -> Result:
        """Tell of the profiles that hand out a role."""
        page = Page(params)
        role = await self._targets.role(call, params["RoleName"])
        found = await self._profiles.of_role(role.account_id, role.name)
        profiles, rest = page.of(found, lambda profile: profile.name.lower())
        return {"InstanceProfiles": await self._described(profiles), **rest}

    async def add_role_to_instance_profile(self, call: Call, params: Params) -> Result:
        """Let a profile hand out a role: whoever does it must be allowed to pass the role on."""
        profile = await self._targets.profile(call, params["InstanceProfileName"])
        name = params["RoleName"]
        role = await self._identities.roles.find(profile.account_id, name)
        call.require(
            "iam:PassRole",
            arn(call, "role", name) if role is None else role.arn,
            keys={"iam:passedtoservice": "ec2.amazonaws.com"},
        )
        if role is None:
            raise EntityNotFound(ROLES.missing.format(name))
        if role.service:
            raise protected(role.name)
        await self._profiles.add_role(profile.account_id, profile.name, role.name)
        return {}

    async def remove_role_from_instance_profile(self, call: Call, params: Params) -> Result:
        """Let a profile hand out nothing."""
        profile = await self._targets.profile(call, params["InstanceProfileName"])
        await self._profiles.remove_role(profile.account_id, profile.name, params["RoleName"])
        return {}

    async def _described(self, profiles: Sequence[InstanceProfile]) -> list[Result]:
        return [
            descriptions.profile(profile, await self._profiles.role_in(profile))
            for profile in profiles
        ]
