"""The project's own habits, held by a test: what is in its files and how they are named."""

import importlib
import pkgutil
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

import lenticular

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 450
LOCKS = ("runtime", "development", "benchmarks")

# Put together here so that this file does not name them itself.
REGISTRY_HOSTS = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.", "deb." + "debian.org"]
MACHINE_PATHS = ["/" + folder for folder in ("work/", "root/", "opt/wheels", "opt/pypi")]


FILES = [
    name
    for name in subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT, text=True).split("\0")
    if (ROOT / name).is_file()
]
MODULES = [name for name in FILES if name.endswith(".py")]


def naming(files: list[str], pattern: str) -> list[str]:
    """Return which of `files` have `pattern` in their text, with what they have."""
    found = []
    for name in files:
        text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
        found += [f"{name}: {match[0]}" for match in re.finditer(pattern, text)]
    return found


def test_no_file_names_a_registry_or_a_machine():
    words = "|".join(re.escape(word) for word in REGISTRY_HOSTS + MACHINE_PATHS)
    assert naming(FILES, rf"(?<![\w.~-])({words})") == []


def test_nothing_is_left_to_do_or_silenced():
    others = [name for name in MODULES if ROOT / name != Path(__file__)]
    assert naming(others, "TODO|FIXME|# noqa") == []


def test_modules_open_with_their_job():
    opening = re.compile(r'(#.*\n)*\s*r?"""[\w`]|\s*\Z')
    assert [name for name in MODULES if not opening.match((ROOT / name).read_text())] == []


def test_files_are_short_enough_to_read():
    lengths = {name: len((ROOT / name).read_text().splitlines()) for name in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_names_say_what_is_inside():
    vague = re.compile(r"(^|[/_])(utils?|helpers?|misc|manager|common|v2)(?=[/_.]|$)")
    assert [name for name in FILES if name.startswith("src/") and vague.search(name)] == []


def test_every_module_imports_and_has_what_it_exports():
    for found in pkgutil.walk_packages(lenticular.__path__, "lenticular."):
        if not found.name.endswith(".__main__"):
            module = importlib.import_module(found.name)
            exported = getattr(module, "__all__", [])
            assert len(exported) == len(set(exported)), found.name
            assert [name for name in exported if not hasattr(module, name)] == [], found.name


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_pin_all_requirements_by_hash(lock):
    text = (ROOT / f"requirements/{lock}.txt").read_text()
    requirements = re.split(r"\n(?=\w)", text.replace("\\\n", ""))
    pinned = [item for item in requirements if not item.startswith("#")]
    assert len(pinned) > 20
    for item in pinned:
        assert re.match(r"[\w.-]+==[\w.]+ ", item), item
        assert "--hash=sha256:" in item, item


def test_locks_have_what_the_project_asks_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    development = [*project["dependencies"], *extras["test"], *extras["lint"], *extras["demo"]]
    for lock, wanted in (("runtime", project["dependencies"]), ("development", development)):
        text = (ROOT / f"requirements/{lock}.txt").read_text()
        for requirement in wanted:
            name = re.match(r"[\w.-]+", requirement)[0].lower()
            assert f"\n{name}==" in text, f"{lock}.txt lacks {name}: run `make lock`"
