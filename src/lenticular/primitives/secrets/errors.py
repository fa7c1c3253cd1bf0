"""What can be wrong with a request for a secret, in neutral words."""


class SecretsError(Exception):
    """A request that cannot be served."""


class SecretNotFound(SecretsError, LookupError):
    """There is no such secret."""


class SecretExists(SecretsError):
    """The account has a secret of this name in the region."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a secret {name!r} already")
        self.name = name


class SecretDeleted(SecretsError):
    """The secret is marked for deletion: it must be restored first."""


class SecretNameTaken(SecretDeleted):
    """A secret of this name is marked for deletion: until it is gone the name is taken."""


class VersionNotFound(SecretsError, LookupError):
    """The secret has no such version; `what` says by what it was looked for."""

    def __init__(self, what: str) -> None:
        super().__init__(f"there is no version with {what}")
        self.what = what


class VersionExists(SecretsError):
    """There is a version of this id with another value."""

    def __init__(self, version_id: str) -> None:
        super().__init__(f"there is a version {version_id} with another value")
        self.version_id = version_id


class StageElsewhere(SecretsError):
    """The stage is at another version than the one that was named (None: none was)."""

    def __init__(self, stage: str, version_id: str, named: str | None) -> None:
        super().__init__(f"{stage} is at version {version_id}, not {named}")
        self.stage = stage
        self.version_id = version_id
        self.named = named


class StageNeeded(SecretsError):
    """The current version's stage can be moved, and not be removed."""


class TooManyVersions(SecretsError):
    """The secret has as many versions as it may, all of them in use or new."""


class TooManyStages(SecretsError):
    """The version has as many stages as it may."""


class TooManyTags(SecretsError):
    """The secret has as many tags as it may."""


class PasswordRulesInvalid(SecretsError, ValueError):
    """No password can follow the rules."""


class RotationImpossible(SecretsError):
    """The secret cannot be rotated; the message says why and what to do."""
