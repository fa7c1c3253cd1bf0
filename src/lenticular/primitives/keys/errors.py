"""What can be wrong with a request for a key, in neutral words."""


class KeysError(Exception):
    """A request that cannot be served."""


class KeyNotFound(KeysError, LookupError):
    """There is no such key; `key` is how it was asked for."""

    def __init__(self, key: str) -> None:
        super().__init__(f"there is no key {key}")
        self.key = key


class AliasNotFound(KeyNotFound):
    """There is no such alias; `key` is its ARN."""


class KeyNameInvalid(KeysError, ValueError):
    """What should name a key is no ARN of one; `name` is what came."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name!r} is not the ARN of a key or an alias")
        self.name = name


class KeyDisabled(KeysError):
    """The key is disabled: it must be enabled first."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"{arn} is disabled")
        self.arn = arn


class KeyStateInvalid(KeysError):
    """The key is in a state in which this cannot be done to it."""

    def __init__(self, arn: str, state: str) -> None:
        super().__init__(f"{arn} is {state}")
        self.arn = arn
        self.state = state


class KeyUsageInvalid(KeysError):
    """The key is not for this, or not with this algorithm; the message says what it is for."""


class SpecUnsupported(KeysError):
    """There are no keys of this spec here; the message says of which there are."""


class OperationUnsupported(KeysError):
    """This cannot be done with keys of this spec; the message says so."""


class AlgorithmInvalid(KeyUsageInvalid):
    """Keys of this spec have another algorithm; the message says which."""


class InputInvalid(KeysError, ValueError):
    """This cannot be made, encrypted, decrypted or signed; the message says why."""


class CiphertextInvalid(KeysError):
    """The ciphertext was not made by a key of this cloud, with this context, or was changed."""

    def __init__(self) -> None:
        super().__init__("the ciphertext is not one of this key and this context")


class KeyDiffers(KeysError):
    """The ciphertext names another key than its caller does."""


class SignatureInvalid(KeysError):
    """The signature is not one of this key and this message."""


class MacInvalid(KeysError):
    """The authentication code is not one of this key and this message."""


class AliasExists(KeysError):
    """The account has an alias of this name in the region."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"there is an alias {arn} already")
        self.arn = arn


class AliasNameInvalid(KeysError, ValueError):
    """An alias cannot have this name; the message says why."""


class AliasReserved(KeysError):
    """The alias is of the cloud's own keys: nobody else makes, moves or deletes such."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"{arn} is for a key of the cloud itself")
        self.arn = arn


class AliasTargetInvalid(KeysError):
    """An alias cannot go to this key from where it is; the message says why."""


class GrantNotFound(KeysError, LookupError):
    """The key has no such grant."""

    def __init__(self, grant_id: str) -> None:
        super().__init__(f"there is no grant {grant_id}")
        self.grant_id = grant_id


class GrantTokenInvalid(KeysError, ValueError):
    """The token was not given out by this cloud."""


class GranteeInvalid(KeysError, ValueError):
    """Nobody can be given anything under this ARN."""

    def __init__(self, arn: str) -> None:
        super().__init__(f"ARN does not refer to a valid principal: {arn}")
        self.arn = arn


class GrantInvalid(KeysError, ValueError):
    """A grant cannot be like this; the message says why."""


class LimitExceeded(KeysError):
    """There are as many of these as there may be; the message says of what."""


class LockedOut(KeysError):
    """The policy would keep its own author from ever changing it again."""
