"""Cookies of pages."""

from lenticular.pages import cookie, read_cookies, remove_cookie


def test_a_cookie_is_not_for_scripts_and_other_sites_forms():
    name, value = cookie("seat-4200", "abc", secure=True, max_age=60)
    assert name == "Set-Cookie"
    first, *attributes = value.split("; ")
    assert first == "seat-4200=abc"
    assert set(attributes) == {"HttpOnly", "Max-Age=60", "Path=/", "SameSite=Lax", "Secure"}


def test_over_plain_http_it_comes_back_too():
    _, value = cookie("seat", "abc", secure=False)
    assert "Secure" not in value
    assert "Max-Age" not in value


def test_removing_a_cookie():
    _, value = remove_cookie("seat", secure=False)
    assert value.startswith('seat="";')
    assert "Max-Age=0" in value


def test_cookies_are_read_and_what_is_none_is_left_out():
    header = 'a=1; bad name=2; =3; seat-4200=x-y_z; quoted="v w"; {broken}=7; last=8'
    found = read_cookies(header)
    assert found["a"] == "1"
    assert found["seat-4200"] == "x-y_z"
    assert found["last"] == "8"
    assert read_cookies(None) == {}
