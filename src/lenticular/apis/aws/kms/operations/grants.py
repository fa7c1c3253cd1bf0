"""Grants: CreateGrant, ListGrants, ListRetirableGrants, RetireGrant, RevokeGrant."""

from lenticular.apis.aws.kms.errors import unsupported, validation
from lenticular.apis.aws.kms.paging import page_of
from lenticular.apis.aws.kms.requests import Requests, check_dry_run, note
from lenticular.apis.aws.wire.conditionkeys import Keys as ConditionKeys
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.keys import Keys
from lenticular.primitives.keys.records import Grant, Key

_FOR_RESOURCE: ConditionKeys = {"kms:grantisforawsresource": "false"}
"""No service of the cloud asks for grants on somebody's behalf."""


class GrantOperations:
    """What is done to grants."""

    def __init__(self, keys: Keys, requests: Requests) -> None:
        self._keys = keys
        self._requests = requests

    async def create_grant(self, call: Call, params: Params) -> Result:
        """Let somebody do something with a key."""
        grant = _given(params)
        asked = self._requests.key(call, params, more=_keys_of(grant))
        dry_run = params.get("DryRun", False)
        issued = await self._keys.grants.create(asked, grant, dry_run=dry_run)
        note(call, issued.key)
        check_dry_run(params)
        return {"GrantId": issued.grant.id, "GrantToken": issued.token}

    async def list_grants(self, call: Call, params: Params) -> Result:
        """List the grants of a key, all or those of an id or a grantee."""
        asked = self._requests.key(call, params, more=_FOR_RESOURCE)
        key, found = await self._keys.grants.of_key(asked)
        note(call, key)
        for name, of in (("GrantId", _id), ("GranteePrincipal", _grantee)):
            if name in params:
                found = [grant for grant in found if of(grant) == params[name]]
        page, more = page_of(found, params, _id)
        return {"Grants": [_listed(key, grant) for grant in page], **more}

    async def list_retirable_grants(self, call: Call, params: Params) -> Result:
        """List the grants, of any key, that somebody of the account may retire."""
        retiring = params.get("RetiringPrincipal")
        if retiring is None:
            raise validation("RetiringPrincipal is required")
        found = await self._keys.grants.retirable(self._requests.account(call, params), retiring)
        page, more = page_of(found, params, lambda pair: pair[1].id)
        return {"Grants": [_listed(key, grant) for key, grant in page], **more}

    async def revoke_grant(self, call: Call, params: Params) -> Result:
        """Take a grant back."""
        asked = self._requests.key(call, params, more=_FOR_RESOURCE)
        dry_run = params.get("DryRun", False)
        note(call, await self._keys.grants.revoke(asked, params["GrantId"], dry_run=dry_run))
        check_dry_run(params)
        return {}

    async def retire_grant(self, call: Call, params: Params) -> Result:
        """Give a grant up, by its token or its id."""
        if "GrantToken" in params:
            key_id, grant_id = self._keys.grants.named_by(params["GrantToken"])
            key = await self._keys.grants.arn_of(key_id)
        elif "KeyId" in params and "GrantId" in params:
            key, grant_id = params["KeyId"], params["GrantId"]
        else:
            raise validation("Either a GrantToken, or a KeyId and a GrantId are required")
        asked = self._requests.key(call, params, key=key, more=_FOR_RESOURCE)
        dry_run = params.get("DryRun", False)
        note(call, await self._keys.grants.retire(asked, grant_id, dry_run=dry_run))
        check_dry_run(params)
        return {}


def _given(params: Params) -> Grant:
    """Return the grant that is asked for, before anybody knows of which key."""
    constraints = params.get("Constraints", {})
    if "SourceArn" in constraints or "GranteeServicePrincipal" in params:
        raise unsupported("Grants to services are not supported: they use keys for their callers")
    if "GranteePrincipal" not in params:
        raise validation("GranteePrincipal is required")
    return Grant(
        id="",
        key_id="",
        created=0,
        issuer="",
        grantee=params["GranteePrincipal"],
        operations=tuple(dict.fromkeys(params["Operations"])),
        retiring=params.get("RetiringPrincipal", ""),
        name=params.get("Name", ""),
        context_equals=constraints.get("EncryptionContextEquals"),
        context_subset=constraints.get("EncryptionContextSubset"),
    )


def _keys_of(grant: Grant) -> ConditionKeys:
    """Return the condition keys of a grant that is to be made."""
    keys = _FOR_RESOURCE | {
        "kms:grantoperations": grant.operations,
        "kms:granteeprincipal": grant.grantee,
    }
    if grant.retiring:
        keys["kms:retiringprincipal"] = grant.retiring
    types = _constraints(grant)
    if types:
        keys["kms:grantconstrainttype"] = tuple(types)
    return keys


def _constraints(grant: Grant) -> Result:
    given = {
        "EncryptionContextEquals": grant.context_equals,
        "EncryptionContextSubset": grant.context_subset,
    }
    return {name: dict(context) for name, context in given.items() if context is not None}


def _id(grant: Grant) -> str:
    return grant.id


def _grantee(grant: Grant) -> str:
    return grant.grantee


def _listed(key: Key, grant: Grant) -> Result:
    return {
        "KeyId": key.arn,
        "GrantId": grant.id,
        "Name": grant.name,
        "CreationDate": grant.created / 1000,
        "GranteePrincipal": grant.grantee,
        "RetiringPrincipal": grant.retiring or None,
        "IssuingAccount": f"arn:aws:iam::{grant.issuer}:root",
        "Operations": list(grant.operations),
        "Constraints": _constraints(grant) or None,
    }
