"""Trails as such: CreateTrail, UpdateTrail, DeleteTrail, GetTrail, DescribeTrails, ListTrails."""

import time

from msgspec.structs import replace

from lenticular.apis.aws.cloudtrail.errors import unsupported
from lenticular.apis.aws.cloudtrail.names import TrailName, check_name, home_trail_name, trail_name
from lenticular.apis.aws.cloudtrail.operations.tags import checked_tags
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.audit.delivery import Delivery
from lenticular.primitives.audit.trails import Trail, Trails, new_trail_id

_LONGEST_PREFIX = 200

_UNSUPPORTED = (
    "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn",
    "IsOrganizationTrail",
    "KmsKeyId",
    "RecursiveLogging",
    "SnsTopicName",
)
"""What a trail may have in AWS and has not here."""


class TrailOperations:
    """What is done to trails as such."""

    def __init__(self, trails: Trails, delivery: Delivery) -> None:
        self._trails = trails
        self._delivery = delivery

    async def create_trail(self, call: Call, params: Params) -> Result:
        """Make a trail, which delivers nothing before StartLogging."""
        name = params["Name"]
        check_name(name)
        found = TrailName(call.principal.account_id, call.region, name)
        call.require("cloudtrail:CreateTrail", found.arn)
        tags = checked_tags(params.get("TagsList", ()))
        if tags:
            call.require("cloudtrail:AddTags", found.arn)
        _check_supported(params)
        trail = Trail(
            id=new_trail_id(),
            account_id=found.account_id,
            region=found.region,
            name=name,
            bucket=params["S3BucketName"],
            created=int(time.time() * 1000),
            prefix=_prefix(params.get("S3KeyPrefix", "")),
            all_regions=params.get("IsMultiRegionTrail", False),
            global_events=params.get("IncludeGlobalServiceEvents", True),
            validated=params.get("EnableLogFileValidation", False),
            tags=tags,
        )
        _check_reach(trail)
        await self._delivery.check(trail)
        await self._trails.create(trail)
        return _described(trail)

    async def update_trail(self, call: Call, params: Params) -> Result:
        """Change what is given of a trail."""
        found = home_trail_name(call, params["Name"])
        call.require("cloudtrail:UpdateTrail", found.arn)
        _check_supported(params)

        def change(trail: Trail) -> Trail:
            changed = replace(
                trail,
                bucket=params.get("S3BucketName", trail.bucket),
                prefix=_prefix(params.get("S3KeyPrefix", trail.prefix)),
                all_regions=params.get("IsMultiRegionTrail", trail.all_regions),
                global_events=params.get("IncludeGlobalServiceEvents", trail.global_events),
                validated=params.get("EnableLogFileValidation", trail.validated),
            )
            _check_reach(changed)
            return changed

        await self._delivery.check(change(await self._trails.find(*found)))
        return _described(await self._trails.change(*found, change))

    async def delete_trail(self, call: Call, params: Params) -> Result:
        """Delete a trail; what it has delivered stays."""
        found = home_trail_name(call, params["Name"])
        call.require("cloudtrail:DeleteTrail", found.arn)
        await self._trails.delete(*found)
        return {}

    async def get_trail(self, call: Call, params: Params) -> Result:
        """Tell the settings of a trail."""
        found = trail_name(call, params["Name"])
        call.require("cloudtrail:GetTrail", found.arn)
        return {"Trail": _listed(await self._trails.find(*found))}

    async def describe_trails(self, call: Call, params: Params) -> Result:
        """Tell the settings of the region's trails, or of those that are named.

        A trail that is for all regions is seen in each of them, unless shadows are unwanted.
        """
        call.require("cloudtrail:DescribeTrails")
        shadows = params.get("includeShadowTrails", True)
        names = [trail_name(call, given) for given in params.get("trailNameList", ())]
        trails = await self._trails.of_account(call.principal.account_id)
        return {
            "trailList": [
                _listed(trail)
                for trail in trails
                if (trail.region == call.region or (shadows and trail.all_regions))
                and (not names or _is_named(trail, names))
            ]
        }

    async def list_trails(self, call: Call, params: Params) -> Result:
        """List all trails of the account, in every region, at once: there are few."""
        call.require("cloudtrail:ListTrails")
        if "NextToken" in params:
            raise AwsError("InvalidNextTokenException", "The token was not given out here")
        trails = await self._trails.of_account(call.principal.account_id)
        return {
            "Trails": [
                {"TrailARN": trail.arn, "Name": trail.name, "HomeRegion": trail.region}
                for trail in trails
            ]
        }


def _is_named(trail: Trail, names: list[TrailName]) -> bool:
    """Tell whether a trail is among those that are named, by a name in whatever region."""
    return any(trail.arn == name.arn or trail.name == name.name for name in names)


def _check_supported(params: Params) -> None:
    for name in _UNSUPPORTED:
        if params.get(name):
            raise unsupported(name)


def _check_reach(trail: Trail) -> None:
    if trail.all_regions and not trail.global_events:
        raise AwsError(
            "InvalidParameterCombinationException",
            "Multi-Region trail must include global service events.",
        )


def _prefix(given: str) -> str:
    if len(given) > _LONGEST_PREFIX:
        raise AwsError(
            "InvalidS3PrefixException",
            f"S3 prefix is longer than maximum length: {_LONGEST_PREFIX} characters",
        )
    return given.strip("/")


def _described(trail: Trail) -> Result:
    result: Result = {
        "Name": trail.name,
        "S3BucketName": trail.bucket,
        "IncludeGlobalServiceEvents": trail.global_events,
        "IsMultiRegionTrail": trail.all_regions,
        "TrailARN": trail.arn,
        "LogFileValidationEnabled": trail.validated,
        "IsOrganizationTrail": False,
    }
    if trail.prefix:
        result["S3KeyPrefix"] = trail.prefix
    return result


def _listed(trail: Trail) -> Result:
    return _described(trail) | {
        "HomeRegion": trail.region,
        "HasCustomEventSelectors": bool(trail.basic or trail.advanced),
        "HasInsightSelectors": False,
    }
