"""What a selection is refused for, or fails of."""


class SelectionError(Exception):
    """A selection cannot be made, or not to its end.

    `code` is one of "List of SELECT Object Content Error Codes" (Amazon S3 API Reference,
    "Error responses"): the dialect is S3's, and so are the names of what is wrong with it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
