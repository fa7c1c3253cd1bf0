"""Short ways to write what tests of permissions are full of."""

import uuid


def unique(stem):
    return f"{stem}-{uuid.uuid4().hex[:8]}"


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions, resource="*", **more):
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


def trusting(principal, *actions, **more):
    statement = {"Effect": "Allow", "Principal": principal, **more}
    return document({**statement, "Action": list(actions) or ["sts:AssumeRole"]})
