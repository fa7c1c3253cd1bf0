"""Roles that belong to a service (AWS IAM API Reference, CreateServiceLinkedRole and the like)."""

import json
import re

from lenticular.apis.aws.iam import descriptions
from lenticular.apis.aws.iam.errors import no_such_entity
from lenticular.apis.aws.iam.operations.roles import SERVICE_PATH
from lenticular.apis.aws.iam.targets import Targets, arn, require
from lenticular.apis.aws.wire.service import Call, Params, Result
from lenticular.primitives.identities import EntityExists, Identities, InputInvalid

_SERVICE = re.compile(r"([a-z0-9-]+)(\.[a-z0-9-]+)*\.amazonaws\.com")

_NAMES = {
    "autoscaling.amazonaws.com": "AutoScaling",
    "batch.amazonaws.com": "Batch",
    "ecs.amazonaws.com": "ECS",
    "eks.amazonaws.com": "AmazonEKS",
    "elasticloadbalancing.amazonaws.com": "ElasticLoadBalancing",
    "elasticmapreduce.amazonaws.com": "EMRCleanup",
    "lambda.amazonaws.com": "Lambda",
    "organizations.amazonaws.com": "Organizations",
    "rds.amazonaws.com": "RDS",
    "spot.amazonaws.com": "EC2Spot",
}
"""What services call their roles; any other by its own name, with a capital."""


class ServiceLinkedRoleOperations:
    """Service-linked roles are made, and deleted at once."""

    def __init__(self, identities: Identities, targets: Targets) -> None:
        self._identities = identities
        self._targets = targets

    async def create_service_linked_role(self, call: Call, params: Params) -> Result:
        """Make the role of a service, which only that service assumes."""
        service = params["AWSServiceName"]
        name = _role_name(service, params.get("CustomSuffix", ""))
        path = f"{SERVICE_PATH}{service}/"
        require(call, arn(call, "role", name, path), {"iam:awsservicename": service})
        try:
            made = await self._identities.roles.create(
                call.principal.account_id,
                name,
                _trust(service),
                path=path,
                description=params.get("Description", ""),
                service=service,
            )
        except EntityExists:
            raise InputInvalid(
                f"Service role name {name} has been taken in this account, please try a "
                f"different suffix."
            ) from None
        return {"Role": descriptions.role(made)}

    async def delete_service_linked_role(self, call: Call, params: Params) -> Result:
        """Delete the role of a service; the answer names the task that did it."""
        role = await self._targets.role(call, params["RoleName"])
        if not role.service:
            raise InputInvalid(f"{role.name} is not a service-linked role: use DeleteRole")
        await self._identities.roles.delete(role.account_id, role.name)
        return {"DeletionTaskId": f"task{role.path}{role.name}/{role.id}"}

    async def get_service_linked_role_deletion_status(self, call: Call, params: Params) -> Result:
        """Tell how far a deletion is: it is done when the role is not there any more."""
        task = params["DeletionTaskId"]
        prefix, _, role_id = task.rpartition("/")
        name = prefix.rpartition("/")[2]
        require(call, arn(call, "role", name, prefix.removeprefix("task")[: -len(name)] or "/"))
        role = await self._identities.roles.find(call.principal.account_id, name)
        is_task = prefix.startswith(f"task{SERVICE_PATH}") and role_id.startswith("AROA")
        if not is_task or (role is not None and role.id == role_id):
            raise no_such_entity(f"Deletion id {task} does not exist")
        return {"Status": "SUCCEEDED"}


def _role_name(service: str, suffix: str) -> str:
    match = _SERVICE.fullmatch(service)
    if match is None:
        raise InputInvalid(
            f"{service} is no service's principal: expected a name such as spot.amazonaws.com"
        )
    name = _NAMES.get(service) or match[1].title().replace("-", "")
    return f"AWSServiceRoleFor{name}" + (f"_{suffix}" if suffix else "")


def _trust(service: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
