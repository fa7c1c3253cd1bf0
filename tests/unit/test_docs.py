"""The documentation cannot drift: what the program has is documented, and links lead somewhere."""

import importlib.util
import re
from pathlib import Path

import pytest

from lenticular.server.configuration import LISTENING, PORTS
from lenticular.server.coverage import coverage
from lenticular.server.settings import settings

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("changelog.d/*.md")])


@pytest.fixture(scope="module")
def generate():
    """The program that writes the generated parts."""
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs/generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", ["configuration.md", "cli.md", "operations.md"])
def test_generated_parts_are_up_to_date(generate, page):
    text = (ROOT / "docs" / page).read_text()
    assert text == generate.render(page), "run `make docs`"


def test_every_setting_is_documented():
    text = (ROOT / "docs/configuration.md").read_text()
    for setting in settings():
        assert f"| `{setting.name}` |" in text
        assert setting.description in text


def test_every_port_is_documented_with_whether_it_listens():
    text = (ROOT / "docs/configuration.md").read_text()
    table = text.partition("## Ports")[2].partition("## The data folder")[0]
    listening = re.findall(
        r"^\| `port_base`(?: \+ (\d))? \|.*\| (yes|not yet) \|$", table, re.MULTILINE
    )
    expected = {offset: name in (*LISTENING, "data") for name, offset in PORTS.items()}
    assert {int(offset or 0): word == "yes" for offset, word in listening} == expected


def test_every_command_is_documented(generate):
    text = (ROOT / "docs/cli.md").read_text()
    commands = re.findall(r"^## (lenticular .*)$", generate.commands_part(), re.MULTILINE)
    assert len(commands) >= 9
    for command in commands:
        assert f"## {command}\n" in text


def test_every_present_operation_is_documented():
    text = (ROOT / "docs/operations.md").read_text()
    for service in coverage():
        part = text.partition(f"(`{service.service}`)")[2].partition("## ")[0]
        assert service.present
        for operation in service.present:
            assert f"`{operation}`" in part.partition("<details>")[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith("https://"):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_decision_is_listed():
    text = (ROOT / "docs/architecture.md").read_text()
    for record in ROOT.glob("docs/decisions/*.md"):
        assert f"(decisions/{record.name})" in text


def test_make_targets_that_the_documentation_names_exist():
    targets = set(re.findall(r"^(\w+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES:
        named = set(re.findall(r"(?:`|^)make (\w+)", page.read_text(), re.MULTILINE))
        assert named <= targets, page.name


def test_every_setting_has_an_effect():
    sources = [path for path in ROOT.glob("src/**/*.py") if path.name != "configuration.py"]
    code = "\n".join(path.read_text() for path in sources)
    assert [each.name for each in settings() if f"configuration.{each.name}" not in code] == []
