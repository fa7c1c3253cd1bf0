"""Tags of parameters: AddTagsToResource, RemoveTagsFromResource, ListTagsForResource."""

from collections.abc import Iterable, Mapping

from lenticular.apis.aws.ssm.access import Access, parameter_name
from lenticular.apis.aws.ssm.errors import validation
from lenticular.apis.aws.wire.conditionkeys import request_tags
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.parameters import ParameterName, Parameters
from lenticular.primitives.parameters.errors import ParameterNotFound


class TagOperations:
    """What is done to the tags of parameters."""

    def __init__(self, parameters: Parameters, access: Access) -> None:
        self._parameters = parameters
        self._access = access

    async def add_tags_to_resource(self, call: Call, params: Params) -> Result:
        """Give a parameter tags, in the place of others with their keys."""
        tags = checked_tags(params["Tags"])
        name = _tagged(call, params)
        await self._access.require(call, "AddTagsToResource", name, request_tags(tags))
        try:
            await self._parameters.tag(name, lambda before: {**before, **tags})
        except ParameterNotFound as error:
            raise _invalid_id(params) from error
        return {}

    async def remove_tags_from_resource(self, call: Call, params: Params) -> Result:
        """Take tags away by their keys."""
        gone = tuple(params["TagKeys"])
        name = _tagged(call, params)
        await self._access.require(call, "RemoveTagsFromResource", name, {"aws:tagkeys": gone})

        def remove(before: Mapping[str, str]) -> Mapping[str, str]:
            return {key: before[key] for key in before if key not in gone}

        try:
            await self._parameters.tag(name, remove)
        except ParameterNotFound as error:
            raise _invalid_id(params) from error
        return {}

    async def list_tags_for_resource(self, call: Call, params: Params) -> Result:
        """List the tags of a parameter."""
        name = _tagged(call, params)
        await self._access.require(call, "ListTagsForResource", name)
        try:
            parameter = await self._parameters.find(name)
        except ParameterNotFound as error:
            raise _invalid_id(params) from error
        tags = sorted(parameter.tags.items())
        return {"TagList": [{"Key": key, "Value": value} for key, value in tags]}


def _tagged(call: Call, params: Params) -> ParameterName:
    """Return the parameter that a request is about. Raises InvalidResourceType."""
    if params["ResourceType"] != "Parameter":
        raise AwsError(
            "InvalidResourceType",
            f"{params['ResourceType']} is not a valid resource type here: there are parameters "
            "only.",
        )
    try:
        return parameter_name(call, params["ResourceId"])
    except ParameterNotFound as error:
        raise _invalid_id(params) from error


def _invalid_id(params: Params) -> AwsError:
    return AwsError(
        "InvalidResourceId",
        f"The resource ID is not valid. Verify that you entered the correct ID and try again: "
        f"{params['ResourceId']}",
    )


def checked_tags(given: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return tags by key. Raises ValidationException."""
    tags: dict[str, str] = {}
    for tag in given:
        key = tag["Key"]
        if key in tags:
            raise validation(f"Duplicate tag key found: {key}")
        if key.lower().startswith("aws:"):
            raise validation("Tag keys that begin with aws: are reserved.")
        tags[key] = tag["Value"]
    return tags
