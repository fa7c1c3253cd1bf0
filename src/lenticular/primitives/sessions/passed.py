"""What is passed when a session begins: policies that limit it, tags, who is behind it.

IAM User Guide, "Pass session tags in AWS STS", "Monitor and control actions taken with
assumed roles"; AWS STS API Reference, "AssumeRole".
"""

import re
import zlib
from typing import NamedTuple

import msgspec

from lenticular.primitives.policies.documents import parse
from lenticular.primitives.policies.evaluation import Keys
from lenticular.primitives.sessions.errors import PackedPolicyTooLarge, RequestInvalid

LONGEST_POLICY = 2048
"""Characters of a session policy."""
MOST_POLICIES = 10
MOST_TAGS = 50

_SPACE = 2048
"""Bytes that policies and tags together may take, compressed."""

_TAG_KEY = re.compile(r"[\w\s.:/=+\-@]{1,128}")
_TAG_VALUE = re.compile(r"[\w\s.:/=+\-@]{0,256}")

Tags = tuple[tuple[str, str], ...]


class Passed(NamedTuple):
    """What the caller passes on into a session."""

    policy: str = ""
    """A policy document; empty: none."""
    policy_arns: tuple[str, ...] = ()
    """Managed policies."""
    tags: Tags = ()
    transitive: tuple[str, ...] = ()
    """The keys of those tags that go on into further sessions."""
    source_identity: str = ""

    @property
    def has_policies(self) -> bool:
        """Whether the session is limited by policies that were passed."""
        return bool(self.policy or self.policy_arns)

    def packed_percent(self) -> int | None:
        """Return how much of the space for policies and tags is taken; None: nothing came.

        AWS does not say how it packs them; here they are compressed (RFC 1950). Raises
        `PackedPolicyTooLarge`.
        """
        if not (self.has_policies or self.tags):
            return None
        size = len(zlib.compress(msgspec.msgpack.encode(self)))
        percent = -(-100 * size // _SPACE)
        if percent > 100:
            raise PackedPolicyTooLarge(percent)
        return percent

    def check(self) -> None:
        """Check the form of all of it. Raises `RequestInvalid` or `PolicyMalformed`."""
        if len(self.policy) > LONGEST_POLICY:
            raise RequestInvalid(
                f"The session policy has {len(self.policy)} characters; "
                f"it must not have more than {LONGEST_POLICY}"
            )
        if len(self.policy_arns) > MOST_POLICIES:
            raise RequestInvalid(
                f"{len(self.policy_arns)} managed session policies were passed; "
                f"there can be {MOST_POLICIES} at most"
            )
        if self.policy:
            parse(self.policy, "the session policy", "session")
        _check_tags(self.tags, self.transitive)

    def request_keys(self) -> Keys:
        """Return the condition keys that tell of tags and source identity in the request."""
        keys: dict[str, str | tuple[str, ...]] = {
            f"aws:requesttag/{name.lower()}": value for name, value in self.tags
        }
        if self.tags:
            keys["aws:tagkeys"] = tuple(name for name, _ in self.tags)
        if self.transitive:
            keys["sts:transitivetagkeys"] = self.transitive
        if self.source_identity:
            keys["sts:sourceidentity"] = self.source_identity
        return keys


NOTHING = Passed()


def inherit(passed: Passed, tags: Tags, source_identity: str) -> Passed:
    """Return what was passed with what the caller's own session hands on.

    `tags` are its transitive tags. Raises `RequestInvalid` where the two contradict each
    other: what a session was begun with stays, however long the chain.
    """
    handed_on = {name.lower() for name, _ in tags}
    if any(name.lower() in handed_on for name, _ in passed.tags):
        raise RequestInvalid(
            "One of the specified transitive tag keys can't be set because it conflicts with a "
            "transitive tag key from the calling session."
        )
    if source_identity and passed.source_identity not in ("", source_identity):
        raise RequestInvalid("The source identity of the calling session cannot be changed.")
    return passed._replace(
        tags=tags + passed.tags,
        transitive=tuple(name for name, _ in tags) + passed.transitive,
        source_identity=source_identity or passed.source_identity,
    )


def _check_tags(tags: Tags, transitive: tuple[str, ...]) -> None:
    if len(tags) > MOST_TAGS:
        raise RequestInvalid(f"{len(tags)} tags were passed; there can be {MOST_TAGS} at most")
    names = [name.lower() for name, _ in tags]
    if len(set(names)) < len(names):
        raise RequestInvalid(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    for name, value in tags:
        if not _TAG_KEY.fullmatch(name) or name.lower().startswith("aws:"):
            raise RequestInvalid(
                f"{name!r} cannot be the key of a tag: it has 1 to 128 letters, digits, spaces "
                f"and _.:/=+-@, and does not begin with aws:"
            )
        if not _TAG_VALUE.fullmatch(value):
            raise RequestInvalid(
                f"The value of the tag {name} must have up to 256 letters, digits, spaces "
                f"and _.:/=+-@"
            )
    for name in transitive:
        if name.lower() not in names:
            raise RequestInvalid(
                "The specified transitive tag key must be included in the requested tags."
            )
