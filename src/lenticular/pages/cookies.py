"""Cookies of pages: never for scripts, never from another site's form (RFC 6265bis).

A browser sends a cookie to every port of its host. Clouds on one machine must not take each
other's, so a cookie's name has its cloud's port in it.
"""

from http.cookies import CookieError, SimpleCookie


def cookie(
    name: str, value: str, *, secure: bool, max_age: int | None = None, path: str = "/"
) -> tuple[str, str]:
    """Return the header that sets a cookie.

    `secure`: only over TLS. `max_age`: seconds; None: until the browser closes.
    """
    crumbs: SimpleCookie = SimpleCookie()
    crumbs[name] = value
    morsel = crumbs[name]
    morsel["path"] = path
    morsel["httponly"] = True
    morsel["samesite"] = "Lax"
    morsel["secure"] = secure
    if max_age is not None:
        morsel["max-age"] = max_age
    return "Set-Cookie", morsel.OutputString()


def remove_cookie(name: str, *, secure: bool, path: str = "/") -> tuple[str, str]:
    """Return the header that takes a cookie away."""
    return cookie(name, "", secure=secure, max_age=0, path=path)


def read_cookies(header: str | None) -> dict[str, str]:
    """Return the cookies of a request's Cookie header; what is not one is left out."""
    found: dict[str, str] = {}
    for item in (header or "").split(";"):
        try:
            crumbs: SimpleCookie = SimpleCookie(item.strip())
        except CookieError:
            continue
        found |= {name: morsel.value for name, morsel in crumbs.items()}
    return found
