"""Websites: how the objects of a bucket are shown as pages.

Amazon S3 User Guide, "Hosting a static website using Amazon S3". The rules are neutral:
which redirect a request meets is told here, how it is written is the interface's business.
"""

from msgspec import Struct

from lenticular.primitives.objects.settings import Kind

MOVED = 301


class Redirect(Struct, array_like=True, frozen=True):
    """Where a request is sent instead."""

    host: str = ""
    """Empty: the host that was asked."""
    protocol: str = ""
    """``http`` or ``https``; empty: that of the request."""
    prefix: str | None = None
    """What comes in place of the prefix that the rule asks for."""
    key: str | None = None
    """What comes in place of the whole key."""
    status: int = MOVED


class RoutingRule(Struct, array_like=True, frozen=True):
    """A redirect, and the requests that meet it."""

    redirect: Redirect
    prefix: str = ""
    """Of the key that is asked for."""
    error: int | None = None
    """Status that the request would be answered with; None: whatever it would."""

    def target(self, key: str) -> str:
        """Return the key that a request for `key` is sent to."""
        if self.redirect.key is not None:
            return self.redirect.key
        if self.redirect.prefix is not None:
            return self.redirect.prefix + key[len(self.prefix) :]
        return key


class Website(Struct, array_like=True, frozen=True):
    """A bucket that is a website."""

    index: str = ""
    """Name of the page of a folder; empty where everything is redirected."""
    error: str = ""
    """Key of the page that is shown with errors; empty: none."""
    redirect_all: Redirect | None = None
    rules: tuple[RoutingRule, ...] = ()

    def rule_for(self, key: str, error: int | None = None) -> RoutingRule | None:
        """Return the first rule that a request for `key` meets, or None.

        Before the object is looked for (`error` is None) those count that ask for no error.
        """
        for rule in self.rules:
            if rule.error == error and key.startswith(rule.prefix):
                return rule
        return None


WEBSITE = Kind("website", Website)
