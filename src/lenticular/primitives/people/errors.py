"""What can go wrong with people and the institutions that vouch for them."""


class PeopleError(Exception):
    """Any error of this package."""


class PersonNotFound(PeopleError):
    """No user has this name or identity."""


class IdentityNotFound(PeopleError):
    """The person has no such linked identity."""

    def __init__(self, identity_id: str) -> None:
        super().__init__(f"{identity_id} is not linked to this person")


class IdentityTaken(PeopleError):
    """The identity is linked to another person: nobody takes it from them."""

    def __init__(self, username: str) -> None:
        super().__init__(
            f"{username} is linked to another person here: they, or an administrator, must "
            f"unlink it first"
        )


class NotAdmitted(PeopleError):
    """Whoever signed in at an institution is nobody here yet."""

    def __init__(self, username: str) -> None:
        super().__init__(
            f"{username} is not linked to anybody here yet: sign in with your password and link "
            f"it, or ask an administrator"
        )


class ProviderNotFound(PeopleError):
    """There is no identity provider of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no identity provider {name!r}")


class ProviderExists(PeopleError):
    """Another identity provider has this name, issuer or domain."""


class ProviderInvalid(PeopleError):
    """An identity provider cannot be as described; the message says why."""


class UsernameInvalid(PeopleError):
    """A provider said a username that cannot be one."""
