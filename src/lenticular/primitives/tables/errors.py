"""What can be wrong with tables, keys, items and values, in no cloud's words."""

from collections.abc import Sequence


class TablesError(Exception):
    """Any of the errors below."""


# -- tables and indexes


class TableNotFound(TablesError, LookupError):
    """There is no table of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no table named {name!r}")
        self.name = name


class TableExists(TablesError):
    """A table of this name exists."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is a table named {name!r} already")
        self.name = name


class TableBusy(TablesError):
    """The table is being changed; what was asked has to wait until that is done."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the table {name!r} is being changed: wait until it is active")
        self.name = name


class TableProtected(TablesError):
    """The table is protected against deletion."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the table {name!r} is protected: take the protection off to delete it")
        self.name = name


class IndexNotFound(TablesError, LookupError):
    """The table has no index of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the table has no index named {name!r}")
        self.name = name


class IndexExists(TablesError):
    """The table has an index of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the table has an index named {name!r} already")
        self.name = name


class IndexNotReady(TablesError):
    """The index is still being filled with the items that the table had before it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the index {name!r} is still being filled: wait until it is active")
        self.name = name


class ExpiryUnchanged(TablesError):
    """Expiry is on for the given attribute already, or off already."""

    def __init__(self, attribute: str | None) -> None:
        state = f"on for the attribute {attribute!r}" if attribute else "off"
        super().__init__(f"expiry is {state} already")
        self.attribute = attribute
        """The attribute that items expire by; None when expiry is off."""


class ExpiryByOther(TablesError):
    """Expiry is on for another attribute than the given one."""

    def __init__(self, attribute: str) -> None:
        super().__init__(f"items expire by the attribute {attribute!r}")
        self.attribute = attribute


# -- keys


class KeyInvalid(TablesError):
    """The key of an item cannot be used."""


class KeyMismatch(KeyInvalid):
    """A given key has not exactly the table's key attributes, or not with their types."""

    def __init__(self) -> None:
        super().__init__("the key does not have the attributes and types of the table's key")


class KeyMissing(KeyInvalid):
    """An item lacks a key attribute."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the item lacks the key attribute {name!r}")
        self.name = name


class KeyTypeMismatch(KeyInvalid):
    """A key attribute of an item has another type than the table says."""

    def __init__(self, name: str, expected: str, actual: str) -> None:
        super().__init__(f"the key attribute {name!r} must be {expected}, not {actual}")
        self.name = name
        self.expected = expected
        self.actual = actual


class KeyEmpty(KeyInvalid):
    """A key attribute is an empty string or empty bytes."""

    def __init__(self, name: str, type_name: str) -> None:
        super().__init__(f"the key attribute {name!r} is empty")
        self.name = name
        self.type_name = type_name
        """``S`` or ``B``."""


class PartitionKeyTooLong(KeyInvalid):
    """A partition key is longer than `limits.MAX_PARTITION_KEY`."""


class SortKeyTooLong(KeyInvalid):
    """A sort key is longer than `limits.MAX_SORT_KEY`."""


class IndexKeyTypeMismatch(KeyInvalid):
    """An attribute that is a key of an index has another type than the index says."""

    def __init__(self, name: str, expected: str, actual: str, index: str) -> None:
        super().__init__(f"the key {name!r} of index {index!r} must be {expected}, not {actual}")
        self.name = name
        self.expected = expected
        self.actual = actual
        self.index = index


class IndexKeyEmpty(KeyInvalid):
    """An attribute that is a key of an index is an empty string or empty bytes."""

    def __init__(self, name: str, type_name: str, index: str) -> None:
        super().__init__(f"the key {name!r} of index {index!r} is empty")
        self.name = name
        self.type_name = type_name
        """``S`` or ``B``."""
        self.index = index


class StartKeyOutside(TablesError):
    """The key to go on from is not among those that the query or scan reads."""


class KeysRepeated(TablesError):
    """Two operations of one request are about the same item."""


# -- items


class ItemTooLarge(TablesError):
    """An item is larger than `limits.MAX_ITEM`."""

    def __init__(self, size: int, *, updated: bool = False) -> None:
        super().__init__(f"the item has {size} bytes")
        self.size = size
        self.updated = updated
        """An update made it too large; otherwise it came so."""


class ConditionFailed(TablesError):
    """The condition of a write does not hold."""

    def __init__(self, item: bytes | None = None) -> None:
        super().__init__("the condition does not hold")
        self.item = item
        """The item as it is, as JSON, when the write asked for it and there is one."""


class Rejected(TablesError):
    """A change cannot be made to the item as it is; the change's own words say why."""


class TransactionCancelled(TablesError):
    """None of a transaction's writes was made."""

    def __init__(self, reasons: Sequence[TablesError | None]) -> None:
        super().__init__("the transaction was cancelled")
        self.reasons = tuple(reasons)
        """For each write what stopped it; None: it would have been made."""


class TokenReused(TablesError):
    """A token that stands for one transaction came with another."""


# -- values


class ValueInvalid(TablesError):
    """A value cannot be stored."""


class ValueMalformed(ValueInvalid):
    """The content of a value is not what its type tag says."""

    def __init__(self, tag: str, content: object) -> None:
        super().__init__(f"{type(content).__name__} is no content for a value of type {tag}")
        self.tag = tag
        """``S``, ``N``, ...; empty when the value itself is not a tagged value."""
        self.content = content


class ValueEmpty(ValueInvalid):
    """A value has no known type tag."""


class ValueAmbiguous(ValueInvalid):
    """A value has more than one type tag."""


class NullNotTrue(ValueInvalid):
    """The content of a null value is not true."""


class SetEmpty(ValueInvalid):
    """A set has no members."""

    def __init__(self, tag: str) -> None:
        super().__init__(f"the {tag} is empty")
        self.tag = tag


class SetRepeats(ValueInvalid):
    """A set has a member twice."""

    def __init__(self, tag: str, members: Sequence[str]) -> None:
        super().__init__(f"the {tag} has a member twice")
        self.tag = tag
        self.members = tuple(members)


class NestedTooDeep(ValueInvalid):
    """Lists and maps are nested deeper than `limits.MAX_NESTING`."""


class NameInvalid(ValueInvalid):
    """An attribute name is empty or longer than `limits.MAX_NAME`."""

    def __init__(self, name: str) -> None:
        super().__init__("an attribute name is " + ("too long" if name else "empty"))
        self.name = name


class NumberInvalid(ValueInvalid):
    """A text is not a number."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not a number")
        self.text = text


class NumberTooPrecise(ValueInvalid):
    """A number has more significant digits than `limits.MAX_DIGITS`."""


class NumberTooLarge(ValueInvalid):
    """The magnitude of a number is above the range, or a sum needs too many digits."""


class NumberTooSmall(ValueInvalid):
    """The magnitude of a number is below the range, and it is not zero."""
