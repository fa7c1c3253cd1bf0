"""Which parameter a request is about, and whether its caller may do what it asks.

Service Authorization Reference, "Actions, resources, and condition keys for AWS Systems
Manager"; User Guide, "Requirements and constraints for parameter names".
"""

import re

from lenticular.apis.aws.ssm.errors import validation
from lenticular.apis.aws.wire.conditionkeys import Keys, resource_tags
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call
from lenticular.primitives.parameters import ParameterName, Parameters, Selector
from lenticular.primitives.parameters.errors import ParameterNotFound

_ARN = re.compile(r"arn:aws[a-z-]*:ssm:([a-z0-9-]+):([0-9]{12}):parameter/(.+)")
_CHARACTERS = re.compile(r"[A-Za-z0-9_.\-/]+")
_LONGEST = 1011
_MOST_LEVELS = 15
_RESERVED = re.compile(r"/?(aws|ssm)", re.IGNORECASE)


class Access:
    """Asks policies of parameters."""

    def __init__(self, parameters: Parameters) -> None:
        self._parameters = parameters

    async def require(
        self, call: Call, action: str, name: ParameterName, keys: Keys | None = None
    ) -> None:
        """Let the call go on only if its caller may do this to a parameter, there or not.

        Raises AccessDeniedException.
        """
        found: Keys = dict(keys or {})
        try:
            parameter = await self._parameters.find(name)
        except ParameterNotFound:
            pass
        else:
            found |= resource_tags(parameter.tags)
        call.require(f"ssm:{action}", name.arn, account_id=name.account_id, keys=found)


def parameter_name(call: Call, given: str) -> ParameterName:
    """Return the parameter of the caller's account that a name or an ARN means.

    Raises ValidationException, and `ParameterNotFound` for another account's.
    """
    if not given.startswith("arn:"):
        return ParameterName(call.principal.account_id, call.region, given)
    match = _ARN.fullmatch(given)
    if match is None:
        raise validation(f"{given} is not the ARN of a parameter")
    region, account_id, rest = match.groups()
    if (region, account_id) != (call.region, call.principal.account_id):
        raise ParameterNotFound(given)
    # A name that is a path begins with a slash, which its ARN does not double.
    return ParameterName(account_id, region, f"/{rest}" if "/" in rest else rest)


def selected_name(call: Call, given: str) -> tuple[ParameterName, Selector, str]:
    """Return a parameter, the version of it that ``name:version`` or ``name:label`` means, and how
    that was written.
    """
    head, colon, selector = given.rpartition(":")
    is_arn = given.startswith("arn:")
    if not colon or (is_arn and not _ARN.fullmatch(head)):
        return parameter_name(call, given), None, ""
    name = parameter_name(call, head)
    number = selector.isascii() and selector.isdecimal() and len(selector) < 10
    return name, int(selector) if number else selector, f":{selector}"


def check_new_name(name: str) -> None:
    """Raise the service's error for a name that no parameter can have."""
    if not _CHARACTERS.fullmatch(name) or name.endswith("/") or "//" in name:
        raise validation(
            "Invalid parameter name. Please use correct syntax for referencing a version/label "
            "<name>:<version/label>, and only letters, numbers and the symbols .-_/ in a name"
        )
    if "/" in name and not name.startswith("/"):
        raise validation("Parameter name must be a fully qualified name.")
    if len(name) > _LONGEST:
        raise validation(f"Parameter name must be at most {_LONGEST} characters long.")
    if name.count("/") > _MOST_LEVELS:
        raise AwsError(
            "HierarchyLevelLimitExceededException",
            f"The hierarchy can have a maximum of {_MOST_LEVELS} levels.",
        )
    reserved = _RESERVED.match(name)
    if reserved is None:
        return
    if reserved[1].lower() == "aws":
        raise AwsError("AccessDeniedException", f"No access to reserved parameter name: {name}.")
    raise validation(
        'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, '
        "it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a "
        "mix of letters, numbers and the following 3 symbols .-_"
    )
