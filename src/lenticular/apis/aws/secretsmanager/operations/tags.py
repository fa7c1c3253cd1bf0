"""Tags of secrets: TagResource, UntagResource."""

from msgspec.structs import replace

from lenticular.apis.aws.secretsmanager.access import Access, checked_tags
from lenticular.apis.aws.wire.conditionkeys import request_tags
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.secrets import Secret, Secrets


class TagOperations:
    """What is done to the tags of secrets."""

    def __init__(self, secrets: Secrets, access: Access) -> None:
        self._secrets = secrets
        self._access = access

    async def tag_resource(self, call: Call, params: Params) -> Result:
        """Give a secret tags, in the place of others with their keys."""
        tags = checked_tags(params["Tags"])
        secret = await self._access.secret(call, params, more=request_tags(tags))

        def add(found: Secret) -> Secret:
            return replace(found, tags={**found.tags, **tags})

        await self._secrets.update(secret, add)
        return {}

    async def untag_resource(self, call: Call, params: Params) -> Result:
        """Take tags away by their keys."""
        gone = tuple(params["TagKeys"])
        secret = await self._access.secret(call, params, more={"aws:tagkeys": gone})

        def remove(found: Secret) -> Secret:
            return replace(
                found, tags={key: found.tags[key] for key in found.tags if key not in gone}
            )

        await self._secrets.update(secret, remove)
        return {}
