"""Tags of everything in IAM that has them (AWS IAM API Reference, TagUser and the like)."""

from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from msgspec.structs import replace

from lenticular.apis.aws.iam import descriptions
from lenticular.apis.aws.iam.keys import given_tags
from lenticular.apis.aws.iam.paging import Page
from lenticular.apis.aws.iam.targets import Targets
from lenticular.apis.aws.wire.conditionkeys import request_tags
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.identities import (
    Identities,
    InstanceProfile,
    MfaDevice,
    OidcProvider,
    Role,
    User,
    tags,
)
from lenticular.primitives.policies.evaluation import Keys

Tagged = TypeVar("Tagged", User, Role, InstanceProfile, MfaDevice, OidcProvider)


class TagOperations:
    """Tags are set, taken away and told."""

    def __init__(self, identities: Identities, targets: Targets) -> None:
        self._identities = identities
        self._targets = targets

    async def tag_user(self, call: Call, params: Params) -> Result:
        """Set tags of a user."""
        user = await self._targets.user(call, params["UserName"], _given(params))
        await self._identities.users.alter(user.account_id, user.name, _with(params))
        return {}

    async def untag_user(self, call: Call, params: Params) -> Result:
        """Take tags of a user away."""
        user = await self._targets.user(call, params["UserName"], _named(params))
        await self._identities.users.alter(user.account_id, user.name, _without(params))
        return {}

    async def list_user_tags(self, call: Call, params: Params) -> Result:
        """Tell a user's tags."""
        return _page(params, (await self._targets.user(call, params["UserName"])).tags)

    async def tag_role(self, call: Call, params: Params) -> Result:
        """Set tags of a role."""
        role = await self._targets.role(call, params["RoleName"], _given(params))
        await self._identities.roles.alter(role.account_id, role.name, _with(params))
        return {}

    async def untag_role(self, call: Call, params: Params) -> Result:
        """Take tags of a role away."""
        role = await self._targets.role(call, params["RoleName"], _named(params))
        await self._identities.roles.alter(role.account_id, role.name, _without(params))
        return {}

    async def list_role_tags(self, call: Call, params: Params) -> Result:
        """Tell a role's tags."""
        return _page(params, (await self._targets.role(call, params["RoleName"])).tags)

    async def tag_instance_profile(self, call: Call, params: Params) -> Result:
        """Set tags of an instance profile."""
        name = params["InstanceProfileName"]
        profile = await self._targets.profile(call, name, _given(params))
        await self._identities.profiles.alter(profile.account_id, profile.name, _with(params))
        return {}

    async def untag_instance_profile(self, call: Call, params: Params) -> Result:
        """Take tags of an instance profile away."""
        name = params["InstanceProfileName"]
        profile = await self._targets.profile(call, name, _named(params))
        await self._identities.profiles.alter(profile.account_id, profile.name, _without(params))
        return {}

    async def list_instance_profile_tags(self, call: Call, params: Params) -> Result:
        """Tell an instance profile's tags."""
        profile = await self._targets.profile(call, params["InstanceProfileName"])
        return _page(params, profile.tags)

    async def tag_mfa_device(self, call: Call, params: Params) -> Result:
        """Set tags of a virtual device."""
        device = await self._targets.device(call, params["SerialNumber"], _given(params))
        await self._identities.devices.alter(device.account_id, device.serial_number, _with(params))
        return {}

    async def untag_mfa_device(self, call: Call, params: Params) -> Result:
        """Take tags of a virtual device away."""
        device = await self._targets.device(call, params["SerialNumber"], _named(params))
        await self._identities.devices.alter(
            device.account_id, device.serial_number, _without(params)
        )
        return {}

    async def list_mfa_device_tags(self, call: Call, params: Params) -> Result:
        """Tell a virtual device's tags."""
        return _page(params, (await self._targets.device(call, params["SerialNumber"])).tags)

    async def tag_open_id_connect_provider(self, call: Call, params: Params) -> Result:
        """Set tags of an OpenID Connect provider."""
        arn = params["OpenIDConnectProviderArn"]
        provider = await self._targets.oidc_provider(call, arn, _given(params))
        await self._identities.oidc.alter(provider.account_id, provider.issuer, _with(params))
        return {}

    async def untag_open_id_connect_provider(self, call: Call, params: Params) -> Result:
        """Take tags of an OpenID Connect provider away."""
        arn = params["OpenIDConnectProviderArn"]
        provider = await self._targets.oidc_provider(call, arn, _named(params))
        await self._identities.oidc.alter(provider.account_id, provider.issuer, _without(params))
        return {}

    async def list_open_id_connect_provider_tags(self, call: Call, params: Params) -> Result:
        """Tell an OpenID Connect provider's tags."""
        arn = params["OpenIDConnectProviderArn"]
        return _page(params, (await self._targets.oidc_provider(call, arn)).tags)


def _given(params: Params) -> Keys:
    return request_tags(given_tags(params))


def _named(params: Params) -> Keys:
    return {"aws:tagkeys": tuple(params["TagKeys"])}


def _with(params: Params) -> Callable[[Tagged], Tagged]:
    given = given_tags(params)
    return lambda record: replace(record, tags=tags.merged(record.tags, given))


def _without(params: Params) -> Callable[[Tagged], Tagged]:
    keys: Collection[str] = params["TagKeys"]
    return lambda record: replace(record, tags=tags.without(record.tags, keys))


def _page(params: Params, had: Mapping[str, str]) -> Result:
    listed, rest = Page(params).of(had.items(), lambda pair: pair[0])
    return {"Tags": descriptions.tag_list(dict(listed)), **rest}
