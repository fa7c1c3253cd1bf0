"""The users and roles that a policy names: by ARN as it is saved, and as they are called later."""

import re

from lenticular.engines.kv.contract import Reader
from lenticular.primitives.identities.directory import ROLES, USERS, Directory
from lenticular.primitives.identities.records import Role, User
from lenticular.primitives.policies.bindings import named_entities, renamed
from lenticular.primitives.policies.documents import Policy, PrincipalUnknown
from lenticular.primitives.policies.principal_element import Bindings

_ARN = re.compile(r"arn:aws:iam::([0-9]{12}):(user|role)/(?:.*/)?([^/]+)")


def bind(reader: Reader, policy: Policy) -> Bindings:
    """Return whom a policy that is to be saved names. Raises `PrincipalUnknown`.

    They may be of any account of this cloud.
    """
    return tuple((arn, _unique_id(reader, arn)) for arn in named_entities(policy))


def shown(reader: Reader, document: str, bindings: Bindings) -> str:
    """Return a policy document with its principals called as they are now.

    Each has the ARN that it has come to have, or its unique id once it is gone. Where all are
    called as they were, it is the text that was saved.
    """
    called = {arn: _called(reader, arn, unique_id) for arn, unique_id in bindings}
    names = {arn: name for arn, name in called.items() if name != arn}
    return renamed(document, names) if names else document


def _unique_id(reader: Reader, arn: str) -> str:
    account_id, directory, name = _parts(arn)
    entity = directory.find(reader, account_id, name)
    if entity is None or entity.arn != arn:
        raise PrincipalUnknown(arn)
    return entity.id


def _called(reader: Reader, arn: str, unique_id: str) -> str:
    account_id, directory, _ = _parts(arn)
    try:
        return directory.at(reader, account_id, unique_id).arn
    except LookupError:  # it is gone
        return unique_id


def _parts(arn: str) -> tuple[str, Directory[User] | Directory[Role], str]:
    """Return the account, the kind and the name that the ARN of a user or role tells."""
    match = _ARN.fullmatch(arn)
    if match is None:
        raise PrincipalUnknown(arn)
    account_id, kind, name = match.groups()
    return account_id, USERS if kind == User.kind else ROLES, name
