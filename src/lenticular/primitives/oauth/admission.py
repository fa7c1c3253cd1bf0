"""Admission: clients and scopes that are for people of some institution or of some domains only.

It holds for every way to a token, and for each scope of a tree of dependencies: otherwise
anybody could get at a scope by one of their own that depends on it.
"""

from collections.abc import Collection, Iterable

from lenticular.primitives.oauth.errors import AccessRefused
from lenticular.primitives.oauth.records import Client
from lenticular.primitives.oauth.scopes import Wanted
from lenticular.primitives.people import Identity


def require_admission(
    client: Client, wanted: Iterable[Wanted], identity_set: Collection[Identity]
) -> None:
    """Raise `AccessRefused` unless a person with these identities may let the client have that."""
    required = client.required_idp
    if required and required not in {one.provider_id for one in identity_set}:
        raise AccessRefused("the application is for people of one institution only")
    require_domains(wanted, identity_set)


def require_domains(wanted: Iterable[Wanted], identity_set: Collection[Identity]) -> None:
    """Raise `AccessRefused` when a scope, or one below it, is for people of other domains."""
    domains = {one.username.rpartition("@")[2].lower() for one in identity_set}
    for one in wanted:
        of_scope = {domain.lower() for domain in one.scope.required_domains}
        if of_scope and not of_scope & domains:
            raise AccessRefused(f"{one.scope.string} is for people of some domains only")
        require_domains(one.below, identity_set)
