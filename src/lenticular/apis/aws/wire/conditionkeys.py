"""Condition keys that the actions of many services have alike: of tags, and of what is asked.

IAM User Guide, "AWS global condition context keys".
"""

from collections.abc import Mapping

from lenticular.apis.aws.wire.service import Params

Keys = dict[str, str | tuple[str, ...]]
"""Values of condition keys, by lower-case name."""


def request_tags(given: Mapping[str, str]) -> Keys:
    """Return the keys of tags that a request brings."""
    keys: Keys = {f"aws:requesttag/{key.lower()}": value for key, value in given.items()}
    return {**keys, "aws:tagkeys": tuple(given)} if given else keys


def resource_tags(had: Mapping[str, str], service: str = "") -> Keys:
    """Return the keys of tags that a resource has; with `service`, its own of them too."""
    keys: Keys = {}
    for key, value in had.items():
        keys[f"aws:resourcetag/{key.lower()}"] = value
        if service:
            keys[f"{service}:resourcetag/{key.lower()}"] = value
    return keys


def requested(params: Params, names: Mapping[str, str]) -> Keys:
    """Return the keys of what a request asks; `names` has them by parameter."""
    keys: Keys = {}
    for name, key in names.items():
        value = params.get(name)
        if value is not None:
            keys[key] = str(value).lower() if isinstance(value, bool) else str(value)
    return keys
