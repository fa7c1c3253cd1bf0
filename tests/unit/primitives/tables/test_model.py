"""Any run of writes, queries and changes of indexes, against a dict and sorting."""

import asyncio
from contextlib import suppress
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from lenticular.engines.kv.memory import MemoryStore
from lenticular.primitives.tables import (
    INCLUDE,
    KEYS_ONLY,
    Delete,
    Get,
    KeyAttribute,
    NewIndex,
    NewTable,
    Put,
    Selection,
    SortCondition,
    TableName,
    Tables,
    Update,
)
from lenticular.primitives.tables.errors import ConditionFailed, TransactionCancelled
from lenticular.primitives.tables.values import item as read_item

NAME = TableName("111111111111", "us-east-1", "samples")
TEXTS = st.sampled_from(["a", "a\x00", "a\x00b", "ab", "b", "é", "\x01", "z" * 40])
NUMBERS = st.sampled_from(["-10", "-1", "-0.5", "0", "1", "1.0", "2", "10", "1e2", "12345.678"])
# Few, so that the same item is written again and again.
KEYS = st.builds(
    lambda p, s: {"p": {"S": p}, "s": {"N": s}},
    st.sampled_from(["a", "a\x00"]),
    st.sampled_from(["-1", "0", "1", "1.0", "1e2"]),
)
# The keys of the indexes come, do not come, and come with a type that keeps an item out.
ATTRIBUTES = st.fixed_dictionaries(
    {},
    optional={
        "color": TEXTS.map(lambda text: {"S": text}),
        "weight": NUMBERS.map(lambda text: {"N": text}),
        "note": st.sampled_from(["new", "newer"]).map(lambda text: {"L": [{"S": text}]}),
    },
)
COLOR, WEIGHT = KeyAttribute("color", "S"), KeyAttribute("weight", "N")
INDEXES = {
    "global": NewIndex("global", False, COLOR, WEIGHT),
    "keys": NewIndex("keys", False, WEIGHT, None, KEYS_ONLY),
    "some": NewIndex("some", False, COLOR, None, INCLUDE, ("note",)),
    "local": NewIndex("local", True, KeyAttribute("p", "S"), WEIGHT),
}
COPIED = {
    "global": None,
    "keys": {"p", "s", "weight"},
    "some": {"p", "s", "color", "note"},
    "local": None,
}


def sortable(attribute, item):
    """The value of a key attribute as Python sorts it."""
    if attribute is None:
        return 0
    ((tag, content),) = item[attribute.name].items()
    return Decimal(content) if tag == "N" else content.encode()


