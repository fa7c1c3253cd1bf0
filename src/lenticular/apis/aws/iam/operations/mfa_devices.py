"""Virtual devices for multi-factor authentication (AWS IAM API Reference,
CreateVirtualMFADevice and the like).
"""

from base64 import b32encode

from lenticular.apis.aws.iam import descriptions
from lenticular.apis.aws.iam.keys import given_tags
from lenticular.apis.aws.iam.paging import Page
from lenticular.apis.aws.iam.targets import Targets, arn, require
from lenticular.apis.aws.wire.conditionkeys import request_tags
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.identities import EntityNotFound, Identities, MfaDevice, User


class MfaDeviceOperations:
    """Virtual devices are made, given to users, told of, taken back and deleted."""

    def __init__(self, identities: Identities, targets: Targets) -> None:
        self._identities = identities
        self._devices = identities.devices
        self._targets = targets

    async def create_virtual_mfa_device(self, call: Call, params: Params) -> Result:
        """Make a device that is nobody's yet; its seed is told this once."""
        name, path = params["VirtualMFADeviceName"], params.get("Path", "/")
        tags, resource = given_tags(params), arn(call, "mfa", name, path)
        require(call, resource, request_tags(tags))
        if tags:
            call.require("iam:TagMFADevice", resource, keys=request_tags(tags))
        made, seed = await self._devices.create(
            call.principal.account_id, name, path=path, tags=tags
        )
        return {
            "VirtualMFADevice": {
                "SerialNumber": made.serial_number,
                "Base32StringSeed": b32encode(seed),
                "Tags": descriptions.tag_list(made.tags) or None,
            }
        }

    async def delete_virtual_mfa_device(self, call: Call, params: Params) -> Result:
        """Delete a device that is nobody's."""
        device = await self._targets.device(call, params["SerialNumber"])
        await self._devices.delete(device.account_id, device.serial_number)
        return {}

    async def list_virtual_mfa_devices(self, call: Call, params: Params) -> Result:
        """Tell of the devices of the account."""
        page, status = Page(params), params.get("AssignmentStatus", "Any")
        require(call, arn(call, "mfa", ""))
        found = [
            device
            for device in await self._devices.list(call.principal.account_id)
            if status in ("Any", "Assigned" if device.user_id else "Unassigned")
        ]
        devices, rest = page.of(found, lambda device: device.name.lower())
        return {"VirtualMFADevices": [await self._described(each) for each in devices], **rest}

    async def enable_mfa_device(self, call: Call, params: Params) -> Result:
        """Give a device to a user that read two codes in a row from it."""
        user = await self._targets.user(call, params["UserName"])
        await self._devices.enable(
            user.account_id, user.name, params["SerialNumber"], _codes(params)
        )
        return {}

    async def resync_mfa_device(self, call: Call, params: Params) -> Result:
        """Learn by two codes in a row what time a device has."""
        user = await self._targets.user(call, params["UserName"])
        await self._devices.resync(
            user.account_id, user.name, params["SerialNumber"], _codes(params)
        )
        return {}

    async def deactivate_mfa_device(self, call: Call, params: Params) -> Result:
        """Take a device from its user."""
        user = await self._targets.user_or_caller(call, params)
        await self._devices.deactivate(
            call.principal.account_id, _name(user), params["SerialNumber"]
        )
        return {}

    async def list_mfa_devices(self, call: Call, params: Params) -> Result:
        """Tell of the devices of a user, by default of the caller."""
        page = Page(params)
        user = await self._targets.user_or_caller(call, params)
        found = await self._devices.of_user(call.principal.account_id, _name(user))
        devices, rest = page.of(found, lambda device: device.name.lower())
        described = [
            {
                "UserName": _name(user) or "root",
                "SerialNumber": device.serial_number,
                "EnableDate": descriptions.seconds(device.enabled),
            }
            for device in devices
        ]
        return {"MFADevices": described, **rest}

    async def get_mfa_device(self, call: Call, params: Params) -> Result:
        """Tell of a device that somebody has."""
        serial_number = params["SerialNumber"]
        user = await self._targets.user_or_caller(call, params)
        owner = call.principal.account_id if user is None else user.id
        device = await self._devices.find(call.principal.account_id, serial_number)
        if device is None or device.user_id != owner:
            raise EntityNotFound(f"MFA Device invalid for user: {serial_number}")
        return {
            "UserName": _name(user) or None,
            "SerialNumber": serial_number,
            "EnableDate": descriptions.seconds(device.enabled),
        }

    async def _described(self, device: MfaDevice) -> Result:
        described: Result = {
            "SerialNumber": device.serial_number,
            "EnableDate": descriptions.seconds(device.enabled),
        }
        owner = await self._devices.owner(device)
        if owner is not None:
            described["User"] = descriptions.user(owner)
        elif device.user_id:
            account = await self._identities.accounts.get(device.account_id)
            described["User"] = descriptions.root(account)
        return described


def _codes(params: Params) -> tuple[str, str]:
    return params["AuthenticationCode1"], params["AuthenticationCode2"]


def _name(user: User | None) -> str:
    return "" if user is None else user.name
