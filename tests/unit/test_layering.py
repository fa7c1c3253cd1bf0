"""Imports point one way: server -> apis -> primitives -> contracts of the engines."""

import ast
import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src/lenticular"
FILES = sorted(path.relative_to(SOURCE) for path in SOURCE.rglob("*.py"))
VOCABULARY = r"engines\.(kv\.(contract|keys|limits)|blobs\.(contract|digests))"
CORE = rf"primitives|{VOCABULARY}"
HTTP = r"(http|httpx|httptools|uvicorn|starlette|requests|botocore|boto3)"
# Who (a module of lenticular) may import what (of lenticular); the first line that fits counts.
RULES = [
    (r"engines\.(\w+)", r"engines\.{0}"),
    (r"primitives", CORE),
    (r"apis\.http", r"primitives"),
    (r"apis\.(\w+)\.wire", rf"apis\.http|apis\.{{0}}\.wire|{CORE}"),
    (r"apis\.(\w+)\.(\w+)", rf"apis\.http|apis\.{{0}}\.(wire|{{1}})|{CORE}"),
    (r"server\.wiring", rf"server|apis|{CORE}|engines"),
    (r"testing", rf"testing|server|apis|{CORE}|engines"),
    (r"server", rf"server|apis|{CORE}"),
    (r"cli|__main__", r"cli|server"),
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


@pytest.mark.parametrize("path", FILES, ids=str)
def test_imports_point_one_way(path):
    module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    assert not violations(module, (SOURCE / path).read_text())


def test_wrong_imports_are_found():
    for module, code in (
        ("server.app", "from lenticular.engines.kv.sqlite import SqliteStore"),
        ("primitives.tables", "import uvicorn, lenticular.engines.kv.sqlite"),
        ("apis.aws.s3.objects", "from lenticular.apis.aws.dynamodb import errors"),
        ("apis.azure.blobs", "from lenticular.apis.aws.wire import errors"),
        ("cli.scrub", "from lenticular.primitives import objects"),
    ):
        assert len(violations(module, code)) == len(list(imports(code))), f"{module}: {code}"
