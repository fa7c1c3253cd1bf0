"""Inventory configurations: lists of a bucket that are written every day or week."""

from collections.abc import Mapping
from typing import Any

from lenticular.apis.aws.s3.configurations import (
    check_id,
    configured,
    no_such_configuration,
    page,
    require_room,
)
from lenticular.apis.aws.s3.errors import malformed_xml, not_implemented
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.objects.inventories import INVENTORIES, Inventory
from lenticular.primitives.objects.inventories.columns import OPTIONAL
from lenticular.primitives.objects.inventories.settings import CSV, DAILY, PARQUET, WEEKLY
from lenticular.primitives.objects.records import AES256, KMS

_PUT = "s3:PutInventoryConfiguration"
_GET = "s3:GetInventoryConfiguration"
_ARN = "arn:aws:s3:::"
_SEALED = {AES256: "SSES3", KMS: "SSEKMS"}


class InventoryOperations:
    """Inventory configurations of buckets."""

    def __init__(self, storage: ObjectStorage) -> None:
        self._settings = storage.settings
        self._buckets = storage.buckets
        self._inventories = storage.inventories

    async def put_bucket_inventory_configuration(self, call: Call, params: Params) -> Result:
        """Order an inventory. API reference: PutBucketInventoryConfiguration."""
        name = params["Bucket"]
        known = await self._settings.list(call.principal, name, INVENTORIES, _PUT)
        given = params.get("InventoryConfiguration") or {}
        inventory_id = check_id(params, given)
        require_room(known, inventory_id)
        inventory = _inventory(given)
        if not await self._buckets.exists(inventory.bucket):
            raise AwsError(
                "InvalidS3DestinationBucket",
                "The destination bucket for the inventory does not exist.",
                fields={"Bucket": inventory.bucket},
            )
        await self._inventories.put(call.principal, name, inventory_id, inventory)
        return {}

    async def get_bucket_inventory_configuration(self, call: Call, params: Params) -> Result:
        """Tell of an inventory. API reference: GetBucketInventoryConfiguration."""
        found = await configured(self._settings, call, params, INVENTORIES, _GET)
        return {"InventoryConfiguration": _shown(params["Id"], found)}

    async def delete_bucket_inventory_configuration(self, call: Call, params: Params) -> Result:
        """Order no more of it. API reference: DeleteBucketInventoryConfiguration."""
        if not await self._inventories.delete(call.principal, params["Bucket"], params["Id"]):
            raise no_such_configuration(params["Id"])
        return {}

    async def list_bucket_inventory_configurations(self, call: Call, params: Params) -> Result:
        """List a bucket's inventories. API reference: ListBucketInventoryConfigurations."""
        found = await self._settings.list(call.principal, params["Bucket"], INVENTORIES, _GET)
        return page(params, "InventoryConfigurationList", found, _shown)


def _inventory(given: Mapping[str, Any]) -> Inventory:
    """Return what a document describes. Raises MalformedXML and NotImplemented."""
    destination = (given.get("Destination") or {}).get("S3BucketDestination") or {}
    frequency = (given.get("Schedule") or {}).get("Frequency")
    versions, enabled = given.get("IncludedObjectVersions"), given.get("IsEnabled")
    if frequency not in (DAILY, WEEKLY) or versions not in ("All", "Current") or enabled is None:
        raise malformed_xml()
    fields = tuple(dict.fromkeys(given.get("OptionalFields") or ()))
    for name in fields:
        if name not in OPTIONAL:
            raise not_implemented(f"InventoryConfiguration/OptionalFields/{name}")
    method, key = _encryption(destination.get("Encryption") or {})
    return Inventory(
        enabled=enabled,
        bucket=_bucket(destination.get("Bucket")),
        prefix=(destination.get("Prefix") or "").rstrip("/"),
        form=_format(destination.get("Format")),
        schedule=frequency,
        all_versions=versions == "All",
        fields=fields,
        only=(given.get("Filter") or {}).get("Prefix"),
        account_id=destination.get("AccountId") or "",
        method=method,
        key=key,
    )


def _bucket(arn: str | None) -> str:
    if not arn or not arn.startswith(_ARN) or arn == _ARN:
        raise malformed_xml()
    return arn.removeprefix(_ARN)


def _format(given: str | None) -> str:
    if given == "ORC":
        raise not_implemented("InventoryConfiguration/Destination/Format ORC")
    if given not in (CSV, PARQUET):
        raise malformed_xml()
    return given


def _encryption(given: Mapping[str, Any]) -> tuple[str, str]:
    """Return the method, and the key, that files are to be sealed with."""
    if given.get("SSEKMS") is not None:
        if not given["SSEKMS"].get("KeyId") or given.get("SSES3") is not None:
            raise malformed_xml()
        return KMS, given["SSEKMS"]["KeyId"]
    return (AES256 if given.get("SSES3") is not None else ""), ""


def _shown(inventory_id: str, found: Inventory) -> dict[str, Any]:
    destination: dict[str, Any] = {
        "Bucket": _ARN + found.bucket,
        "Format": found.form,
        "AccountId": found.account_id or None,
        "Prefix": found.prefix or None,
    }
    if found.method:
        key = {"KeyId": found.key} if found.method == KMS else {}
        destination["Encryption"] = {_SEALED[found.method]: key}
    shown: dict[str, Any] = {
        "Id": inventory_id,
        "IsEnabled": found.enabled,
        "Destination": {"S3BucketDestination": destination},
        "IncludedObjectVersions": "All" if found.all_versions else "Current",
        "Schedule": {"Frequency": found.schedule},
    }
    if found.fields:
        shown["OptionalFields"] = list(found.fields)
    if found.only is not None:
        shown["Filter"] = {"Prefix": found.only}
    return shown
