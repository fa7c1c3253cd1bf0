"""Backups: snapshots of a cloud in a repository, taken while it runs, and brought back."""

from lenticular.primitives.backups.backup import Report, Source, Step, back_up
from lenticular.primitives.backups.errors import (
    BackupError,
    FileDamaged,
    RepositoryInUse,
    RepositoryUnsuitable,
    SnapshotUnknown,
)
from lenticular.primitives.backups.pruning import Keeping, Pruned, prune
from lenticular.primitives.backups.records import Damage, Manifest, SavedFile
from lenticular.primitives.backups.repository import (
    LATEST,
    Passphrase,
    Repository,
    Snapshot,
    is_encrypted,
)
from lenticular.primitives.backups.restoration import Restoration
from lenticular.primitives.backups.verification import Verified, verify

__all__ = [
    "LATEST",
    "BackupError",
    "Damage",
    "FileDamaged",
    "Keeping",
    "Manifest",
    "Passphrase",
    "Pruned",
    "Report",
    "Repository",
    "RepositoryInUse",
    "RepositoryUnsuitable",
    "Restoration",
    "SavedFile",
    "Snapshot",
    "SnapshotUnknown",
    "Source",
    "Step",
    "Verified",
    "back_up",
    "is_encrypted",
    "prune",
    "verify",
]
