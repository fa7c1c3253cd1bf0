"""Makes programs of the pages: all that a reader would copy out of a page, in its order."""

import re
from itertools import groupby
from pathlib import Path

PAGES = Path(__file__).parents[2] / "docs" / "clients"
_BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def python(code: str) -> str:
    """Return the shell command that runs a program in Python."""
    return f"python - <<'END_OF_PYTHON'\n{code}END_OF_PYTHON\n"


def script(name: str) -> str:
    """Return the code blocks of a page of docs/clients as one shell script.

    Python blocks that follow one another are one program, as cells of a notebook are. Raises
    ValueError for a block in any other language than ``sh`` and ``python`` and for a fence that
    this does not understand: no block is left out.
    """
    text = (PAGES / f"{name}.md").read_text()
    blocks = _BLOCK.findall(text)
    if len(blocks) * 2 != text.count("```"):
        raise ValueError(f"{name}.md has a fence that does not stand alone at the start of a line")
    parts = []
    for language, group in groupby(blocks, key=lambda block: block[0]):
        code = "\n".join(text for _, text in group)
        if language == "python":
            code = python(code)
        elif language != "sh":
            raise ValueError(f"{name}.md has a block in {language!r}, which nothing here runs")
        parts.append(code)
    return "".join(parts)
