"""The actions of S3, as policies name them: a policy that names none of them has a typo.

They stand in ``actions.txt``, as in the Service Authorization Reference, "Actions, resources, and
condition keys for Amazon S3". Those of what this cloud has not (access points, batch jobs,
replication) are known too: a policy written for AWS comes here unchanged.
"""

from fnmatch import fnmatchcase
from functools import cache, lru_cache
from importlib.resources import files


@cache
def actions() -> frozenset[str]:
    """Return every action by its name (``s3:GetObject``)."""
    names = files(__package__).joinpath("actions.txt").read_text(encoding="utf-8").split()
    return frozenset(f"s3:{name}" for name in names)


@cache
def _lower_case() -> tuple[str, ...]:
    return tuple(action.lower() for action in actions())


@lru_cache(maxsize=1024)
def is_action(pattern: str) -> bool:
    """Tell whether there is an action that a policy's pattern (``s3:Get*``) stands for."""
    if pattern == "*":
        return True
    if "[" in pattern:  # a class of characters to fnmatch, and nothing to policies
        return False
    return any(fnmatchcase(action, pattern.lower()) for action in _lower_case())
