"""Values: GetParameter, GetParameters, GetParameterHistory."""

from lenticular.apis.aws.ssm.access import Access, parameter_name, selected_name
from lenticular.apis.aws.ssm.descriptions import described, value_of, valued
from lenticular.apis.aws.ssm.operations.listings import MOST_LISTED, offset_page
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.parameters import Parameters
from lenticular.primitives.parameters.errors import ParameterNotFound, VersionNotFound


class ValueOperations:
    """What is asked of the values of parameters."""

    def __init__(self, parameters: Parameters, access: Access) -> None:
        self._parameters = parameters
        self._access = access

    async def get_parameter(self, call: Call, params: Params) -> Result:
        """Return a parameter, by ``name``, ``name:version`` or ``name:label``."""
        name, selector, written = selected_name(call, params["Name"])
        await self._access.require(call, "GetParameter", name)
        found = await self._parameters.get(name, selector)
        decrypted = params.get("WithDecryption", False)
        return {"Parameter": valued(found, decrypted=decrypted, selector=written)}

    async def get_parameters(self, call: Call, params: Params) -> Result:
        """Return several parameters; tell which there are not."""
        names = {given: selected_name(call, given) for given in params["Names"]}
        for name, _, _ in names.values():
            await self._access.require(call, "GetParameters", name)
        decrypted = params.get("WithDecryption", False)
        values, missing = [], []
        for given, (name, selector, written) in names.items():
            try:
                found = await self._parameters.get(name, selector)
            except (ParameterNotFound, VersionNotFound):
                missing.append(given)
            else:
                values.append(valued(found, decrypted=decrypted, selector=written))
        return {"Parameters": values, "InvalidParameters": missing}

    async def get_parameter_history(self, call: Call, params: Params) -> Result:
        """Return the versions of a parameter, oldest first."""
        name = parameter_name(call, params["Name"])
        await self._access.require(call, "GetParameterHistory", name)
        versions = await self._parameters.history(name)
        page, token = offset_page(versions, params, MOST_LISTED)
        decrypted = params.get("WithDecryption", False)
        listed = [
            described(found)
            | {
                "Value": value_of(found, decrypted=decrypted),
                "Labels": list(found.version.labels) or None,
            }
            for found in page
        ]
        return {"Parameters": listed, "NextToken": token}
