"""What can go wrong with a backup. Every message says what was found and what to do."""


class BackupError(RuntimeError):
    """A backup, or what is done with one, cannot go on; the message says why and what to do."""


class RepositoryUnsuitable(BackupError):
    """There is no repository there, or one that this release or this passphrase does not open."""


class RepositoryInUse(BackupError):
    """Another process works on the repository in a way that this one must not disturb."""


class SnapshotUnknown(BackupError):
    """There is no such snapshot in the repository."""


class FileDamaged(BackupError):
    """A file of the repository is missing, or its bytes are not those that were written."""

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"{path} {what}")
        self.path = path
