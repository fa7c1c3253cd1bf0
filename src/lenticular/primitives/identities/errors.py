"""What can go wrong with identities. Messages are IAM's where it has them."""


class IdentityError(Exception):
    """Any error of this package."""


class AccountTaken(IdentityError):
    """An account of this name, or reached by this address, exists."""

    def __init__(self, name: str, how: str = "named") -> None:
        super().__init__(f"there is an account {how} {name!r} already: choose another")
        self.name = name


class AccountNameInvalid(IdentityError, ValueError):
    """The name cannot be an account's."""


class AccountNotFound(IdentityError):
    """No account has this id."""

    def __init__(self, account_id: str) -> None:
        super().__init__(f"there is no account {account_id!r}: an account id has 12 digits")
        self.account_id = account_id


class EntityNotFound(IdentityError):
    """The account has nothing of this kind under this name."""


class EntityExists(IdentityError):
    """The account has something of this kind under this name already."""


class EntityInUse(IdentityError):
    """Something must be taken away or detached before this can be deleted."""


class QuotaExceeded(IdentityError):
    """The account, or one of its identities, has as many of a kind as it may have."""

    def __init__(self, quota: str, limit: int) -> None:
        super().__init__(f"Cannot exceed quota for {quota}: {limit}")
        self.quota = quota
        self.limit = limit


class InputInvalid(IdentityError, ValueError):
    """A value cannot be taken; the message says why."""


class PasswordRefused(IdentityError):
    """A password does not conform to the account's password policy."""


class PasswordWrong(IdentityError):
    """The password is not the user's."""

    def __init__(self) -> None:
        super().__init__("The old password was incorrect.")


class CodeWrong(IdentityError):
    """An authentication code is not the device's, or was used before."""

    def __init__(self, device: str) -> None:
        super().__init__(f"Authentication code for device is not valid: {device}")
