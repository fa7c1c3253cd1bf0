"""The built-in agent as a process of its own; `lenticular.server.datanode` starts it.

    python -m lenticular.server.datanodeprocess LEVEL FORMAT

The two are settings of the log. The agent's own settings come on the standard input.
"""

import sys

from lenticular.server import starting
from lenticular.server.logs import configure


def main(level: str, form: str) -> int:
    """Be the built-in agent until the server ends; return the exit code."""
    configure(level, form)
    starting.hasten()
    from lenticular.agent import program

    starting.settle()
    return program.run_as_child()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
