"""Imports point one way: server -> apis -> primitives -> contracts of the engines."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
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
    (r"server", rf"server|apis|{CORE}"),
    (r"testing", rf"testing|server|apis|{CORE}|engines"),
    (r"cli|__main__", r"cli|server"),
    (r"[\w.]+", r"(?!)"),  # what only marks a package imports nothing
]


def imports(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module}.{alias.name}" for alias in node.names)


def violations(module: str, code: str) -> list[str]:
    rule, allowed = next(rule for rule in RULES if re.match(rf"({rule[0]})\b", module))
    groups = [re.escape(group) for group in re.match(rule, module).groups()]
    inside = rf"lenticular\.(__version__$|({allowed.format(*groups)})\b)|lenticular$"
    outside = r"(?!lenticular\b|\.)" + (rf"(?!{HTTP}\b)" if rule.startswith(("e", "p")) else "")
    return [name for name in imports(code) if not re.match(f"{inside}|{outside}", name)]


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.stem)
def test_imports_point_one_way(path):
    module = ".".join(path.relative_to(SOURCE / "lenticular").with_suffix("").parts)
    assert not violations(module.removesuffix(".__init__"), path.read_text())


def test_wrong_imports_are_found():
    for module, code in (
        ("engines.kv.sqlite", "from lenticular.engines.blobs import contract"),
        ("primitives.objects", "from lenticular.engines.kv.sqlite import SqliteStore"),
        ("primitives.tables", "import uvicorn"),
        ("apis.aws.s3.objects", "from lenticular.apis.aws.dynamodb import errors"),
        ("apis.azure.blobs", "from lenticular.apis.aws.wire import errors"),
        ("server.app", "from lenticular.engines.blobs import disk"),
        ("cli.scrub", "from lenticular.primitives import objects"),
    ):
        assert violations(module, code), f"{module}: {code}"
