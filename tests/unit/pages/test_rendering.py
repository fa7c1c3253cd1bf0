"""Pages made of templates, and the files that they load."""

import jinja2
import pytest

from lenticular.pages import Pages


@pytest.fixture(scope="module")
def pages():
    return Pages("lenticular.pages")


def test_values_are_escaped(pages):
    text = pages.error(404, "<script>", "a & b").body.decode()
    assert "<script>" not in text.replace("<script src", "")
    assert "&lt;script&gt;" in text
    assert "a &amp; b" in text


def test_a_missing_value_is_an_error(pages):
    with pytest.raises(jinja2.UndefinedError, match="title"):
        pages.render("error.html")


def test_a_page_has_language_title_headline_skip_link_and_main(pages):
    text = pages.error(404, "Not here", "There is no such page.").body.decode()
    assert '<html lang="en">' in text
    assert "<title>Not here · Lenticular</title>" in text
    assert text.count("<h1>") == 1
    assert text.index('href="#content"') < text.index("<header") < text.index('<main id="content"')
    assert 'style="' not in text
    assert "<style" not in text


def test_what_a_page_loads_is_there_and_may_be_kept_for_good(pages):
    text = pages.error(404, "Not here", "There is no such page.").body.decode()
    for name, media_type in (
        ("lenticular.css", "text/css; charset=utf-8"),
        ("lenticular.js", "text/javascript; charset=utf-8"),
        ("icon.svg", "image/svg+xml"),
    ):
        path = pages.assets.path(name)
        assert f'"{path}"' in text
        response = pages.assets.answer(path)
        assert dict(response.headers)["Content-Type"] == media_type
        assert "immutable" in dict(response.headers)["Cache-Control"]
        assert len(response.body) > 300


def test_other_files_are_not_there(pages):
    for path in ("/static/lenticular.css", "/static/../__init__.py", "/static/", ""):
        assert pages.assets.answer(path) is None


def test_nothing_comes_from_elsewhere(pages):
    stylesheet = pages.assets.answer(pages.assets.path("lenticular.css")).body.decode()
    assert "url(" not in stylesheet
    assert "@import" not in stylesheet
    assert "http" not in stylesheet
