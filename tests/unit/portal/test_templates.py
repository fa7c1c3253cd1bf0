"""What holds for every page of the portal and the sign-in pages, read off their templates."""

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[3] / "src/lenticular"
TEMPLATES = sorted(SOURCE.glob("**/templates/*.html"))
OF_THE_PORTAL = [path for path in TEMPLATES if "portal" in path.parts]
PARTS = SOURCE / "pages/templates/parts.html"


@pytest.fixture(params=TEMPLATES, ids=lambda path: f"{path.parent.parent.name}/{path.name}")
def template(request):
    return request.param.read_text()


def test_forms_that_post_carry_a_token(template):
    for form in re.findall(r'<form method="post".*?</form>', template, re.DOTALL):
        assert "parts.csrf(" in form or "{{ csrf(" in form, form


def test_nothing_needs_an_exception_from_the_policy(template):
    script = r'<script(?! src| type="application/ld\+json">)'  # data for machines are no script
    assert not re.search(rf"\sstyle=|<style|{script}|\son[a-z]+=|javascript:", template)


def test_nothing_is_loaded_from_elsewhere(template):
    assert not re.search(r'(src|href|action)="(https?:)?//', template)


def test_nothing_escapes_the_escaping(template):
    assert "| safe" not in template
    assert "|safe" not in template
    assert "autoescape" not in template


def test_fields_have_labels(template):
    for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", template):
        if 'type="hidden"' in tag:
            continue
        if "aria-label=" in tag:
            continue
        identifier = re.search(r'id="([^"]+)"', tag)[1]
        assert f'<label for="{identifier}"' in template, tag


@pytest.mark.parametrize("path", OF_THE_PORTAL, ids=lambda path: path.name)
def test_cells_say_their_column_where_a_table_is_folded(path):
    for cell in re.findall(r"<td\b[^>]*>", path.read_text()):
        assert "data-label=" in cell or 'class="does"' in cell, cell


def test_pages_have_a_headline(template):
    if "{% block room %}" in template or "{% block card %}" in template:
        assert "<h1>" in template


def test_there_are_templates():
    assert PARTS in TEMPLATES
    assert len(TEMPLATES) > 20
