"""A second evaluator, slow and obvious, written from the published rules alone.

IAM User Guide: "Policy evaluation logic", "Cross-account policy evaluation logic", "IAM JSON
policy elements" (Principal, NotPrincipal, Action, Resource, Condition operators, Variables and
tags) and "Multivalued context keys". It works on the JSON as it is, compiles and remembers
nothing, and shares no code with `lenticular.primitives.policies`.
"""

import base64
import ipaddress
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction


@dataclass
class Caller:
    kind: str  # anonymous, root, user, role, federated, service
    account: str = ""
    arn: str = ""
    issuer: str = ""  # of a role session the role, of a federated user the user
    canonical: str = ""
    service: str = ""
    provider: str = ""
    person: str = ""
    groups: tuple = ()


@dataclass
class Question:
    caller: Caller
    action: str
    resource: str
    owner: str  # the account that owns the resource
    context: dict = field(default_factory=dict)  # lower-case key -> list of values
    identity: list = field(default_factory=list)
    boundary: dict | None = None
    session: list | None = None
    resource_policy: dict | None = None
    trust: bool = False
    granted: bool = False


def answer(question):
    """Return "allowed", "explicit" or "implicit"."""
    caller = question.caller
    own_policies = [*question.identity, *(question.session or [])]
    if question.boundary is not None:
        own_policies.append(question.boundary)
    # "An explicit deny in any of these policies overrides the allow."
    if any(says(policy, "Deny", question) for policy in own_policies):
        return "explicit"
    if question.resource_policy and says(question.resource_policy, "Deny", question):
        return "explicit"

    # What the resource says, and to whom it says so.
    to_principal = question.granted or resource_allows(question, "principal")
    to_issuer = resource_allows(question, "issuer")
    to_account = resource_allows(question, "account")
    if caller.kind in ("anonymous", "service"):
        return "allowed" if to_principal else "implicit"

    identity_allows = caller.kind == "root" or any(
        says(policy, "Allow", question) for policy in question.identity
    )
    within_limits = True
    if question.boundary is not None:
        within_limits = says(question.boundary, "Allow", question)
    if question.session is not None:
        within_limits = within_limits and any(
            says(policy, "Allow", question) for policy in question.session
        )

    if caller.account != question.owner:
        # "The request is allowed only if both evaluations return Allow."
        resource_side = to_principal or to_issuer or to_account
        allowed = resource_side and identity_allows and within_limits
    elif to_principal:
        # "Permissions granted directly are not limited by an implicit deny in an
        # identity-based policy, a permissions boundary, or session policy."
        allowed = True
    elif to_issuer:
        # "... that grant permissions to an IAM role ARN are limited by an implicit deny in a
        # permissions boundary or session policy."
        allowed = within_limits
    else:
        # A trust policy must allow it in any case; to allow it to the account is enough then,
        # if the account's own policies hand it on.
        trusted = to_account or not question.trust
        allowed = trusted and identity_allows and within_limits
    return "allowed" if allowed else "implicit"


def statements(policy):
    given = policy["Statement"]
    return given if isinstance(given, list) else [given]


def as_list(value):
    return value if isinstance(value, list) else [value]


def says(policy, effect, question):
    """Tell whether a statement with this effect applies."""
    return any(
        statement["Effect"] == effect
        and is_about_action_resource_and_time(policy, statement, question)
        and is_about_caller(statement, question.caller)
        for statement in statements(policy)
    )


def resource_allows(question, to):
    if question.resource_policy is None:
        return False
    return any(
        statement["Effect"] == "Allow"
        and is_about_action_resource_and_time(question.resource_policy, statement, question)
        and to in ways_named(statement["Principal"], question.caller)
        for statement in statements(question.resource_policy)
    )


# -- principals


