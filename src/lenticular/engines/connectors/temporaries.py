"""The hidden names under which files are written, beside those that they are to have."""

import re
import secrets

_NAME = re.compile(r"\.lenticular-[0-9a-f]{32}\.part")


def new_mark() -> str:
    """Return a mark that nobody guesses, for a file that is begun."""
    return secrets.token_hex(16)


def temporary_name(mark: str) -> str:
    """Return the name under which a file is written, beside the one that it is to have."""
    return f".lenticular-{mark}.part"


def is_temporary(name: str) -> bool:
    """Tell whether a name is that of a file that is being written: it is not there for others."""
    return _NAME.fullmatch(name) is not None
