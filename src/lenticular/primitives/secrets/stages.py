"""Stages: labels that versions bear, each at one version of a secret at a time.

AWS Secrets Manager User Guide, "What's in a Secrets Manager secret?": whoever becomes
`CURRENT` makes the version that was so `PREVIOUS`.
"""

from collections.abc import Callable, Collection, Iterable

from msgspec.structs import replace

from lenticular.primitives.secrets.errors import (
    StageElsewhere,
    StageNeeded,
    TooManyStages,
    TooManyVersions,
)
from lenticular.primitives.secrets.records import CURRENT, PREVIOUS, Secret, Version

Stages = tuple[str, ...]

MOST_VERSIONS = 100
MOST_STAGES = 20
_KEPT = 24 * 3600 * 1000
"""Milliseconds for which a version without a stage is kept at least."""


def with_version(secret: Secret, version: Version, now: int) -> tuple[Secret, list[str]]:
    """Add a version, which takes its stages from others; return also the ids that are given up.

    Raises `TooManyVersions` and `TooManyStages`.
    """
    if len(version.stages) > MOST_STAGES:
        raise TooManyStages
    bare = replace(version, stages=())
    changed = replace(secret, versions=(*secret.versions, bare))
    for stage in version.stages:
        changed = placed(changed, stage, version.id)
    dropped: list[str] = []
    if len(changed.versions) > MOST_VERSIONS:
        dropped = [
            each.id for each in changed.versions if not each.stages and each.created < now - _KEPT
        ]
        if len(changed.versions) - len(dropped) > MOST_VERSIONS:
            raise TooManyVersions
        kept = tuple(each for each in changed.versions if each.id not in dropped)
        changed = replace(changed, versions=kept)
    return changed, dropped


def placed(secret: Secret, stage: str, version_id: str) -> Secret:
    """Return the secret with a stage at a version, taken from wherever it was."""
    before = secret.staged(stage)
    if before is not None and before.id == version_id:
        return secret
    changed = _without(secret, stage)
    if stage == CURRENT and before is not None:
        changed = _with(_without(changed, PREVIOUS), PREVIOUS, before.id)
    return _with(changed, stage, version_id)


def moved(secret: Secret, stage: str, source: str | None, target: str | None) -> Secret:
    """Return the secret with a stage taken from the version `source` and given to `target`.

    Raises `VersionNotFound`, `StageElsewhere` when the stage is not at `source` (None: at
    none), `StageNeeded` and `TooManyStages`.
    """
    for version_id in (source, target):
        if version_id is not None:
            secret.version(version_id)
    at = secret.staged(stage)
    if at is not None and at.id not in {target, source}:
        raise StageElsewhere(stage, at.id, source)
    if target is not None:
        changed = placed(secret, stage, target)
        if len(changed.version(target).stages) > MOST_STAGES:
            raise TooManyStages
        return changed
    if stage == CURRENT:
        raise StageNeeded
    return _without(secret, stage)


def _without(secret: Secret, stage: str) -> Secret:
    return _changed(
        secret,
        (version.id for version in secret.versions if stage in version.stages),
        lambda stages: tuple(each for each in stages if each != stage),
    )


def _with(secret: Secret, stage: str, version_id: str) -> Secret:
    return _changed(secret, [version_id], lambda stages: (*stages, stage))


def _changed(secret: Secret, ids: Iterable[str], fn: Callable[[Stages], Stages]) -> Secret:
    chosen: Collection[str] = set(ids)
    versions = (
        replace(version, stages=fn(version.stages)) if version.id in chosen else version
        for version in secret.versions
    )
    return replace(secret, versions=tuple(versions))
