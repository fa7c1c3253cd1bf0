"""What all pages share: their frame, look, security headers and protection against forgery.

Sign-in and consent pages and the portal are made of it. A package with pages of its own
keeps them in its folder ``templates`` and renders them with its own `Pages`::

    pages = Pages("lenticular.apis.globus.auth")
    pages.render("consent.html", form_targets=[target(redirect_uri)], client=client)

A template extends ``layout.html`` (a page with navigation) or ``card.html`` (one thing to
do: sign in, consent) and takes its form fields from ``parts.html``.
"""

from lenticular.pages.assets import Assets
from lenticular.pages.cookies import cookie, read_cookies, remove_cookie
from lenticular.pages.forgery import FIELD, FormTokens, is_own_form, is_same_origin
from lenticular.pages.headers import security_headers, target
from lenticular.pages.rendering import Pages

__all__ = [
    "FIELD",
    "Assets",
    "FormTokens",
    "Pages",
    "cookie",
    "is_own_form",
    "is_same_origin",
    "read_cookies",
    "remove_cookie",
    "security_headers",
    "target",
]
