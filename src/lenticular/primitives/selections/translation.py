"""Statements of S3 Select as statements of the engine.

Every kind of expression that a user may write has its function here; what has none is
refused. Nothing of the user's text reaches the engine but literals and names, quoted.
"""

from collections.abc import Callable, Mapping

from sqlglot import exp

from lenticular.primitives.selections import functions
from lenticular.primitives.selections.errors import SelectionError
from lenticular.primitives.selections.forms import CsvOutput, JsonOutput
from lenticular.primitives.selections.naming import only, path, steps
from lenticular.primitives.selections.output import row
from lenticular.primitives.selections.paths import Name
from lenticular.primitives.selections.records import Records
from lenticular.primitives.selections.statements import Statement, too_deep
from lenticular.primitives.selections.values import (
    DIVISION_BY_ZERO,
    NUMBERS,
    Kind,
    Value,
    as_number,
    as_text,
    as_truth,
    compared,
    joined,
    literal,
)

_MAX_SQL = 1024 * 1024
"""Most characters of a translated expression."""

_COMPARISONS: Mapping[type[exp.Expression], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
_ARITHMETIC: Mapping[type[exp.Expression], str] = {
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
    exp.Div: "/",
    exp.Mod: "%",
}


def translate(statement: Statement, records: Records, output: CsvOutput | JsonOutput) -> str:
    """Return the engine's statement, of whose rows each is a text. Raises `SelectionError`."""
    translator = _Translator(records, statement.alias)
    try:
        source = records.source(statement.path)
        columns = [translator.column(tree, at) for at, tree in enumerate(statement.columns, 1)]
        where = ""
        if statement.where is not None:
            where = f" WHERE {as_truth(translator.value(statement.where, within='WHERE'))}"
    except RecursionError:
        raise too_deep() from None
    translator.check_aggregates()
    limit = "" if statement.limit is None else f" LIMIT {statement.limit}"
    return row(columns, records, output, source, f"{where}{limit}")


class _Translator:
    """Translates the expressions of one statement."""

    def __init__(self, records: Records, alias: Name | None) -> None:
        self._records = records
        self._alias = alias
        self._aggregates = 0
        self._free_members = 0
        self._within = ""

    def column(self, tree: exp.Expression, at: int) -> tuple[str, Value]:
        """Return a column of the result, and its name."""
        name = f"_{at}"
        if isinstance(tree, exp.Alias):
            name, tree = tree.alias, tree.this
        elif isinstance(tree, exp.Column | exp.Dot):
            last = steps(tree)[-1]
            name = last.text if isinstance(last, Name) else name
        return name, self.value(tree)

    def check_aggregates(self) -> None:
        """Refuse aggregates beside columns of single records: there is no GROUP BY."""
        if self._aggregates and self._free_members:
            raise SelectionError(
                "UnsupportedSqlStructure",
                "Columns of records cannot stand beside aggregates: there is no GROUP BY.",
            )

    def value(self, tree: exp.Expression, within: str = "") -> Value:
        """Translate an expression. Raises `SelectionError`."""
        before, self._within = self._within, within or self._within
        handler = _HANDLERS.get(type(tree))
        if handler is None:
            raise SelectionError(
                "UnsupportedSqlOperation",
                f"{type(tree).__name__} is not supported in expressions of S3 Select.",
            )
        value = handler(self, tree)
        self._within = before
        if len(value.sql) > _MAX_SQL:
            raise SelectionError("ExpressionTooLong", "The SQL expression is too complex.")
        return value

    def member(self, tree: exp.Expression) -> Value:
        """Translate a name."""
        if not self._within_aggregate and self._within != "WHERE":
            self._free_members += 1
        return self._records.member(path(tree, self._alias))

    @property
    def _within_aggregate(self) -> bool:
        return self._within == "aggregate"

    def aggregate(self, name: str, arguments: list[exp.Expression]) -> Value:
        """Translate COUNT, SUM, AVG, MIN or MAX."""
        if self._within:
            raise SelectionError(
                "UnsupportedSqlStructure", f"{name} cannot stand within {self._within}."
            )
        self._aggregates += 1
        if len(arguments) != 1:
            raise SelectionError("ParseNonUnaryAgregateFunctionCall", f"{name} takes one argument.")
        if isinstance(arguments[0], exp.Star):
            if name != "COUNT":
                raise SelectionError("ParseUnsupportedCallWithStar", "Only COUNT takes a *.")
            return Value("count(*)", Kind.INTEGER)
        value = self.value(arguments[0], within="aggregate")
        if name == "COUNT":
            counted = as_text(value) if value.kind == Kind.JSON else value.sql
            return Value(f"count({counted})", Kind.INTEGER)
        if name in {"MIN", "MAX"} and value.kind in {Kind.TIME, Kind.TRUTH}:
            return Value(f"{name}({value.sql})", value.kind)
        number = as_number(value)
        kind = Kind.COLUMN if value.kind == Kind.COLUMN else Kind.NUMBER
        if value.kind == Kind.INTEGER and name != "AVG":
            kind = Kind.INTEGER
        return Value(f"{name}({number})", kind)

    def literal(self, tree: exp.Expression) -> Value:
        """Translate a text or a number."""
        if tree.args.get("is_string"):
            return Value(literal(tree.this), Kind.TEXT)
        if tree.this.isdecimal():
            return Value(tree.this, Kind.INTEGER)
        try:
            return Value(f"CAST({float(tree.this)!r} AS DOUBLE)", Kind.NUMBER)
        except ValueError:
            raise SelectionError(
                "LexerInvalidLiteral", f"{tree.this[:32]!r} is no number."
            ) from None

    def truth(self, tree: exp.Expression) -> Value:
        """Translate TRUE or FALSE."""
        return Value("TRUE" if tree.this else "FALSE", Kind.TRUTH)

    def null(self, _: exp.Expression) -> Value:
        """Translate NULL."""
        return Value("NULL", Kind.NULL)

    def parenthesised(self, tree: exp.Expression) -> Value:
        """Translate what stands in parentheses; a statement there is refused as such."""
        return self.value(tree.this)

    def comparison(self, tree: exp.Expression) -> Value:
        """Translate ``=``, ``<`` ..."""
        only(tree, "this", "expression")
        operator = _COMPARISONS[type(tree)]
        return compared(self.value(tree.this), operator, self.value(tree.expression))

    def arithmetic(self, tree: exp.Expression) -> Value:
        """Translate ``+``, ``-`` ...; whole numbers are divided to whole ones."""
        left, right = self.value(tree.this), self.value(tree.expression)
        operator = _ARITHMETIC[type(tree)]
        numbers = as_number(left), as_number(right)
        is_whole = left.kind == right.kind == Kind.INTEGER
        kind = Kind.INTEGER if is_whole else Kind.NUMBER
        if Kind.COLUMN in {left.kind, right.kind}:
            kind = Kind.COLUMN
        if operator in {"/", "%"}:
            checked = (
                f"(CASE WHEN {numbers[1]} = 0 THEN error({literal(DIVISION_BY_ZERO)}) "
                f"ELSE {numbers[1]} END)"
            )
            operator = "//" if is_whole and operator == "/" else operator
            return Value(f"({numbers[0]} {operator} {checked})", kind)
        return Value(f"({numbers[0]} {operator} {numbers[1]})", kind)

    def negative(self, tree: exp.Expression) -> Value:
        """Translate a minus before a value."""
        value = self.value(tree.this)
        kind = value.kind if value.kind in NUMBERS | {Kind.COLUMN} else Kind.NUMBER
        return Value(f"(-{as_number(value)})", kind)

    def connective(self, tree: exp.Expression) -> Value:
        """Translate AND, OR; a long chain of them is taken as such, not nested."""
        word = "AND" if isinstance(tree, exp.And) else "OR"
        parts: list[exp.Expression] = []
        rest = tree
        while type(rest) is type(tree):
            parts.append(rest.expression)
            rest = rest.this
        parts.append(rest)
        truths = [as_truth(self.value(part)) for part in reversed(parts)]
        return Value(f"({f' {word} '.join(truths)})", Kind.TRUTH)

    def negation(self, tree: exp.Expression) -> Value:
        """Translate NOT."""
        return Value(f"(NOT {as_truth(self.value(tree.this))})", Kind.TRUTH)

    def test(self, tree: exp.Expression) -> Value:
        """Translate IS NULL, IS MISSING, IS TRUE, IS FALSE."""
        value, what = self.value(tree.this), tree.expression
        match what:
            case exp.Null():
                return Value(f"({self._or_null(value)} IS NULL)", Kind.TRUTH)
            case exp.Boolean():
                word = "TRUE" if what.this else "FALSE"
                return Value(f"({as_truth(value)} IS {word})", Kind.TRUTH)
            case exp.Column() if what.name.lower() == "missing" and not what.table:
                if value.is_stored and value.kind in {Kind.TEXT, Kind.JSON}:
                    return Value(f"({value.sql} IS NULL)", Kind.TRUTH)
                return Value("FALSE", Kind.TRUTH)
        raise SelectionError("UnsupportedSyntax", "IS is followed by NULL, MISSING, TRUE or FALSE.")

    @staticmethod
    def _or_null(value: Value) -> str:
        return as_text(value) if value.kind == Kind.JSON else value.sql

    def likeness(self, tree: exp.Expression, escape: str = "") -> Value:
        """Translate LIKE."""
        only(tree, "this", "expression", "negate")
        text, pattern = self.value(tree.this), self.value(tree.expression)
        sql = f"({as_text(text)} LIKE {as_text(pattern)}{escape})"
        return Value(_negated(tree, sql), Kind.TRUTH)

    def escaped(self, tree: exp.Expression) -> Value:
        """Translate LIKE with ESCAPE."""
        mark = tree.expression
        if not isinstance(tree.this, exp.Like):
            raise SelectionError("UnsupportedSyntax", "ESCAPE follows LIKE.")
        if not isinstance(mark, exp.Literal) or not mark.is_string or len(mark.this) != 1:
            raise SelectionError(
                "EvaluatorLikePatternInvalidEscapeSequence", "ESCAPE takes one character."
            )
        return self.likeness(tree.this, f" ESCAPE {literal(mark.this)}")

    def range(self, tree: exp.Expression) -> Value:
        """Translate BETWEEN."""
        only(tree, "this", "low", "high", "negate")
        value = self.value(tree.this)
        low = compared(value, ">=", self.value(tree.args["low"])).sql
        high = compared(value, "<=", self.value(tree.args["high"])).sql
        return Value(_negated(tree, f"({low} AND {high})"), Kind.TRUTH)

    def choice(self, tree: exp.Expression) -> Value:
        """Translate IN."""
        only(tree, "this", "expressions", "negate")
        value = self.value(tree.this)
        given = [compared(value, "=", self.value(each)).sql for each in tree.expressions]
        if not given:
            raise SelectionError("UnsupportedSyntax", "IN takes values in parentheses.")
        return Value(_negated(tree, f"({' OR '.join(given)})"), Kind.TRUTH)

    def cases(self, tree: exp.Expression) -> Value:
        """Translate CASE."""
        only(tree, "this", "ifs", "default")
        subject = tree.this and self.value(tree.this)
        conditions, results = [], []
        for branch in tree.args["ifs"]:
            when = self.value(branch.this)
            conditions.append(compared(subject, "=", when).sql if subject else as_truth(when))
            results.append(self.value(branch.args["true"]))
        default = tree.args.get("default")
        results.append(self.value(default) if default else Value("NULL", Kind.NULL))
        sqls, kind = joined(results)
        *branches, last = sqls
        whens = " ".join(
            f"WHEN {condition} THEN {sql}"
            for condition, sql in zip(conditions, branches, strict=True)
        )
        return Value(f"(CASE {whens} ELSE {last} END)", kind)

    def concatenation(self, tree: exp.Expression) -> Value:
        """Translate ``||``."""
        left, right = self.value(tree.this), self.value(tree.expression)
        return Value(f"({as_text(left)} || {as_text(right)})", Kind.TEXT)

    def cast(self, tree: exp.Expression) -> Value:
        """Translate CAST."""
        only(tree, "this", "to")
        return functions.cast(self.value(tree.this), tree.args["to"])

    def extraction(self, tree: exp.Expression) -> Value:
        """Translate EXTRACT."""
        return functions.extract(tree.this.name.lower(), self.value(tree.expression))

    def substring(self, tree: exp.Expression) -> Value:
        """Translate SUBSTRING."""
        only(tree, "this", "start", "length")
        length = tree.args.get("length")
        return functions.substring(
            self.value(tree.this),
            self.value(tree.args["start"]),
            None if length is None else self.value(length),
        )

    def trimming(self, tree: exp.Expression) -> Value:
        """Translate TRIM."""
        only(tree, "this", "expression", "position")
        characters = tree.expression
        return functions.trim(
            self.value(tree.this),
            tree.args.get("position") or "BOTH",
            self.value(characters) if characters else Value("' '", Kind.TEXT),
        )

    def call(self, tree: exp.Expression) -> Value:
        """Translate a function by its name."""
        name, arguments = str(tree.this).upper(), tree.expressions
        if name in functions.AGGREGATES:
            return self.aggregate(name, arguments)
        if name in functions.WITH_PART:
            part = arguments[0] if arguments else None
            if not isinstance(part, exp.Column) or part.table or len(arguments) != 3:
                raise functions.arity(name, "a part of a time and two values")
            values = [self.value(each) for each in arguments[1:]]
            return functions.WITH_PART[name](part.name.lower(), *values)
        if name == "TO_STRING":
            return self._time_as_text(arguments)
        function = functions.BY_NAME.get(name)
        if function is None:
            raise SelectionError("UnsupportedFunction", f"There is no function {name[:64]}.")
        return function([self.value(each) for each in arguments])

    def _time_as_text(self, arguments: list[exp.Expression]) -> Value:
        pattern = arguments[1] if len(arguments) == 2 else None
        if not isinstance(pattern, exp.Literal) or not pattern.is_string:
            raise functions.arity("TO_STRING", "a time and a pattern in quotation marks")
        return functions.to_string(self.value(arguments[0]), pattern.this)


def _negated(tree: exp.Expression, sql: str) -> str:
    return f"(NOT {sql})" if tree.args.get("negate") else sql


_HANDLERS: Mapping[type[exp.Expression], Callable[[_Translator, exp.Expression], Value]] = {
    **dict.fromkeys(_COMPARISONS, _Translator.comparison),
    **dict.fromkeys(_ARITHMETIC, _Translator.arithmetic),
    exp.And: _Translator.connective,
    exp.Anonymous: _Translator.call,
    exp.Between: _Translator.range,
    exp.Boolean: _Translator.truth,
    exp.Bracket: _Translator.member,
    exp.Case: _Translator.cases,
    exp.Cast: _Translator.cast,
    exp.Column: _Translator.member,
    exp.DPipe: _Translator.concatenation,
    exp.Dot: _Translator.member,
    exp.Escape: _Translator.escaped,
    exp.Extract: _Translator.extraction,
    exp.In: _Translator.choice,
    exp.Is: _Translator.test,
    exp.Like: _Translator.likeness,
    exp.Literal: _Translator.literal,
    exp.Neg: _Translator.negative,
    exp.Not: _Translator.negation,
    exp.Null: _Translator.null,
    exp.Or: _Translator.connective,
    exp.Paren: _Translator.parenthesised,
    exp.Substring: _Translator.substring,
    exp.Trim: _Translator.trimming,
}
"""What an expression may be made of. A type is looked up as such: no subclass slips in."""
