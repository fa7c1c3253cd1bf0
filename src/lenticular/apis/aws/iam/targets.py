"""What a call is about: found by name, and permitted before anything is told or changed.

Whoever may not do a thing is refused the same way whether it is there or not. Every
operation asks for the action of its own name.
"""

from typing import TypeVar

from lenticular.apis.aws.iam.errors import validation
from lenticular.apis.aws.iam.keys import boundary
from lenticular.apis.aws.wire.conditionkeys import resource_tags
from lenticular.apis.aws.wire.service import Call, Params
from lenticular.engines.kv.contract import Reader
from lenticular.primitives.identities import (
    GROUPS,
    PROFILES,
    ROLES,
    USERS,
    Directory,
    Entity,
    EntityNotFound,
    Group,
    Identities,
    InstanceProfile,
    MfaDevice,
    OidcProvider,
    Role,
    User,
)
from lenticular.primitives.identities.attachments import boundary_arn
from lenticular.primitives.policies.evaluation import NO_KEYS, Keys

EntityType = TypeVar("EntityType", bound=Entity)


def require(call: Call, resource: str, keys: Keys = NO_KEYS) -> None:
    """Let the call go on only if its caller may do its action with a resource of its account."""
    call.require(f"iam:{call.operation}", resource, keys=keys)


def arn(call: Call, kind: str, name: str, path: str = "/") -> str:
    """Return the ARN that an entity of the caller's account has, or would have."""
    return f"arn:aws:iam::{call.principal.account_id}:{kind}{path}{name}"


class Targets:
    """Finds what calls are about."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    async def user(self, call: Call, name: str, keys: Keys = NO_KEYS) -> User:
        """Return a user of the caller's account. Raises AwsError and `EntityNotFound`."""
        return await self._find(call, USERS, name, keys)

    async def group(self, call: Call, name: str, keys: Keys = NO_KEYS) -> Group:
        """Return a group of the caller's account. Raises AwsError and `EntityNotFound`."""
        return await self._find(call, GROUPS, name, keys)

    async def role(self, call: Call, name: str, keys: Keys = NO_KEYS) -> Role:
        """Return a role of the caller's account. Raises AwsError and `EntityNotFound`."""
        return await self._find(call, ROLES, name, keys)

    async def profile(self, call: Call, name: str, keys: Keys = NO_KEYS) -> InstanceProfile:
        """Return an instance profile of the account. Raises AwsError and `EntityNotFound`."""
        return await self._find(call, PROFILES, name, keys)

    async def user_or_caller(self, call: Call, params: Params, keys: Keys = NO_KEYS) -> User | None:
        """Return the user of the parameter UserName; without it, the caller.

        None is the root identity. Raises AwsError and `EntityNotFound`.
        """
        principal = call.principal
        if "UserName" in params:
            return await self.user(call, params["UserName"], keys)
        if principal.kind == "user":
            return await self.user(call, principal.arn.rpartition("/")[2], keys)
        require(call, principal.arn or "*", keys)
        if principal.kind == "root":
            return None
        raise validation("Must specify userName when calling with non-User credentials")

    async def named_user(self, call: Call, params: Params) -> User:
        """Return the user of the parameter UserName; without it, the caller, who must be one.

        Raises AwsError and `EntityNotFound`.
        """
        user = await self.user_or_caller(call, params)
        if user is None:
            raise validation("Must specify userName when calling with non-User credentials")
        return user

    async def boundary(self, entity: User | Role) -> str:
        """Return the ARN of the permissions boundary of an entity; empty: it has none."""
        return await self._identities.read(
            lambda reader: boundary_arn(reader, entity.account_id, entity.owner)
        )

    async def device(self, call: Call, serial_number: str, keys: Keys = NO_KEYS) -> MfaDevice:
        """Return a virtual device of the account. Raises AwsError and `EntityNotFound`."""
        found = await self._identities.devices.find(call.principal.account_id, serial_number)
        if found is None:
            require(call, serial_number, keys)
            raise EntityNotFound(
                f"VirtualMFADevice with serial number {serial_number} doesn't exist."
            )
        require(call, serial_number, {**resource_tags(found.tags, "iam"), **keys})
        return found

    async def oidc_provider(self, call: Call, arn: str, keys: Keys = NO_KEYS) -> OidcProvider:
        """Return an issuer that the account trusts. Raises AwsError and `EntityNotFound`."""
        issuer = arn.partition(":oidc-provider/")[2]
        found = await self._identities.oidc.find(call.principal.account_id, issuer)
        if found is None or found.arn != arn:
            require(call, arn, keys)
            raise EntityNotFound(f"OpenIDConnect Provider not found for arn {arn}")
        require(call, arn, {**resource_tags(found.tags, "iam"), **keys})
        return found

    async def _find(
        self, call: Call, directory: Directory[EntityType], name: str, keys: Keys
    ) -> EntityType:
        account_id = call.principal.account_id

        def find(reader: Reader) -> tuple[EntityType | None, str]:
            found = directory.find(reader, account_id, name)
            return found, boundary_arn(reader, account_id, found.owner) if found else ""

        found, arn_of_boundary = await self._identities.read(find)
        if found is None:
            require(call, arn(call, directory.record.kind, name), keys)
            raise EntityNotFound(directory.missing.format(name))
        own = {**resource_tags(getattr(found, "tags", {}), "iam"), **boundary(arn_of_boundary)}
        require(call, found.arn, {**own, **keys})
        return found
