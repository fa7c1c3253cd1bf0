"""Tags of budgets and actions: TagResource, UntagResource, ListTagsForResource."""

from collections.abc import Callable

from msgspec.structs import replace

from lenticular.apis.aws.budgets.names import Resource, allowed_by_arn
from lenticular.apis.aws.budgets.requests import MOST_TAGS, read_tags
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.budgets import Budgets

Tags = dict[str, str]


class TagOperations:
    """What is done to tags."""

    def __init__(self, budgets: Budgets) -> None:
        self._budgets = budgets

    async def tag_resource(self, call: Call, params: Params) -> Result:
        """Add tags, in the place of others with their keys."""
        found = allowed_by_arn(call, params["ResourceARN"], "budgets:TagResource")
        added = read_tags(params["ResourceTags"])

        def add(tags: Tags) -> Tags:
            if len(tags | added) > MOST_TAGS:
                raise AwsError(
                    "ServiceQuotaExceededException", f"There may be {MOST_TAGS} tags at most."
                )
            return tags | added

        await self._change(found, add)
        return {}

    async def untag_resource(self, call: Call, params: Params) -> Result:
        """Take tags away; not an error when there is none of the keys."""
        found = allowed_by_arn(call, params["ResourceARN"], "budgets:UntagResource")
        gone = frozenset(params["ResourceTagKeys"])
        await self._change(found, lambda tags: {key: tags[key] for key in tags if key not in gone})
        return {}

    async def list_tags_for_resource(self, call: Call, params: Params) -> Result:
        """List the tags of a budget or an action."""
        found = allowed_by_arn(call, params["ResourceARN"], "budgets:ListTagsForResource")
        if found.action_id:
            tags = (await self._budgets.find_action(*found)).tags
        else:
            tags = (await self._budgets.find(found.account_id, found.budget)).tags
        listed = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
        return {"ResourceTags": listed}

    async def _change(self, found: Resource, fn: Callable[[Tags], Tags]) -> None:
        if found.action_id:
            await self._budgets.change_action(
                *found, lambda action: replace(action, tags=fn(action.tags))
            )
        else:
            await self._budgets.change(
                found.account_id,
                found.budget,
                lambda budget: replace(budget, tags=fn(budget.tags)),
            )
