"""Policies as tests write them: ``policy(allow("s3:GetObject"), deny("s3:*", resource=arn))``."""

from typing import Any

Statement = dict[str, Any]


def allow(*actions: str, resource: str | list[str] = "*", **more: Any) -> Statement:
    """Return a statement that allows actions; `more` are its other elements (``Condition``)."""
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def deny(*actions: str, resource: str | list[str] = "*", **more: Any) -> Statement:
    """Return a statement that denies actions, whatever others allow."""
    return {**allow(*actions, resource=resource, **more), "Effect": "Deny"}


def policy(*statements: Statement) -> dict[str, Any]:
    """Return the policy document of some statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}
