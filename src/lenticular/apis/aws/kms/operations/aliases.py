"""Aliases: CreateAlias, UpdateAlias, DeleteAlias, ListAliases."""

from lenticular.apis.aws.kms.paging import page_of
from lenticular.apis.aws.kms.requests import Requests, note
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.keys import Keys
from lenticular.primitives.keys.names import KeyName
from lenticular.primitives.keys.records import Alias


class AliasOperations:
    """What is done to aliases."""

    def __init__(self, keys: Keys, requests: Requests) -> None:
        self._keys = keys
        self._requests = requests

    async def create_alias(self, call: Call, params: Params) -> Result:
        """Give a key another name."""
        asked = self._requests.key(call, params, key=params["TargetKeyId"])
        note(call, await self._keys.aliases.create(asked, _named(call, params)))
        return {}

    async def update_alias(self, call: Call, params: Params) -> Result:
        """Let an alias stand for another key."""
        asked = self._requests.key(call, params, key=params["TargetKeyId"])
        note(call, await self._keys.aliases.update(asked, _named(call, params)))
        return {}

    async def delete_alias(self, call: Call, params: Params) -> Result:
        """Remove an alias."""
        asked = self._requests.account(call, params)
        note(call, await self._keys.aliases.delete(asked, _named(call, params)))
        return {}

    async def list_aliases(self, call: Call, params: Params) -> Result:
        """List the account's aliases in the region, or those of one key."""
        asked = self._requests.key(call, params)
        found = await self._keys.aliases.of_account(asked, call.region)
        page, more = page_of(found, params, lambda pair: pair[0].name)
        return {"Aliases": [_listed(name, alias) for name, alias in page], **more}


def _named(call: Call, params: Params) -> KeyName:
    name = KeyName(call.principal.account_id, call.region, params["AliasName"])
    call.touched.append((name.arn, name.account_id))
    return name


def _listed(name: KeyName, alias: Alias) -> Result:
    return {
        "AliasName": name.name,
        "AliasArn": name.arn,
        "TargetKeyId": alias.key_id,
        "CreationDate": alias.created / 1000,
        "LastUpdatedDate": alias.changed / 1000,
    }
