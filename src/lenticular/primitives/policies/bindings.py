"""Bindings: whom a policy names, whatever they come to be called.

A policy that is saved with a role or a resource names users and roles by their ARNs. Each is
bound to its unique id then, so that a later one of the same name is not meant. IAM User Guide,
"AWS JSON policy elements: Principal".
"""

import json
from collections.abc import Mapping
from typing import Any

from lenticular.primitives.policies.documents import Policy

_ENTITIES = "arn:aws:iam::"
"""Begins the ARNs of users and roles; those of sessions are never bound."""


def named_entities(policy: Policy) -> list[str]:
    """Return the ARNs of the users and roles that a policy names and has not bound."""
    elements = (statement.principal for statement in policy.statements)
    arns = frozenset[str]().union(*(element.arns for element in elements if element is not None))
    return sorted(arn for arn in arns if arn.startswith(_ENTITIES))


def renamed(document: str, names: Mapping[str, str]) -> str:
    """Return a policy document with other names for the principals that `names` has."""
    policy: dict[str, Any] = json.loads(document)
    statements: Any = policy["Statement"]
    for statement in statements if isinstance(statements, list) else [statements]:
        for element in (statement.get("Principal"), statement.get("NotPrincipal")):
            if isinstance(element, dict) and "AWS" in element:
                element["AWS"] = _renamed(element["AWS"], names)
    return json.dumps(policy, ensure_ascii=False)


def _renamed(given: str | list[str], names: Mapping[str, str]) -> str | list[str]:
    if isinstance(given, str):
        return names.get(given, given)
    return [names.get(each, each) for each in given]
