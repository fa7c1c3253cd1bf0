"""Imports point one way: server -> apis -> primitives -> contracts of the engines."""

import ast
import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src/lenticular"
VOCABULARY = (
    r"engines\.(kv\.(contract|keys|limits)|blobs\.(contract|digests|ids)|files\.contract"
    r"|queries\.(contract|delimited|compression)|connectors\.(contract|places|faults|paths)"
    r"|search\.(contract|expressions|facets|geometry|values)"
    r"|movers\.(contract|messages)|(mail|webhooks)\.contract)"
)
CORE = rf"primitives|{VOCABULARY}"
HTTP = r"(http|httpx|httptools|starlette|requests|botocore|boto3)"
# Who (a module of lenticular) may import what (of lenticular); the first line that fits counts.
RULES = [
    (r"engines\.movers", r"engines\.(movers|connectors|blobs\.digests)"),
    (r"engines\.connectors", r"engines\.(connectors|blobs\.digests|addresses)"),
    (r"engines\.(\w+)", r"engines\.({0}|room|addresses)"),
    (r"primitives", CORE),
    (r"apis\.http", r"primitives"),
    (r"apis\.(globus)\.(\w+)", rf"apis\.http|apis\.{{0}}\.(wire|{{1}})|pages|{CORE}"),
    (r"apis\.(\w+)\.wire", rf"apis\.http|apis\.{{0}}\.wire|{CORE}"),
    (r"apis\.(\w+)\.(\w+)", rf"apis\.http|apis\.{{0}}\.(wire|{{1}})|{CORE}"),
    (r"pages", r"apis\.http|pages"),
    (r"portal", r"apis\.http|pages|portal"),
    (r"server\.(wiring|keyvaluestore|\w+places)", rf"server|apis|pages|portal|{CORE}|engines"),
    (r"agent", r"agent|engines\.(connectors|movers)|apis\.http|server\.http|pages\.cookies"),
    (r"server\.datanode(process)?", rf"server|agent|{CORE}"),
    (r"testing", rf"testing|server|apis|{CORE}|engines|agent"),
    (r"server", rf"server|apis|pages|portal|{CORE}"),
    (r"cli|__main__", r"cli|server|agent"),
    (r"[\w.]+", r"(?!)"),  # what only marks a package imports nothing
]


def imports(code):
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module}.{alias.name}" for alias in node.names)


def violations(module, code):
    tried = ((re.match(rf"({rule})\b", module), rule, allowed) for rule, allowed in RULES)
    match, rule, allowed = next(found for found in tried if found[0])
    inside = rf"lenticular\.(__version__$|({allowed.format(*match.groups()[1:])})\b)|lenticular$"
    outside = r"(?!lenticular\b|\.)" + (rf"(?!{HTTP}\b)" if rule == "primitives" else "")
    return [name for name in imports(code) if not re.match(f"{inside}|{outside}", name)]


def test_imports_point_one_way():
    found = {}
    for path in SOURCE.rglob("*.py"):
        module = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
        found[module] = violations(module.removesuffix(".__init__"), path.read_text())
    assert {module: names for module, names in found.items() if names} == {}


def test_wrong_imports_are_found():
    for module, code in (
        ("server.app", "from lenticular.engines.kv.sqlite import SqliteStore"),
        ("primitives.tables", "import httptools, lenticular.engines.kv.sqlite"),
        ("apis.aws.s3.objects", "from lenticular.apis.aws.dynamodb import errors"),
        ("apis.azure.blobs", "from lenticular.apis.aws.wire import errors"),
        ("cli.scrub", "from lenticular.primitives import objects"),
        ("pages.forgery", "from lenticular.primitives import vault"),
        ("portal.rooms", "from lenticular.primitives import identities"),
    ):
        assert len(violations(module, code)) == len(list(imports(code))), f"{module}: {code}"
