"""Tags of trails: AddTags, RemoveTags, ListTags."""

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from lenticular.apis.aws.cloudtrail.names import trail_name
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.audit.trails import Trail, TrailNotFound, Trails

MOST_TAGS = 50
_MOST_LISTED = 20


class TagOperations:
    """What is done to the tags of trails."""

    def __init__(self, trails: Trails) -> None:
        self._trails = trails

    async def add_tags(self, call: Call, params: Params) -> Result:
        """Give a trail tags, in the place of others with their keys."""
        found = trail_name(call, params["ResourceId"])
        call.require("cloudtrail:AddTags", found.arn)
        tags = checked_tags(params["TagsList"])

        def add(trail: Trail) -> Trail:
            return replace(trail, tags=_limited({**trail.tags, **tags}))

        await self._change(*found, add)
        return {}

    async def remove_tags(self, call: Call, params: Params) -> Result:
        """Take tags away by their keys."""
        found = trail_name(call, params["ResourceId"])
        call.require("cloudtrail:RemoveTags", found.arn)
        gone = {tag["Key"] for tag in params["TagsList"]}

        def remove(trail: Trail) -> Trail:
            return replace(
                trail, tags={key: trail.tags[key] for key in trail.tags if key not in gone}
            )

        await self._change(*found, remove)
        return {}

    async def list_tags(self, call: Call, params: Params) -> Result:
        """List the tags of up to twenty trails."""
        if len(params["ResourceIdList"]) > _MOST_LISTED:
            raise AwsError(
                "InvalidParameterException",
                f"At most {_MOST_LISTED} resources can be listed at once",
            )
        listed = []
        for given in params["ResourceIdList"]:
            found = trail_name(call, given)
            call.require("cloudtrail:ListTags", found.arn)
            try:
                trail = await self._trails.find(*found)
            except TrailNotFound as error:
                raise _no_resource(given) from error
            tags = [{"Key": key, "Value": value} for key, value in sorted(trail.tags.items())]
            listed.append({"ResourceId": given, "TagsList": tags})
        return {"ResourceTagList": listed}

    async def _change(
        self, account_id: str, region: str, name: str, fn: Callable[[Trail], Trail]
    ) -> None:
        try:
            await self._trails.change(account_id, region, name, fn)
        except TrailNotFound as error:
            raise _no_resource(name) from error


def checked_tags(given: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return tags by key. Raises InvalidTagParameterException or TagsLimitExceededException."""
    tags: dict[str, str] = {}
    for tag in given:
        key = tag["Key"]
        if key in tags:
            raise AwsError("InvalidTagParameterException", f"Duplicate tag key found: {key}")
        if key.lower().startswith("aws:"):
            raise AwsError(
                "InvalidTagParameterException", "Tag keys that begin with aws: are reserved"
            )
        tags[key] = tag.get("Value", "")
    return _limited(tags)


def _limited(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > MOST_TAGS:
        raise AwsError(
            "TagsLimitExceededException", f"A trail may have {MOST_TAGS} tags, not {len(tags)}"
        )
    return tags


def _no_resource(given: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"The resource {given} was not found")
