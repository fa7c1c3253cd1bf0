"""Labels of versions: LabelParameterVersion, UnlabelParameterVersion."""

import re

from lenticular.apis.aws.ssm.access import Access, parameter_name
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.parameters import Parameters

_LABEL = re.compile(r"(?!aws|ssm)[A-Za-z_.\-][A-Za-z0-9_.\-]{0,99}", re.IGNORECASE)
"""What can be a label (User Guide, "Working with parameter labels")."""


class LabelOperations:
    """What is done to the labels of versions."""

    def __init__(self, parameters: Parameters, access: Access) -> None:
        self._parameters = parameters
        self._access = access

    async def label_parameter_version(self, call: Call, params: Params) -> Result:
        """Put labels on a version, by default the latest; tell which cannot be labels."""
        name = parameter_name(call, params["Name"])
        await self._access.require(call, "LabelParameterVersion", name)
        labels = [label for label in params["Labels"] if _LABEL.fullmatch(label)]
        number = await self._parameters.label(name, params.get("ParameterVersion"), labels)
        invalid = [label for label in params["Labels"] if label not in labels]
        return {"InvalidLabels": invalid, "ParameterVersion": number}

    async def unlabel_parameter_version(self, call: Call, params: Params) -> Result:
        """Take labels off a version; tell which it did not bear."""
        name = parameter_name(call, params["Name"])
        await self._access.require(call, "UnlabelParameterVersion", name)
        labels = params["Labels"]
        removed = await self._parameters.unlabel(name, params["ParameterVersion"], labels)
        invalid = [label for label in labels if label not in removed]
        return {"RemovedLabels": removed, "InvalidLabels": invalid}
