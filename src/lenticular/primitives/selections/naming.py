"""Names in expressions: what sqlglot makes of ``s.a."B"[0].c``, as a path."""

from sqlglot import exp

from lenticular.primitives.selections.errors import SelectionError
from lenticular.primitives.selections.paths import Name, Step


def only(tree: exp.Expression, *names: str) -> None:
    """Refuse an expression that has more to it than what these arguments say."""
    more = [name for name, given in tree.args.items() if given and name not in names]
    if more:
        raise SelectionError(
            "UnsupportedSyntax", f"{type(tree).__name__} with {', '.join(more)} is not supported."
        )


def path(tree: exp.Expression, alias: Name | None) -> list[Step]:
    """Return what a name says, without the alias of the source. Raises `SelectionError`."""
    first, *rest = found = steps(tree)
    if alias is None or not isinstance(first, Name):
        return found
    return rest if alias.matches(first.text) or first.matches(alias.text) else found


def steps(tree: exp.Expression) -> list[Step]:
    """Return the steps of a name as it stands there. Raises `SelectionError`."""
    match tree:
        case exp.Column():
            only(tree, "this", "table", "db", "catalog")
            return [_name(part) for part in tree.parts]
        case exp.Dot():
            return [*steps(tree.this), _name(tree.expression)]
        case exp.Bracket():
            only(tree, "this", "expressions")
            return [*steps(tree.this), _index(tree.expressions)]
    raise SelectionError("ParseInvalidPathComponent", "A path begins with a name.")


def _name(part: object) -> Name:
    if isinstance(part, exp.Identifier):
        return Name(part.this, bool(part.args.get("quoted")))
    raise SelectionError("ParseInvalidPathComponent", "A path has names and indexes only.")


def _index(given: list[exp.Expression]) -> int:
    index = given[0] if len(given) == 1 else None
    if isinstance(index, exp.Literal) and not index.is_string and index.this.isdecimal():
        return int(index.this[:9])
    raise SelectionError(
        "ParseInvalidPathComponent", "An index is one whole number from 0 on: a[0]."
    )
