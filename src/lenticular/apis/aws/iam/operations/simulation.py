"""Questions to the evaluator that nobody acts on (AWS IAM API Reference, SimulateCustomPolicy,
SimulatePrincipalPolicy and the like).
"""

import re

from msgspec.structs import replace

from lenticular.apis.aws.iam.simulations import (
    context_keys,
    given_boundary,
    given_policies,
    simulate,
    without_excluded,
)
from lenticular.apis.aws.iam.targets import Targets, require
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.engines.kv.contract import Reader
from lenticular.primitives.identities import Entity, Identities, InputInvalid, Role, User
from lenticular.primitives.identities.policies import attached
from lenticular.primitives.policies.authority import Authority
from lenticular.primitives.principals import Principal

_SOURCE = re.compile(r"arn:aws:iam::([0-9]{12}):(user|group|role)/(?:.*/)?([^/]+)")


class SimulationOperations:
    """Tells what policies would allow, and which condition keys they ask for."""

    def __init__(self, identities: Identities, targets: Targets) -> None:
        self._identities = identities
        self._targets = targets

    async def simulate_custom_policy(self, call: Call, params: Params) -> Result:
        """Tell what the given policies would allow."""
        require(call, "*")
        given = Authority(identity=given_policies(params), boundary=given_boundary(params))
        return simulate(params, _somebody(call.principal.account_id, given))

    async def simulate_principal_policy(self, call: Call, params: Params) -> Result:
        """Tell what a user, group or role may do, with the given policies beside its own."""
        principal = await self._source(call, params)
        own = without_excluded(params, principal.authority)
        simulated = Authority(
            identity=own.identity + given_policies(params),
            boundary=given_boundary(params) or own.boundary,
        )
        return simulate(params, replace(principal, authority=simulated))

    async def get_context_keys_for_custom_policy(self, call: Call, params: Params) -> Result:
        """Tell which condition keys the given policies ask for."""
        require(call, "*")
        return context_keys(given_policies(params))

    async def get_context_keys_for_principal_policy(self, call: Call, params: Params) -> Result:
        """Tell which condition keys the policies of a user, group or role ask for."""
        principal = await self._source(call, params)
        return context_keys(principal.authority.identity + given_policies(params))

    async def _source(self, call: Call, params: Params) -> Principal:
        """Return the user, a session of the role, or somebody in the group of a request.

        Raises AwsError, `InputInvalid` and `EntityNotFound`.
        """
        arn = params["PolicySourceArn"]
        match = _SOURCE.fullmatch(arn)
        if match is None:
            raise InputInvalid(f"Invalid Entity Arn: {arn} does not clearly define entity type.")
        account_id, kind, name = match.groups()
        if account_id != call.principal.account_id:
            # As with all that is another's: nobody here may, so that nothing is told of it.
            call.require(f"iam:{call.operation}", arn, account_id=account_id)
        entity: Entity
        if kind == "user":
            entity = await self._targets.user(call, name)
        elif kind == "group":
            entity = await self._targets.group(call, name)
        else:
            entity = await self._targets.role(call, name)
        return await self._identities.read(lambda reader: self._principal(reader, entity))

    def _principal(self, reader: Reader, entity: Entity) -> Principal:
        account_id = entity.account_id
        if isinstance(entity, User):
            return self._identities.user_principal(reader, account_id, entity.name)
        if isinstance(entity, Role):
            authority = self._identities.role_authority(reader, account_id, entity.name)
            somebody = _somebody(account_id, authority)
            return replace(somebody, kind="role", issuer_arn=entity.arn, issuer_id=entity.id)
        return _somebody(account_id, Authority(identity=attached(reader, account_id, entity.owner)))


def _somebody(account_id: str, authority: Authority) -> Principal:
    """Return a principal of an account that has no name."""
    return Principal(account_id, "", "", "", kind="user", authority=authority)
