"""Billing modes and provisioned throughput: kept and told, but nothing is throttled by them."""

from typing import Any

from lenticular.apis.aws.dynamodb.errors import invalid, validation
from lenticular.apis.aws.dynamodb.limits import MAX_CAPACITY_UNITS
from lenticular.apis.aws.wire.service import Params

PROVISIONED = "PROVISIONED"
ON_DEMAND = "PAY_PER_REQUEST"

Settings = dict[str, Any]
"""What a table keeps of this: ``BillingMode``, ``ProvisionedThroughput`` and times of changes.
``OnDemandSince`` is None when that was from the beginning."""

_UNITS = ("ReadCapacityUnits", "WriteCapacityUnits")


def new_settings(params: Params) -> Settings:
    """Read the billing mode and throughput of a new table. Raises ValidationException."""
    billing = params.get("BillingMode", PROVISIONED)
    throughput = params.get("ProvisionedThroughput")
    if billing == ON_DEMAND:
        if throughput:
            raise _not_on_demand()
        return {"BillingMode": billing, "OnDemandSince": None}
    if not throughput:
        raise invalid(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
            "PROVISIONED"
        )
    check_units(throughput)
    return {"BillingMode": billing, "ProvisionedThroughput": throughput}


def changed_settings(settings: Settings, params: Params, now: float) -> Settings:
    """Return the settings that UpdateTable makes of these. Raises ValidationException."""
    present = settings["BillingMode"]
    billing, wanted = params.get("BillingMode", present), params.get("ProvisionedThroughput")
    if billing == ON_DEMAND:
        if wanted:
            raise _not_on_demand()
        if present == ON_DEMAND:
            return settings
        kept = {name: settings[name] for name in settings if name != "ProvisionedThroughput"}
        return {**kept, "BillingMode": billing, "OnDemandSince": now}
    if not wanted:
        if present == ON_DEMAND:
            raise invalid("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
        return settings
    check_units(wanted)
    old = settings.get("ProvisionedThroughput")
    if old == wanted:
        raise _unchanged("table", old)
    changed = {**settings, "BillingMode": billing, "ProvisionedThroughput": wanted}
    return _with_times(changed, old or dict.fromkeys(_UNITS, 0), wanted, now)


def changed_index(settings: Settings, throughput: Params, name: str, now: float) -> Settings:
    """Return the settings of an index with another throughput. Raises ValidationException."""
    check_units(throughput, f" for index {name}")
    old = settings.get("ProvisionedThroughput")
    if old == throughput:
        raise _unchanged(f"index {name}", old)
    changed = {**settings, "ProvisionedThroughput": throughput}
    return _with_times(changed, old or dict.fromkeys(_UNITS, 0), throughput, now)


def check_units(throughput: Params, where: str = "") -> None:
    """Check the numbers of capacity units. Raises ValidationException."""
    for name in _UNITS:
        if throughput[name] > MAX_CAPACITY_UNITS:
            raise validation(f"Given value {throughput[name]} for {name} is out of bounds{where}")


def describe_throughput(settings: Settings) -> Settings:
    """Return a ProvisionedThroughputDescription."""
    units = settings.get("ProvisionedThroughput") or dict.fromkeys(_UNITS, 0)
    times = {
        name: settings[name]
        for name in ("LastIncreaseDateTime", "LastDecreaseDateTime")
        if name in settings
    }
    return {**times, "NumberOfDecreasesToday": 0, **units}


def describe_billing(settings: Settings, created: float) -> Settings | None:
    """Return the BillingModeSummary of a table; None: it was never on demand."""
    if "OnDemandSince" not in settings:
        return None
    return {
        "BillingMode": settings["BillingMode"],
        "LastUpdateToPayPerRequestDateTime": settings["OnDemandSince"] or created,
    }


def _with_times(settings: Settings, old: Params, new: Params, now: float) -> Settings:
    times = {}
    if any(new[name] > old[name] for name in _UNITS):
        times["LastIncreaseDateTime"] = now
    if any(new[name] < old[name] for name in _UNITS):
        times["LastDecreaseDateTime"] = now
    return {**settings, **times}


def _not_on_demand() -> Exception:
    return invalid(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
        "PAY_PER_REQUEST"
    )


def _unchanged(what: str, units: Params) -> Exception:
    told = [
        f"Current {name} provisioned for the {what}: {units[name]}. "
        f"Requested {name}: {units[name]}."
        for name in _UNITS
    ]
    return validation(
        f"The provisioned throughput for the {what} will not change. The requested value equals "
        f"the current value. {' '.join(told)} Refer to the Amazon DynamoDB Developer Guide for "
        "current limits and how to request higher limits."
    )
