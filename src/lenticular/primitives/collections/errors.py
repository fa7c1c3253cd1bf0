"""What can go wrong with collections."""


class CollectionError(Exception):
    """Any error of this package."""


class CollectionNotFound(CollectionError):
    """There is no such collection, or none that the person may see: the two look the same."""

    def __init__(self, collection_id: str) -> None:
        super().__init__(f"There is no collection {collection_id[:100]} that you can see")
        self.collection_id = collection_id


class CollectionDeleted(CollectionError):
    """There was such a collection."""

    def __init__(self, collection_id: str) -> None:
        super().__init__(f"The collection {collection_id} was deleted")
        self.collection_id = collection_id


class EntryNotFound(CollectionError):
    """There is no such rule, role or bookmark."""


class BookmarkNotFound(EntryNotFound):
    """There is no such bookmark of the person."""


class EntryExists(CollectionError):
    """There is one of this name, or for this principal and path, already."""


class PermissionDenied(CollectionError):
    """The person may see the collection, but not do this there."""


class InputInvalid(CollectionError):
    """A value cannot be taken; the message says why."""


class NotSupported(CollectionError):
    """This cannot be done with a collection of this kind."""


class LimitExceeded(CollectionError):
    """There are as many as there may be already."""
