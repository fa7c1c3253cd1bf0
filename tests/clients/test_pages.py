"""No page without its test, no block that is not run."""

import pytest

from . import pages

NAMES = sorted(page.stem for page in pages.PAGES.glob("*.md") if page.stem != "README")


def test_pages_are_those_of_the_index():
    index = (pages.PAGES / "README.md").read_text()
    assert [name for name in NAMES if f"({name}.md)" not in index] == []


@pytest.mark.parametrize("name", NAMES)
def test_page_has_a_test_that_runs_it(name):
    test = (pages.PAGES.parents[1] / f"tests/clients/test_{name}.py").read_text()
    assert f'run_page("{name}"' in test
    assert pages.script(name).startswith('eval "$(lenticular env)"\n')


def test_blocks_run_in_their_order_and_python_keeps_its_names(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "PAGES", tmp_path)
    blocks = [("sh", "a"), ("python", "b = 1"), ("python", "print(b)"), ("sh", "c")]
    text = "\n".join(f"Then:\n\n```{language}\n{code}\n```\n" for language, code in blocks)
    (tmp_path / "page.md").write_text(text)
    python = "python - <<'END_OF_PYTHON'\nb = 1\n\nprint(b)\nEND_OF_PYTHON\n"
    assert pages.script("page") == f"a\n{python}c\n"


@pytest.mark.parametrize("text", ["```perl\nprint 1\n```\n", "- so:\n\n  ```sh\n  rm\n  ```\n"])
def test_block_that_would_not_run_is_an_error(tmp_path, monkeypatch, text):
    monkeypatch.setattr(pages, "PAGES", tmp_path)
    (tmp_path / "page.md").write_text(text)
    with pytest.raises(ValueError, match=r"page\.md has a "):
        pages.script("page")
