"""The built-in agent as a process of its own; `lenticular.server.datanode` starts it.

    python -m lenticular.server.datanodeprocess LEVEL FORMAT

The two are settings of the log. The agent's own settings come on the standard input.
"""

import sys

from lenticular.server.logs import configure


def main(level: str, form: str) -> int:
    """Be the built-in agent until the server ends; return the exit code."""
    configure(level, form)
    # What is None there cannot be imported (The Python Language Reference, "The module cache"):
    # httpx goes without its command line then, and this process without 5 MB of it.
    sys.modules["httpx._main"] = None  # type: ignore[assignment]  # typeshed does not know that
    from lenticular.agent import program

    return program.run_as_child()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
