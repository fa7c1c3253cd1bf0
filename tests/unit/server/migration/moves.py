"""What the tests of migrations do: move a cloud, be refused, start it."""

import itertools

import pytest

from lenticular.server import wiring
from lenticular.server.migration import migrating
from lenticular.server.migration.journal import MigrationError
from lenticular.server.migration.migrating import Wanted

from .conftest import BLOB_STORE, STORE

THERE, BACK = Wanted(STORE, BLOB_STORE), Wanted("", "")


def ignore(step):
    """Watch nothing."""


async def move(configuration, file, wanted=THERE):
    return await migrating.migrate(configuration, file, wanted, ignore)


async def refusal(work):
    with pytest.raises(MigrationError) as raised:
        await work
    return str(raised.value)


async def starts(configuration):
    async with wiring.open_cloud(configuration):
        pass


class CutOff(BaseException):
    """The process is gone."""


def cut_off(patched, owner, name, after=0):
    """Let the process be gone where a method is called once more than `after` times."""
    method = getattr(owner, name)
    calls = itertools.count()

    def gone(*arguments, **options):
        if next(calls) >= after:
            raise CutOff
        return method(*arguments, **options)

    patched.setattr(owner, name, gone)