class TablesMachine(RuleBasedStateMachine):
    """The primitive and the model, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.tables = Tables(MemoryStore(), clock=lambda: 0.0)
        new = NewTable(
            "id", KeyAttribute("p", "S"), KeyAttribute("s", "N"), indexes=[INDEXES["local"]]
        )
        self.do(self.tables.create(NAME, new))
        self.items: dict[tuple, dict] = {}
        self.indexes = {"local"}

    def do(self, work):
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.do(self.tables.close())
        self.loop.close()

    def remember(self, item):
        item, _ = read_item(item)
        self.items[item["p"]["S"], item["s"]["N"]] = item

    def known(self, key):
        return self.items.get((key["p"]["S"], read_item(key)[0]["s"]["N"]))

    @rule(key=KEYS, attributes=ATTRIBUTES)
    def put(self, key, attributes):
        item, size = read_item(key | attributes)
        outcome = self.do(self.tables.write(Put(table=NAME, item=item, size=size)))
        assert (outcome.old.item() if outcome.old else None) == self.known(key)
        self.remember(item)

    @rule(key=KEYS, attributes=ATTRIBUTES)
    def put_if_new(self, key, attributes):
        item, size = read_item(key | attributes)
        write = Put(table=NAME, item=item, size=size, condition=lambda old: not old)
        with suppress(ConditionFailed):
            self.do(self.tables.write(write))
            assert self.known(key) is None
            self.remember(item)
        assert self.known(key) is not None

    @rule(key=KEYS)
    def delete(self, key):
        key, _ = read_item(key)
        outcome = self.do(self.tables.write(Delete(table=NAME, key=key)))
        assert (outcome.old is None) == (self.known(key) is None)
        self.items.pop((key["p"]["S"], key["s"]["N"]), None)

    @rule(key=KEYS, attributes=ATTRIBUTES, removed=st.sets(st.sampled_from(["color", "weight"])))
    def update(self, key, attributes, removed):
        def change(table, item):
            kept = {name: value for name, value in item.items() if name not in removed}
            return kept | attributes

        key, _ = read_item(key)
        self.do(self.tables.write(Update(table=NAME, key=key, change=change)))
        self.remember(change(None, self.known(key) or key))

    @rule(keys=st.lists(KEYS, min_size=2, max_size=4), attributes=ATTRIBUTES, stop=st.booleans())
    def transact(self, keys, attributes, stop):
        writes = {}
        for key in keys:
            item, size = read_item(key | attributes)
            writes[item["p"]["S"], item["s"]["N"]] = Put(table=NAME, item=item, size=size)
        last = [*writes.values()][-1]
        last.condition = lambda old: not stop
        with suppress(TransactionCancelled):
            self.do(self.tables.write_all([*writes.values()]))
            assert not stop
            for write in writes.values():
                self.remember(write.item)

    @precondition(lambda self: len(self.indexes) < 4)
    @rule(data=st.data())
    def add_index(self, data):
        name = data.draw(st.sampled_from(sorted(INDEXES.keys() - self.indexes)))
        self.do(self.tables.alter(NAME, add=INDEXES[name]))
        self.indexes.add(name)
        self.do(self.tables.settle())

    @precondition(lambda self: len(self.indexes) > 1)
    @rule(data=st.data())
    def remove_index(self, data):
        name = data.draw(st.sampled_from(sorted(self.indexes - {"local"})))
        self.do(self.tables.alter(NAME, remove=name))
        self.indexes.remove(name)

    @rule(key=KEYS)
    def get(self, key):
        _, stored = self.do(self.tables.get(Get(table=NAME, key=read_item(key)[0])))
        assert (stored.item() if stored else None) == self.known(key)

    @rule(
        partition=st.sampled_from(["a", "a\x00", "b"]),
        operator=st.sampled_from(["=", "<", "<=", ">", ">="]),
        bound=NUMBERS,
        backward=st.booleans(),
        limit=st.none() | st.integers(1, 4),
        data=st.data(),
    )
    def query(self, partition, operator, bound, backward, limit, data):
        index = data.draw(st.sampled_from([None, *sorted(self.indexes - {"keys", "some"})]))
        spec = INDEXES[index] if index else None
        by = (
            (spec.partition, spec.sort)
            if spec
            else (KeyAttribute("p", "S"), KeyAttribute("s", "N"))
        )
        bound = read_item({"n": {"N": bound}})[0]["n"]
        compare = {"=": "__eq__", "<": "__lt__", "<=": "__le__", ">": "__gt__", ">=": "__ge__"}
        expected = [
            item
            for item in self.expected(spec)
            if item[by[0].name] == {"S": partition}
            and getattr(sortable(by[1], item), compare[operator])(Decimal(bound["N"]))
        ]
        selection = Selection(
            index=index,
            partition={"S": partition},
            sort=SortCondition(operator, (bound,)),
            backward=backward,
            limit=limit,
        )
        found = self.read(selection)
        order = [sortable(by[1], item) for item in found]
        assert order == sorted(order, reverse=backward)
        assert sorted(map(str, found)) == sorted(map(str, expected))

    @invariant()
    def scans_find_everything_once(self):
        for name in [None, *self.indexes]:
            found = self.read(Selection(index=name, limit=3))
            expected = self.expected(INDEXES[name] if name else None)
            assert sorted(map(str, found)) == sorted(map(str, expected))

    @invariant()
    def statistics_are_exact(self):
        table = self.do(self.tables.describe(NAME))
        statistics = self.do(self.tables.statistics(table))
        numbers = {0: None} | {index.number: INDEXES[index.name] for index in table.indexes}
        for number, spec in numbers.items():
            expected = [read_item(item)[1] for item in self.expected(spec)]
            held = statistics[number]
            assert (held.items, held.size) == (len(expected), sum(expected))

    def expected(self, spec):
        """What a scan of the table or an index finds, each with its attributes in their order."""
        found = []
        for item in self.items.values():
            if spec and not all(part is None or part.name in item for part in spec[2:4]):
                continue
            copied = COPIED[spec.name] if spec else None
            found.append({name: item[name] for name in item if copied is None or name in copied})
        return found

    def read(self, selection):
        """The items of all pages."""
        found = []
        while True:
            page = self.do(self.tables.select(NAME, lambda table: selection))
            found += [row.item() for row in page.rows]
            if page.last is None:
                return found
            selection.start = page.last


TestTables = TablesMachine.TestCase
TestTables.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