def ways_named(element, caller):
    """Return as what an element names the caller: "principal", "issuer", "account"."""
    if element == "*":
        element = {"AWS": "*"}
    ways = set()
    root = f"arn:aws:iam::{caller.account}:root"
    for kind, names in element.items():
        for name in as_list(names):
            itself = {
                "AWS": ["*", caller.arn],
                "Service": [caller.service],
                "Federated": [caller.provider],
                "CanonicalUser": [],
                "Globus": [
                    f"urn:globus:auth:identity:{caller.person}",
                    *(f"urn:globus:groups:id:{group}" for group in caller.groups),
                ],
            }[kind]
            account = {"AWS": [caller.account, root], "CanonicalUser": [caller.canonical]}
            if name in itself:
                ways.add("principal")
            if kind == "AWS" and name == caller.issuer:
                ways.add("issuer")
            if name in account.get(kind, []):
                ways.add("principal" if caller.kind == "root" else "account")
    return ways


def is_about_caller(statement, caller):
    if "Principal" in statement:
        return bool(ways_named(statement["Principal"], caller))
    if "NotPrincipal" in statement:
        return not is_excepted(statement["NotPrincipal"], caller)
    return True  # the policy of an identity is about that identity


def is_excepted(element, caller):
    """Tell whether NotPrincipal lists the caller: the account, the role and the session."""
    listed = [element] if element == "*" else as_list(element.get("AWS", []))
    if "*" in listed:
        return True
    others = {kind: element[kind] for kind in ("Service", "Federated", "Globus") if kind in element}
    if ways_named(others, caller):
        return True
    canonical = as_list(element.get("CanonicalUser", []))
    root = f"arn:aws:iam::{caller.account}:root"
    account_listed = caller.account in listed or root in listed or caller.canonical in canonical
    if not caller.account or not account_listed:
        return False
    issuer_listed = not caller.issuer or caller.issuer in listed
    return caller.kind == "root" or (caller.arn in listed and issuer_listed)


# -- actions, resources, and conditions


def is_about_action_resource_and_time(policy, statement, question):
    return (
        is_about_action(statement, question.action)
        and is_about_resource(policy, statement, question)
        and holds(policy, statement.get("Condition", {}), question.context)
    )


def is_about_action(statement, action):
    if "Action" in statement:
        return any(like(each.lower(), action.lower()) for each in as_list(statement["Action"]))
    return not any(like(each.lower(), action.lower()) for each in as_list(statement["NotAction"]))


def is_about_resource(policy, statement, question):
    def matches(patterns):
        filled = [fill(policy, each, question.context) for each in as_list(patterns)]
        return any(each is not None and like_resource(each, question.resource) for each in filled)

    if "Resource" in statement:
        return matches(statement["Resource"])
    if "NotResource" in statement:
        return not matches(statement["NotResource"])
    return True  # a trust policy


# -- patterns: a list of characters, where a wildcard is a tuple

ANY, ANY_BUT_COLON = ("*", True), ("*", False)
ONE, ONE_BUT_COLON = ("?", True), ("?", False)


def wild(text):
    """Make a list of a text with wildcards that match any character."""
    return [{"*": ANY, "?": ONE}.get(each, each) for each in text]


def match(pattern, text):
    """Tell whether a text matches, trying everything: the table of all pairs of ends."""
    reached = {0}
    for element in pattern:
        if isinstance(element, tuple) and element[0] == "*":
            following = set()
            for at in reached:
                end = at
                while end < len(text) and (element[1] or text[end] != ":"):
                    end += 1
                following.update(range(at, end + 1))
        else:
            following = {
                at + 1
                for at in reached
                if at < len(text)
                and (
                    element == text[at]
                    if isinstance(element, str)
                    else (element[1] or text[at] != ":")
                )
            }
        reached = following
    return len(text) in reached


def like(pattern, text):
    return match(wild(pattern), text)


def components(pattern):
    """Divide a pattern at its first five colons."""
    divided = [[]]
    for element in pattern:
        if element == ":" and len(divided) < 6:
            divided.append([])
        else:
            divided[-1].append(element)
    return divided


def within_components(pattern, beyond):
    """Keep wildcards in the first five components; `beyond`: not the star that ends one."""
    made = []
    for number, component in enumerate(components(pattern)):
        for at, element in enumerate(component):
            kept = number < 5 and isinstance(element, tuple)
            ends = beyond and element == ANY and at == len(component) - 1
            made.append((element[0], False) if kept and not ends else element)
        made.append(":")
    return made[:-1]


