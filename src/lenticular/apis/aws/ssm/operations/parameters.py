"""Parameters as such: PutParameter, DeleteParameter, DeleteParameters."""

import re
import warnings

from lenticular.apis.aws.ssm.access import Access, check_new_name, parameter_name
from lenticular.apis.aws.ssm.errors import validation
from lenticular.apis.aws.ssm.operations.tags import checked_tags
from lenticular.apis.aws.wire.conditionkeys import request_tags
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.apis.aws.wire.validation import branches, may_explode
from lenticular.primitives.parameters import (
    ADVANCED,
    SECURE,
    STANDARD,
    ParameterName,
    Parameters,
    ParameterVersion,
)
from lenticular.primitives.parameters.errors import ParameterNotFound

_LONGEST = {STANDARD: 4096, ADVANCED: 8192}
"""Bytes of a value, by tier."""

_INTELLIGENT = "Intelligent-Tiering"
_OWN_KEY = ("alias/aws/ssm", "aws/ssm")
"""What the key of the vault is called; there are no others."""

_LONGEST_MATCHED = 1024
"""Characters of a value that a pattern with several repetitions is tried on."""
_MOST_BRANCHES = 32


class ParameterOperations:
    """What is done to parameters as such."""

    def __init__(self, parameters: Parameters, access: Access) -> None:
        self._parameters = parameters
        self._access = access

    async def put_parameter(self, call: Call, params: Params) -> Result:
        """Make a parameter, or a new version of one."""
        name = parameter_name(call, params["Name"])
        overwrite = params.get("Overwrite", False)
        tags = checked_tags(params.get("Tags", ()))
        keys = {"ssm:overwrite": str(overwrite).lower()} | request_tags(tags)
        await self._access.require(call, "PutParameter", name, keys)
        if tags:
            await self._access.require(call, "AddTagsToResource", name, keys)
            if overwrite:
                raise validation(
                    "Invalid request: tags and overwrite can't be used together. To create a "
                    "parameter with tags, please remove overwrite flag. To update tags for an "
                    "existing parameter, please use AddTagsToResource or RemoveTagsFromResource."
                )
        check_new_name(name.name)
        version = await self._version(call, name, params)
        stored = await self._parameters.put(name, version, overwrite=overwrite, tags=tags)
        return {"Version": stored.number, "Tier": stored.tier}

    async def _version(self, call: Call, name: ParameterName, params: Params) -> ParameterVersion:
        """Return the version that a request asks for; what it leaves out stays as it was."""
        before = await self._latest(name)
        kind = params.get("Type") or (before.type if before else "")
        if not kind:
            raise validation("A parameter type is required when you create a parameter.")
        if params.get("Policies", "[]").strip() not in {"[]", "{}"}:
            raise AwsError(
                "InvalidPolicyTypeException",
                "Parameter policies are not supported here: leave Policies out.",
            )
        value = params["Value"]
        if not value:
            raise validation(
                "1 validation error detected: Value at 'value' failed to satisfy constraint: "
                "Member must have length greater than or equal to 1."
            )
        pattern = params.get("AllowedPattern", before.pattern if before else "")
        _check_pattern(pattern, value)
        data_type = params.get("DataType", "text")
        if data_type != "text":
            raise validation(
                f"The following data type is not supported: {data_type} (Data type names are all "
                "lowercase.)"
            )
        return ParameterVersion(
            number=0,
            type=kind,
            value=value.encode(),
            modified=0,
            modified_by=call.principal.arn,
            tier=_tier(params, value, before),
            description=params.get("Description", before.description if before else ""),
            pattern=pattern,
            data_type=data_type,
            key_id=_key_id(params, kind),
        )

    async def _latest(self, name: ParameterName) -> ParameterVersion | None:
        try:
            return (await self._parameters.get(name)).version
        except ParameterNotFound:
            return None

    async def delete_parameter(self, call: Call, params: Params) -> Result:
        """Delete a parameter with all its versions."""
        name = parameter_name(call, params["Name"])
        await self._access.require(call, "DeleteParameter", name)
        await self._parameters.delete(name)
        return {}

    async def delete_parameters(self, call: Call, params: Params) -> Result:
        """Delete several parameters; tell which there were."""
        names = {given: parameter_name(call, given) for given in params["Names"]}
        for name in names.values():
            await self._access.require(call, "DeleteParameters", name)
        deleted, missing = [], []
        for given, name in names.items():
            try:
                await self._parameters.delete(name)
            except ParameterNotFound:
                missing.append(given)
            else:
                deleted.append(given)
        return {"DeletedParameters": deleted, "InvalidParameters": missing}


def _tier(params: Params, value: str, before: ParameterVersion | None) -> str:
    """Return the tier that a value is kept in. Raises ValidationException when it is too large."""
    given = params.get("Tier") or (before.tier if before else STANDARD)
    size = len(value.encode())
    if given == _INTELLIGENT:
        needs_more = size > _LONGEST[STANDARD] or (before is not None and before.tier == ADVANCED)
        given = ADVANCED if needs_more else STANDARD
    if size <= _LONGEST[given]:
        return str(given)
    if given == STANDARD:
        raise validation(
            "Standard tier parameters support a maximum parameter value of 4096 characters. To "
            "create a larger parameter value, upgrade the parameter to use the "
            "advanced-parameter tier."
        )
    raise validation(
        "Advanced tier parameters support a maximum parameter value of 8192 characters."
    )


def _key_id(params: Params, kind: str) -> str:
    key_id: str = params.get("KeyId", "")
    if kind != SECURE:
        if key_id:
            raise validation("KeyId is required for SecureString type parameter only.")
        return ""
    if key_id and not key_id.endswith(_OWN_KEY):
        raise AwsError(
            "InvalidKeyId",
            f"There is no key {key_id}: parameters are sealed with {_OWN_KEY[0]}",
        )
    return key_id or _OWN_KEY[0]


def _check_pattern(pattern: str, value: str) -> None:
    """Hold a value against a pattern, in a time that whoever wrote the pattern cannot stretch.

    Raises InvalidAllowedPatternException or ParameterPatternMismatchException.
    """
    if not pattern:
        return
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            compiled = re.compile(pattern)
    except (re.error, FutureWarning, OverflowError, RecursionError) as error:
        raise AwsError(
            "InvalidAllowedPatternException", f"The regular expression is not valid: {error}"
        ) from error
    slow = may_explode(pattern) or branches(pattern) > _MOST_BRANCHES
    if slow or len(value) > _LONGEST_MATCHED:
        raise AwsError(
            "InvalidAllowedPatternException",
            "The regular expression could take too long: use fewer choices and repetitions, none "
            f"of these within another, and values of at most {_LONGEST_MATCHED} characters",
        )
    if not compiled.fullmatch(value):
        raise AwsError(
            "ParameterPatternMismatchException",
            f"Parameter value, cannot be validated against allowedPattern: {pattern}",
        )
