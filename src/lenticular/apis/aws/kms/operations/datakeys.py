"""Data keys and random bytes: GenerateDataKey, GenerateDataKeyPair, GenerateRandom, and those
without the plaintext.
"""

import os

from lenticular.apis.aws.kms.errors import validation
from lenticular.apis.aws.kms.operations.ciphers import check_no_recipient
from lenticular.apis.aws.kms.requests import Requests, check_dry_run, note_arn
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.keys import Keys

_SIZES = {"AES_128": 16, "AES_256": 32}
"""Bytes, by KeySpec."""


class DataKeyOperations:
    """What is drawn for those who encrypt elsewhere."""

    def __init__(self, keys: Keys, requests: Requests) -> None:
        self._keys = keys
        self._requests = requests

    async def generate_data_key(self, call: Call, params: Params) -> Result:
        """Make a data key; return it, and as the key has sealed it."""
        check_no_recipient(params)
        asked, size = self._requests.key(call, params), _size(params)
        made = await self._keys.ciphers.data_key(asked, size)
        note_arn(call, made.key_arn)
        check_dry_run(params)
        return {"Plaintext": made.plaintext, "CiphertextBlob": made.wrapped, "KeyId": made.key_arn}

    async def generate_data_key_without_plaintext(self, call: Call, params: Params) -> Result:
        """Make a data key; return it only as the key has sealed it."""
        result = await self.generate_data_key(call, params)
        return {name: value for name, value in result.items() if name != "Plaintext"}

    async def generate_data_key_pair(self, call: Call, params: Params) -> Result:
        """Make a pair of data keys; return it, and the private one as the key has sealed it."""
        check_no_recipient(params)
        spec = params["KeyPairSpec"]
        made = await self._keys.ciphers.data_key_pair(self._requests.key(call, params), spec)
        note_arn(call, made.key_arn)
        check_dry_run(params)
        return {
            "PrivateKeyCiphertextBlob": made.wrapped,
            "PrivateKeyPlaintext": made.private,
            "PublicKey": made.public,
            "KeyId": made.key_arn,
            "KeyPairSpec": spec,
        }

    async def generate_data_key_pair_without_plaintext(self, call: Call, params: Params) -> Result:
        """Make a pair of data keys; return the private one only as the key has sealed it."""
        result = await self.generate_data_key_pair(call, params)
        return {name: value for name, value in result.items() if name != "PrivateKeyPlaintext"}

    async def generate_random(self, call: Call, params: Params) -> Result:
        """Draw random bytes."""
        call.require("kms:GenerateRandom")
        check_no_recipient(params)
        if "CustomKeyStoreId" in params:
            raise AwsError(
                "CustomKeyStoreNotFoundException",
                f"There is no key store {params['CustomKeyStoreId']}: bytes are drawn here",
            )
        if "NumberOfBytes" not in params:
            raise validation("NumberOfBytes is required")
        return {"Plaintext": os.urandom(params["NumberOfBytes"])}


def _size(params: Params) -> int:
    """Return how many bytes a data key is to have. Raises ValidationException."""
    given = [_SIZES[params["KeySpec"]]] if "KeySpec" in params else []
    given += [params["NumberOfBytes"]] if "NumberOfBytes" in params else []
    if len(given) != 1:
        raise validation("Please specify either number of bytes or key spec.")
    return given[0]
