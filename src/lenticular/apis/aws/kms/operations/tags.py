"""Tags: TagResource, UntagResource, ListResourceTags."""

from msgspec.structs import replace

from lenticular.apis.aws.kms.paging import page_of
from lenticular.apis.aws.kms.requests import Requests, note
from lenticular.apis.aws.wire.conditionkeys import request_tags
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.keys import Keys
from lenticular.primitives.keys.catalog import kept
from lenticular.primitives.keys.records import Key


class TagOperations:
    """What is done to the tags of keys."""

    def __init__(self, keys: Keys, requests: Requests) -> None:
        self._keys = keys
        self._requests = requests

    async def tag_resource(self, call: Call, params: Params) -> Result:
        """Set tags of a key."""
        tags = tags_of(params)

        def tagged(key: Key) -> Key:
            return replace(kept(key), tags={**key.tags, **tags})

        asked = self._requests.key(call, params, more=request_tags(tags))
        note(call, await self._keys.catalog.alter(asked, tagged))
        return {}

    async def untag_resource(self, call: Call, params: Params) -> Result:
        """Remove tags of a key; those that it does not have do no harm."""
        names = params["TagKeys"]

        def untagged(key: Key) -> Key:
            left = {name: value for name, value in key.tags.items() if name not in names}
            return replace(kept(key), tags=left)

        asked = self._requests.key(call, params, more={"aws:tagkeys": tuple(names)})
        note(call, await self._keys.catalog.alter(asked, untagged))
        return {}

    async def list_resource_tags(self, call: Call, params: Params) -> Result:
        """List the tags of a key."""
        key = note(call, await self._keys.catalog.find(self._requests.key(call, params)))
        page, more = page_of(sorted(key.tags.items()), params, lambda tag: tag[0])
        return {"Tags": [{"TagKey": name, "TagValue": value} for name, value in page], **more}


def tags_of(params: Params) -> dict[str, str]:
    """Return the tags that are given, by key. Raises TagException."""
    tags: dict[str, str] = {}
    for tag in params.get("Tags", ()):
        name = tag["TagKey"]
        if name in tags:
            raise AwsError("TagException", f"Duplicate tag key: {name}")
        if name.lower().startswith("aws:"):
            raise AwsError("TagException", "Tag keys that begin with aws: are reserved")
        tags[name] = tag["TagValue"]
    return tags
