"""Random trees, rules, levels and interruptions: what is there in the end is what a model says."""

import asyncio
from fnmatch import fnmatchcase

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from lenticular.engines.connectors.contract import Fault
from lenticular.engines.movers.contract import FilterRule, Verdict

from .memory import Cloud, Memory, mover

NAMES = st.sampled_from(["a", "b", "a.b", "ab", "é", "a b", "Z", "\n", "x.tmp", "0"])
DATA = st.one_of(
    st.binary(max_size=5), st.integers(60, 70).map(bytes), st.integers(1000, 3000).map(bytes)
)
TREES = st.recursive(
    DATA, lambda inside: st.dictionaries(NAMES, inside, max_size=4), max_leaves=12
).filter(lambda tree: isinstance(tree, dict))
RULES = st.lists(
    st.builds(
        FilterRule,
        st.sampled_from(["include", "exclude"]),
        st.sampled_from(["a*", "*.tmp", "b", "*", "[aZ]"]),
        st.sampled_from(["file", "dir", ""]),
    ),
    max_size=3,
).map(tuple)


def flat(tree, root):
    """Return a tree as paths."""
    if not isinstance(tree, dict):
        return {root: tree}
    inside = (flat(each, f"{root}/{name}") for name, each in tree.items())
    return {root: None} | {path: data for each in inside for path, data in each.items()}


def is_meant(rules, path, is_folder):
    for rule in rules:
        is_of_type = rule.type in ("", "dir" if is_folder else "file")
        if is_of_type and fnmatchcase(path.rpartition("/")[2], rule.name):
            return rule.method == "include"
    return True


def visible(files, rules, root):
    """Return what of a flat tree is meant, and all on the way to it."""
    return {
        path: data
        for path, data in files.items()
        if all(
            is_meant(rules, path[:end], is_folder=end < len(path) or data is None)
            for end in range(len(root) + 1, len(path) + 1)
            if end == len(path) or path[end] == "/"
        )
    }


def must_move(level, data, there):
    return {None: True, 0: False, 1: len(data) != len(there), 3: data != there}[level]


def model(source, destination, rules, level, deletes):
    """Return what there is to be at the destination."""
    expected = dict(destination)
    wanted = visible(source, rules, "/s")
    for path, data in wanted.items():
        there = expected.get(f"/d{path[2:]}")
        if there is None or data is None or must_move(level, data, there):
            expected[f"/d{path[2:]}"] = data
    if deletes:
        seen = visible(destination, rules, "/d")
        for path in seen:
            if f"/s{path[2:]}" not in source:
                expected.pop(path, None)
                # What is in an extra folder goes with it, rules or none.
                for inner in [each for each in expected if each.startswith(f"{path}/")]:
                    del expected[inner]
    return expected


def clashes(source, destination):
    """Tell whether a folder and a file would have to be at one path."""
    return any(
        (data is None) != (destination[f"/d{path[2:]}"] is None)
        for path, data in source.items()
        if f"/d{path[2:]}" in destination
    )


class Broken(Memory):
    """A place that breaks off at moments that are drawn, and may be left for dead."""

    def __init__(self, files, moments):
        super().__init__(files)
        self.moments = moments
        self.count = 0
        self.dead = None
        """The count of calls after which nothing more happens."""

    @property
    def is_dead(self):
        return self.dead is not None and self.count > self.dead

    async def meddle(self, operation, path):
        self.count += 1
        if self.is_dead:
            raise Fault("CONNECT_FAILED", "nobody is there")
        if self.count in self.moments:
            raise Fault("CONNECTION_RESET", "broken off")


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.reuse, Phase.generate),  # to shrink what is a matter of moments leads nowhere
)
@given(
    TREES,
    TREES,
    RULES,
    st.sampled_from([None, 0, 1, 3]),
    st.booleans(),
    st.sets(st.integers(1, 120), max_size=10),
    st.sets(st.integers(1, 120), max_size=10),
    st.lists(
        st.tuples(st.sampled_from(["kill", "cancel", "yield"]), st.integers(1, 60)), max_size=4
    ),
)
def test_any_tree_arrives_whatever_happens(
    tree, other, rules, level, deletes, breaks, more_breaks, ends
):
    source_files, files = flat(tree, "/s"), flat(other, "/d")
    if clashes(source_files, files):
        return
    expected = model(source_files, files, rules, level, deletes)
    source, destination = Broken(source_files, breaks), Broken(files, more_breaks)

    async def play():
        options = {
            "filter_rules": rules,
            "sync_level": level,
            "delete_destination_extra": deletes,
        }
        cloud = Cloud(("/s", "/d"), options=options)
        for how, moment in ends:
            if await attempt(cloud, how, moment):
                return cloud
        source.dead = destination.dead = None
        cloud.verdict = lambda report: Verdict()
        cloud.is_deaf = lambda: False
        await asyncio.wait_for(mover(source, destination).run(cloud.job(), cloud), 20)
        return cloud

    async def attempt(cloud, how, moment):
        """Do an attempt that may be ended; tell whether it came to its end before."""
        for place in (source, destination):
            place.dead = place.count + moment if how == "kill" else None
        first = len(cloud.reports)
        wants = moment % 3 if how == "yield" else 0

        def verdict(report):
            return Verdict("yield" if wants and len(cloud.reports) - first > wants else "go on")

        cloud.verdict = verdict
        cloud.is_deaf = lambda: source.is_dead or destination.is_dead
        running = asyncio.create_task(mover(source, destination).run(cloud.job(), cloud))
        pause = {"kill": 0.02, "cancel": moment / 4000, "yield": 20}[how]
        await asyncio.wait({running}, timeout=pause)
        if not running.done():
            running.cancel()
            await asyncio.wait({running})
        ended = cloud.reports and cloud.reports[-1].ended
        return bool(ended and ended.how == "succeeded")

    cloud = asyncio.run(play())
    assert cloud.ended.how == "succeeded", cloud.ended
    assert destination.files() == Memory(expected).files()
    told = cloud.told
    assert told.subtasks_pending == told.subtasks_retrying == 0
    wanted = visible(source_files, rules, "/s")
    assert told.files == sum(data is not None for data in wanted.values())
    assert told.directories == sum(data is None for data in wanted.values())
    assert told.files_transferred + told.files_skipped == told.files
    assert len(cloud.moved) == told.files_transferred


def test_the_model_is_not_blind():
    """What the model says differs with rules, levels and deletions."""
    source, there = (
        flat({"a": b"12", "b": {"x.tmp": b"1"}}, "/s"),
        flat({"a": b"1", "c": b""}, "/d"),
    )
    cases = [
        model(source, there, (), None, False),
        model(source, there, (), 0, False),
        model(source, there, (FilterRule("exclude", "*.tmp"),), None, False),
        model(source, there, (), None, True),
    ]
    assert len({str(sorted(case.items())) for case in cases}) == 4
