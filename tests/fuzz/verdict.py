"""Whether a run found nothing: in the answers, in the process, and in what is stored."""

from .driver import Report
from .world import World

GROWTH = 64 << 20
"""Bytes by which the server's memory may grow after warming up."""


def verdict(world: World, report: Report) -> list[str]:
    """Return all that is wrong after a run."""
    problems = list(report.failures)
    before, after = report.memory
    if after - before > GROWTH:
        problems.append(f"memory grew from {before >> 20} to {after >> 20} MiB")
    if report.files[1] > report.files[0]:
        problems.append(f"open files grew from {report.files[0]} to {report.files[1]}")
    problems += world.damages()
    for command in ("scrub", "doctor"):
        done = world.server.run(command)
        if done.returncode:
            problems.append(f"{command} found: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return problems
