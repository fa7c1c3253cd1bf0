"""Tags of tables: TagResource, UntagResource, ListTagsOfResource."""

from collections.abc import Iterable

from msgspec.structs import replace

from lenticular.apis.aws.dynamodb.errors import invalid, validation
from lenticular.apis.aws.dynamodb.limits import MAX_TAGS
from lenticular.apis.aws.dynamodb.names import tagged_table
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.tables import Table, Tables
from lenticular.primitives.tables.errors import TableNotFound

_PUNCTUATION = "+-=._:/@"


class TagOperations:
    """What is done to the tags of tables."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def tag_resource(self, call: Call, params: Params) -> Result:
        """Give a table tags, in the place of others with their keys."""
        arn = params["ResourceArn"]
        name = tagged_table(call, arn)
        if not params["Tags"]:
            raise validation("Atleast one Tag needs to be provided as Input.")
        tags = check_tags(params["Tags"])

        def add(table: Table) -> Table:
            return replace(table, tags=_limited({**table.tags, **tags}))

        try:
            await self._tables.alter(name, add)
        except TableNotFound as error:
            raise _not_found(arn) from error
        return {}

    async def untag_resource(self, call: Call, params: Params) -> Result:
        """Take tags away from a table; not an error when it has none of the keys."""
        arn = params["ResourceArn"]
        name = tagged_table(call, arn)
        keys = params["TagKeys"]
        if not keys:
            raise validation("Atleast one Tag Key needs to be provided as Input.")

        def remove(table: Table) -> Table:
            kept = {key: value for key, value in table.tags.items() if key not in keys}
            return replace(table, tags=kept)

        await self._tables.alter(name, remove)
        return {}

    async def list_tags_of_resource(self, call: Call, params: Params) -> Result:
        """List the tags of a table, all at once: there are never so many."""
        arn = params["ResourceArn"]
        name = tagged_table(call, arn)
        if "NextToken" in params:
            raise validation("Invalid NextToken: it is none that this operation gave out")
        try:
            table = await self._tables.describe(name)
        except TableNotFound as error:
            raise _not_found(arn) from error
        return {"Tags": [{"Key": key, "Value": table.tags[key]} for key in sorted(table.tags)]}


def check_tags(given: Iterable[Params]) -> dict[str, str]:
    """Return tags by key. Raises `AwsError`."""
    tags: dict[str, str] = {}
    for tag in given:
        key = tag["Key"]
        if key in tags:
            raise validation(f"Duplicate tag key found: {key}")
        if key.lower().startswith("aws:"):
            raise validation("aws: prefixed tag key names are not allowed for external use.")
        tags[key] = tag["Value"]
        for text in (key, tags[key]):
            if not _allowed(text):
                raise invalid(
                    "Tag keys and values can only have letters, numbers, whitespace and the "
                    f"characters {_PUNCTUATION}: {text}"
                )
    return _limited(tags)


def _allowed(text: str) -> bool:
    return all(each.isalnum() or each.isspace() or each in _PUNCTUATION for each in text)


def _limited(tags: dict[str, str]) -> dict[str, str]:
    if len(tags) > MAX_TAGS:
        raise invalid(f"The number of tags exceeds the limit: a table may have {MAX_TAGS} tags")
    return tags


def _not_found(arn: str) -> AwsError:
    message = f"Requested resource not found: ResourcArn: {arn} not found"
    return AwsError("ResourceNotFoundException", message)
