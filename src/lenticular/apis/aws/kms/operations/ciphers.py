"""Ciphers: Encrypt, Decrypt, ReEncrypt."""

from lenticular.apis.aws.kms.errors import unsupported
from lenticular.apis.aws.kms.requests import Requests, check_dry_run, note
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.keys import Keys
from lenticular.primitives.keys.ciphertexts import parse
from lenticular.primitives.keys.specs import SYMMETRIC_DEFAULT


class CipherOperations:
    """What is encrypted and decrypted."""

    def __init__(self, keys: Keys, requests: Requests) -> None:
        self._keys = keys
        self._requests = requests

    async def encrypt(self, call: Call, params: Params) -> Result:
        """Encrypt up to 4 KiB."""
        algorithm = params.setdefault("EncryptionAlgorithm", SYMMETRIC_DEFAULT)
        asked = self._requests.key(call, params)
        key, data = await self._keys.ciphers.encrypt(asked, params["Plaintext"], algorithm)
        note(call, key)
        check_dry_run(params)
        return {"CiphertextBlob": data, "KeyId": key.arn, "EncryptionAlgorithm": algorithm}

    async def decrypt(self, call: Call, params: Params) -> Result:
        """Decrypt what a key has encrypted."""
        check_no_recipient(params)
        algorithm = params.setdefault("EncryptionAlgorithm", SYMMETRIC_DEFAULT)
        asked = self._requests.key(call, params)
        data = params.get("CiphertextBlob", b"")
        key, plaintext = await self._keys.ciphers.decrypt(asked, data, algorithm)
        note(call, key)
        check_dry_run(params)
        result = {"Plaintext": plaintext, "KeyId": key.arn, "EncryptionAlgorithm": algorithm}
        if algorithm == SYMMETRIC_DEFAULT:
            result["KeyMaterialId"] = key.materials[parse(data).number - 1].id
        return result

    async def re_encrypt(self, call: Call, params: Params) -> Result:
        """Encrypt with another key, or context, what a key has encrypted."""
        algorithms = (
            params.get("SourceEncryptionAlgorithm", SYMMETRIC_DEFAULT),
            params.get("DestinationEncryptionAlgorithm", SYMMETRIC_DEFAULT),
        )
        source = self._requests.key(
            call,
            params,
            key=params.get("SourceKeyId", ""),
            action="ReEncryptFrom",
            context=params.get("SourceEncryptionContext", {}),
            more={"kms:encryptionalgorithm": algorithms[0]},
        )
        target = self._requests.key(
            call,
            params,
            key=params["DestinationKeyId"],
            action="ReEncryptTo",
            context=params.get("DestinationEncryptionContext", {}),
            more={"kms:encryptionalgorithm": algorithms[1]},
        )
        data = params.get("CiphertextBlob", b"")
        before, after, made = await self._keys.ciphers.re_encrypt(source, target, data, algorithms)
        note(call, before)
        note(call, after)
        check_dry_run(params)
        return {
            "CiphertextBlob": made,
            "SourceKeyId": before.arn,
            "KeyId": after.arn,
            "SourceEncryptionAlgorithm": algorithms[0],
            "DestinationEncryptionAlgorithm": algorithms[1],
        }


def check_no_recipient(params: Params) -> None:
    """Raise UnsupportedOperationException for an answer that only an enclave is to read."""
    if "Recipient" in params:
        raise unsupported("Recipient is not supported: there are no attested enclaves here")
