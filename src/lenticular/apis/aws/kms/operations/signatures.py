"""Signatures and authentication codes: Sign, Verify, GetPublicKey, GenerateMac, VerifyMac."""

from lenticular.apis.aws.kms.descriptions import algorithms_of
from lenticular.apis.aws.kms.errors import unsupported
from lenticular.apis.aws.kms.requests import Requests, check_dry_run, note
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.keys import Keys


class SignatureOperations:
    """What is signed, and checked."""

    def __init__(self, keys: Keys, requests: Requests) -> None:
        self._keys = keys
        self._requests = requests

    async def sign(self, call: Call, params: Params) -> Result:
        """Sign a message, or the digest of one."""
        is_digest = _is_digest(params)
        asked, algorithm = self._requests.key(call, params), params["SigningAlgorithm"]
        key, signature = await self._keys.signatures.sign(
            asked, algorithm, params["Message"], is_digest=is_digest
        )
        note(call, key)
        check_dry_run(params)
        return {"KeyId": key.arn, "Signature": signature, "SigningAlgorithm": algorithm}

    async def verify(self, call: Call, params: Params) -> Result:
        """Check a signature."""
        is_digest = _is_digest(params)
        asked, algorithm = self._requests.key(call, params), params["SigningAlgorithm"]
        key = await self._keys.signatures.verify(
            asked, algorithm, params["Message"], params["Signature"], is_digest=is_digest
        )
        note(call, key)
        check_dry_run(params)
        return {"KeyId": key.arn, "SignatureValid": True, "SigningAlgorithm": algorithm}

    async def get_public_key(self, call: Call, params: Params) -> Result:
        """Return the public half of an asymmetric key."""
        asked = self._requests.key(call, params)
        key, public = await self._keys.signatures.public_key(asked)
        note(call, key)
        return {
            "KeyId": key.arn,
            "PublicKey": public,
            "KeySpec": key.spec,
            "CustomerMasterKeySpec": key.spec,
            "KeyUsage": key.usage,
            **algorithms_of(key),
        }

    async def generate_mac(self, call: Call, params: Params) -> Result:
        """Make an authentication code."""
        asked, algorithm = self._requests.key(call, params), params["MacAlgorithm"]
        key, mac = await self._keys.signatures.mac(asked, algorithm, params["Message"])
        note(call, key)
        check_dry_run(params)
        return {"KeyId": key.arn, "Mac": mac, "MacAlgorithm": algorithm}

    async def verify_mac(self, call: Call, params: Params) -> Result:
        """Check an authentication code."""
        asked, algorithm = self._requests.key(call, params), params["MacAlgorithm"]
        key = await self._keys.signatures.verify_mac(
            asked, algorithm, params["Message"], params["Mac"]
        )
        note(call, key)
        check_dry_run(params)
        return {"KeyId": key.arn, "MacValid": True, "MacAlgorithm": algorithm}


def _is_digest(params: Params) -> bool:
    kind = params.setdefault("MessageType", "RAW")
    if kind not in {"RAW", "DIGEST"}:
        raise unsupported(f"MessageType {kind} is not supported: expected RAW or DIGEST")
    return bool(kind == "DIGEST")
