"""Rotation: EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand,
ListKeyRotations.
"""

from lenticular.apis.aws.kms.errors import unsupported
from lenticular.apis.aws.kms.paging import page_of
from lenticular.apis.aws.kms.requests import Requests, note
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.keys import Keys
from lenticular.primitives.keys.records import Key, Material
from lenticular.primitives.keys.specs import SYMMETRIC_DEFAULT


class RotationOperations:
    """What is done to the rotation of keys."""

    def __init__(self, keys: Keys, requests: Requests) -> None:
        self._keys = keys
        self._requests = requests

    async def enable_key_rotation(self, call: Call, params: Params) -> Result:
        """Rotate a key by itself from now on."""
        asked = self._requests.key(call, params)
        note(call, await self._keys.rotations.enable(asked, params.get("RotationPeriodInDays")))
        return {}

    async def disable_key_rotation(self, call: Call, params: Params) -> Result:
        """Rotate a key no more by itself."""
        note(call, await self._keys.rotations.disable(self._requests.key(call, params)))
        return {}

    async def get_key_rotation_status(self, call: Call, params: Params) -> Result:
        """Tell whether and when a key is rotated."""
        key = note(call, await self._keys.catalog.find(self._requests.key(call, params)))
        result: Result = {"KeyId": key.arn, "KeyRotationEnabled": bool(key.rotation_days)}
        if key.rotation_days:
            result["RotationPeriodInDays"] = key.rotation_days
            result["NextRotationDate"] = key.next_rotation / 1000
        return result

    async def rotate_key_on_demand(self, call: Call, params: Params) -> Result:
        """Rotate a key at once."""
        key = note(call, await self._keys.rotations.rotate(self._requests.key(call, params)))
        return {"KeyId": key.arn}

    async def list_key_rotations(self, call: Call, params: Params) -> Result:
        """List the rotations of a key; with its first material too, when asked for all."""
        key = note(call, await self._keys.catalog.find(self._requests.key(call, params)))
        if key.spec != SYMMETRIC_DEFAULT:
            raise unsupported(f"{key.arn} is {key.spec}: only symmetric keys are rotated")
        everything = params.get("IncludeKeyMaterial") == "ALL_KEY_MATERIAL"
        found = [each for each in key.materials if each.rotation or everything]
        page, more = page_of(found, params, lambda each: f"{each.number:06}", 100)
        return {"Rotations": [_listed(key, each) for each in page], **more}


def _listed(key: Key, material: Material) -> Result:
    result: Result = {
        "KeyId": key.arn,
        "KeyMaterialId": material.id,
        "KeyMaterialState": "CURRENT" if material is key.material else "NON_CURRENT",
    }
    if material.rotation:
        result |= {"RotationDate": material.created / 1000, "RotationType": material.rotation}
    return result