def like_resource(pattern, resource):
    """Resource: "If the * is the last character of a resource ARN segment, it can expand to
    match beyond the colon boundaries."
    """
    return match(within_components(pattern, beyond=True), resource)


def like_arn(pattern, arn):
    """ArnLike: "Each of the six colon-delimited components of the ARN is checked separately"."""
    return pattern == [ANY] or match(within_components(pattern, beyond=False), arn)


# -- variables


def fill(policy, text, context):
    """Return a pattern with its variables filled in, or None when one has no value."""
    if policy.get("Version") != "2012-10-17":
        return wild(text)
    made = []
    while text:
        variable = re.match(r"\$\{([^{}]*)\}", text)
        if variable is None:
            made += wild(text[0])
            text = text[1:]
            continue
        text = text[variable.end() :]
        name = variable[1]
        if name in ("*", "?", "$"):
            made.append(name)
            continue
        name, _, default = name.partition(",")
        values = context.get(name.strip().lower())
        if values is not None and len(values) == 1:
            made += list(values[0])
        elif default:
            made += list(default.strip().strip("'"))
        else:
            return None
    return made


# -- conditions


def holds(policy, conditions, context):
    """All operators, and all keys of each, must hold."""
    return all(
        line_holds(policy, operator, context.get(key.lower()), as_list(expected), context)
        for operator, keys in conditions.items()
        for key, expected in keys.items()
    )


def line_holds(policy, operator, found, expected, context):
    expected = [str(each).lower() if isinstance(each, bool) else str(each) for each in expected]
    if operator == "Null":
        missing = not found
        return any((each.lower() == "true") == missing for each in expected)
    quantifier = ""
    if ":" in operator:
        quantifier, operator = operator.split(":")
    if_exists = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    negated = "Not" in operator
    if not found:
        if if_exists or quantifier == "ForAllValues":
            return True
        return negated and quantifier != "ForAnyValue"

    def fits(value):
        """One value against all that are listed: one of them, or for a negation none."""
        one_fits = any(compare(policy, operator, value, each, context) for each in expected)
        return one_fits != negated

    if quantifier == "ForAllValues":
        return all(fits(value) for value in found if value != "")
    if quantifier == "ForAnyValue":
        return any(fits(value) for value in found)
    return all(map(fits, found)) if negated else any(map(fits, found))


def compare(policy, operator, value, expected, context):
    operator = operator.replace("Not", "")
    if operator.startswith(("String", "Arn")):
        pattern = fill(policy, expected, context)
        if pattern is None:
            return False
        if operator == "StringEquals":
            return as_text(pattern) == value
        if operator == "StringEqualsIgnoreCase":
            return as_text(pattern).casefold() == value.casefold()
        return match(pattern, value) if operator == "StringLike" else like_arn(pattern, value)
    try:
        if operator == "Bool":
            return {"true": True, "false": False}[value.lower()] == (expected.lower() == "true")
        if operator == "BinaryEquals":
            return base64.b64decode(value, validate=True) == base64.b64decode(expected)
        if operator == "IpAddress":
            return ipaddress.ip_address(value) in ipaddress.ip_network(expected, strict=False)
        read = moment if operator.startswith("Date") else Fraction
        left, right = read(value), read(expected)
    except (KeyError, ValueError):
        return False
    return {
        "Equals": left == right,
        "LessThan": left < right,
        "LessThanEquals": left <= right,
        "GreaterThan": left > right,
        "GreaterThanEquals": left >= right,
    }[operator.removeprefix("Numeric").removeprefix("Date")]


def as_text(pattern):
    return "".join(each if isinstance(each, str) else each[0] for each in pattern)


def moment(text):
    """Seconds since the epoch as they are, or a date with or without its time, in UTC."""
    if re.fullmatch(r"\d{4}", text):
        text = f"{text}-01-01"
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return Fraction(text)
    read = datetime.fromisoformat(text)
    return Fraction((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp())
