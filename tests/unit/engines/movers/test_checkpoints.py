"""Checkpoints stay small, whatever the names, and one of another mover does no harm."""

import msgspec

from lenticular.engines.connectors.contract import Fault
from lenticular.engines.movers.checkpoints import Checkpoint, Kept, Progress, decoded, encoded
from lenticular.engines.movers.checksums import Part
from lenticular.engines.movers.contract import LARGEST_CHECKPOINT, Verdict

from .memory import Cloud, Memory, mover


async def test_many_files_with_long_names_that_all_wait():
    """Thousands of files cannot be read; the job waits, within its bounds, until they can be."""
    names = [f"{'é' * 60}-{number:04}" for number in range(3_000)]
    source, destination = Memory({f"/a/{name}": b"x" for name in names}), Memory()
    source.page, broken = 500, [True]

    async def meddle(operation, path):
        if broken and operation == "read":
            raise Fault("PERMISSION_DENIED", "not now")

    source.meddle = meddle
    cloud = Cloud(("/a", "/b"))

    def verdict(report):
        if len(cloud.reports) > 10:
            broken.clear()
        return Verdict()

    cloud.verdict = verdict
    await mover(source, destination).run(cloud.job(), cloud)
    assert cloud.ended.how == "succeeded"
    assert len(destination.files()) == 3_001
    assert cloud.reports[9].counts.subtasks_total < 2_000


def test_progress_is_dropped_before_a_checkpoint_gets_too_large():
    parts = [Part(start, start + 1, 2**63) for start in range(0, 4_000, 2)]
    kept = [Kept(0, (str(n),), "file", 1, True, Progress("v", 1, "m", parts)) for n in range(20)]
    document = encoded(Checkpoint(kept=kept))
    assert len(document) <= LARGEST_CHECKPOINT
    assert [each.progress for each in decoded(document).kept] == [None] * 20


async def test_the_checkpoint_of_another_mover_is_passed_over():
    for document in (b"\xc1", b"other", msgspec.msgpack.encode({"a": 1})):
        source, destination = Memory({"/a": b"1"}), Memory()
        cloud = Cloud(("/a", "/b"))
        cloud.checkpoint = document
        await mover(source, destination).run(cloud.job(), cloud)
        assert destination.files() == {"/b": b"1"}
