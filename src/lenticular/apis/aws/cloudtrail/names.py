"""Which trail a request is about, by its name or its ARN.

AWS CloudTrail User Guide, "Naming requirements for CloudTrail resources, S3 buckets, and KMS
keys".
"""

import re
from typing import NamedTuple

from lenticular.apis.aws.cloudtrail.errors import invalid_name
from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.service import Call
from lenticular.primitives.audit.trails import TrailNotFound

_SHORTEST, _LONGEST = 3, 128
_ARN = re.compile(r"arn:aws[a-z-]*:cloudtrail:([a-z0-9-]+):([0-9]{12}):trail/(.+)")
_CHARACTERS = re.compile(r"[A-Za-z0-9._-]+")
_NEIGHBOURS = re.compile(r"[._-]{2}")
_ADDRESS = re.compile(r"[0-9]+(\.[0-9]+){3}")


class TrailName(NamedTuple):
    """Where a trail is found."""

    account_id: str
    region: str
    name: str

    @property
    def arn(self) -> str:
        """The trail's ARN."""
        return f"arn:aws:cloudtrail:{self.region}:{self.account_id}:trail/{self.name}"


def trail_name(call: Call, given: str) -> TrailName:
    """Return the trail that a name or an ARN means, of the caller's account.

    Raises InvalidTrailNameException, CloudTrailARNInvalidException, and TrailNotFound for a
    trail of another account.
    """
    if not given.startswith("arn:"):
        check_name(given)
        return TrailName(call.principal.account_id, call.region, given)
    match = _ARN.fullmatch(given)
    if match is None:
        raise AwsError(
            "CloudTrailARNInvalidException",
            f"{given} is not the ARN of a trail: expected "
            "arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME",
        )
    region, account_id, name = match.groups()
    check_name(name)
    if account_id != call.principal.account_id:
        raise TrailNotFound(given)
    return TrailName(account_id, region, name)


def home_trail_name(call: Call, given: str) -> TrailName:
    """Return the trail that is to be changed, which is done in its home region.

    Raises as `trail_name`, and InvalidHomeRegionException.
    """
    found = trail_name(call, given)
    if found.region != call.region:
        raise AwsError(
            "InvalidHomeRegionException",
            f"The home region of the trail {found.name} is {found.region}, and the request was "
            f"sent to {call.region}",
        )
    return found


def check_name(name: str) -> None:
    """Raise InvalidTrailNameException for a name that no trail can have."""
    if len(name) < _SHORTEST:
        raise invalid_name(
            f"Trail name too short. Minimum allowed length: {_SHORTEST} characters. "
            f"Specified name length: {len(name)} characters."
        )
    if len(name) > _LONGEST:
        raise invalid_name(
            f"Trail name too long. Maximum allowed length: {_LONGEST} characters. "
            f"Specified name length: {len(name)} characters."
        )
    if not _CHARACTERS.fullmatch(name):
        raise invalid_name(
            "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, "
            "periods (.), hyphens (-), and underscores (_)."
        )
    if not name[0].isalnum():
        raise invalid_name("Trail name must starts with a letter or number.")
    if not name[-1].isalnum():
        raise invalid_name("Trail name must ends with a letter or number.")
    if _NEIGHBOURS.search(name):
        raise invalid_name("Trail name cannot have adjacent periods, underscores, or dashes.")
    if _ADDRESS.fullmatch(name):
        raise invalid_name("Trail name cannot be in IP address format.")
