"""Runs `globus` again and again in one process, which begins in a fraction of the time.

Runs in the environment of the command itself. Each line of the input is a JSON list of
arguments; each line of the output tells the status and what was printed. Without input it
prints the names of all commands there are.
"""

import contextlib
import io
import json
import os
import sys

import click
from globus_cli import main


def names(command, path=()):
    """Return the names of all commands below a group, as one types them."""
    if not isinstance(command, click.Group):
        return [" ".join(path)]
    context = click.Context(command)
    below = [(name, command.get_command(context, name)) for name in command.list_commands(context)]
    return [name for part, one in below for name in names(one, (*path, part))]


def run(arguments):
    """Run the command once, as the shell would."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(arguments, prog_name="globus")
            status = 0
        except SystemExit as end:
            status = end.code or 0
        except BaseException as error:
            status = 255
            print(repr(error), file=err)
    return {"status": status, "out": out.getvalue(), "err": err.getvalue()}


if __name__ == "__main__":
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    if sys.argv[1:] == ["names"]:
        print(json.dumps(names(main)), file=answers)
    else:
        for line in iter(sys.stdin.readline, ""):
            print(json.dumps(run(json.loads(line))), file=answers)
