"""The command line: starts the cloud, and is a client of it like any other.

Commands are declared in ``application.py`` and written in a file each; a file is
imported when its command runs, so that quick commands stay quick.
"""

import signal
import sys


class CommandError(RuntimeError):
    """A command cannot do what it was asked; the message says why and what to do."""


def main() -> None:
    """Run the command that the arguments name. Ends the process with its exit code."""
    try:
        from lenticular.server import starting

        starting.hasten()
        from lenticular.cli.application import application

        starting.settle()
        application()
    except KeyboardInterrupt:  # before there was a command that could have been told of it
        sys.exit(128 + signal.SIGINT)
    except Exception as error:
        if not isinstance(error, _foreseen()):
            raise
        sys.exit(f"lenticular: {error}")


def _foreseen() -> tuple[type[Exception], ...]:
    """Return the errors whose message is all that a person needs."""
    from lenticular.server.configuration import ConfigurationError
    from lenticular.server.ports import PortUnavailable
    from lenticular.server.process import ProcessError

    folder = (PermissionError, NotADirectoryError, FileExistsError)
    return CommandError, ConfigurationError, PortUnavailable, ProcessError, *folder
