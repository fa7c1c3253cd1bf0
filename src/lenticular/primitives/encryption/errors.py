"""What can be wrong with data keys that the cloud itself has wrapped."""


class EncryptionError(RuntimeError):
    """A data key cannot be got back."""


class KeyUnknown(EncryptionError):
    """There is no key-encryption key of this id: it was retired, or never there."""

    def __init__(self, key_id: int) -> None:
        super().__init__(f"there is no encryption key {key_id} in this cloud")
        self.key_id = key_id


class DataKeyDamaged(EncryptionError):
    """A wrapped data key is not as it was written."""

    def __init__(self, key_id: int) -> None:
        super().__init__(f"a data key that encryption key {key_id} has wrapped does not open")
        self.key_id = key_id
