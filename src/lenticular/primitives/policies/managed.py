"""The policies that AWS manages and people attach by name, in our own words.

Their names are AWS's (AWS Managed Policy Reference Guide), so that what is written for AWS finds
them here; each allows what its name promises, in the services that there are.
"""

import json
from dataclasses import dataclass
from typing import Any

CREATED = 1_767_225_600_000
"""When they came to be: the milliseconds since the epoch of the start of 2026."""


@dataclass(frozen=True, slots=True)
class ManagedDocument:
    """A policy that every account has."""

    name: str
    path: str
    description: str
    document: str

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::aws:policy{self.path}{self.name}"


def _allow(*actions: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": [*actions], "Resource": resource, **more}


def _policy(
    name: str, description: str, *statements: dict[str, Any], path: str = "/"
) -> ManagedDocument:
    document = {"Version": "2012-10-17", "Statement": statements}
    return ManagedDocument(name, path, description, json.dumps(document, indent=2))


def _full(service: str, name: str, title: str) -> ManagedDocument:
    return _policy(name, f"Everything in {title}.", _allow(f"{service}:*"))


def _reading(service: str, name: str, title: str, *actions: str) -> ManagedDocument:
    named = (f"{service}:{action}" for action in actions)
    return _policy(name, f"Reading in {title}, and nothing else.", _allow(*named))


_IDENTITIES = ("iam:*", "organizations:*", "account:*")
_READING = ("Describe*", "Get*", "List*", "Lookup*", "BatchGet*", "Query", "Scan")
_READABLE = (
    "budgets",
    "cloudtrail",
    "dynamodb",
    "iam",
    "logs",
    "s3",
    "sqs",
    "ssm",
    "sts",
    "tag",
)
_SECRET = ("ssm:GetParameter*", "sts:GetSessionToken", "sts:GetFederationToken")
"""What reads secrets or makes credentials: no part of reading everything."""

_ALL = (
    _policy("AdministratorAccess", "Everything.", _allow("*")),
    _policy(
        "PowerUserAccess",
        "Everything but the administration of identities and accounts.",
        {"Effect": "Allow", "NotAction": [*_IDENTITIES], "Resource": "*"},
        _allow("iam:GetRole", "iam:ListRoles", "iam:CreateServiceLinkedRole"),
    ),
    _policy(
        "ReadOnlyAccess",
        "Reading everything but secrets.",
        _allow(*(f"{service}:{action}" for service in _READABLE for action in _READING)),
        {"Effect": "Deny", "Action": [*_SECRET], "Resource": "*"},
    ),
    _policy(
        "ViewOnlyAccess",
        "Seeing what there is, but not what is in it.",
        _allow(
            *(f"{service}:{action}*" for service in _READABLE for action in ("Describe", "List"))
        ),
        path="/job-function/",
    ),
    _policy(
        "SecurityAudit",
        "Reading how access is configured, and who did what.",
        _allow(
            "budgets:Describe*",
            "budgets:View*",
            "cloudtrail:Describe*",
            "cloudtrail:Get*",
            "cloudtrail:List*",
            "cloudtrail:LookupEvents",
            "dynamodb:Describe*",
            "dynamodb:List*",
            "iam:GenerateCredentialReport",
            "iam:Get*",
            "iam:List*",
            "iam:Simulate*",
            "kms:Describe*",
            "kms:Get*",
            "kms:List*",
            "s3:GetAccountPublicAccessBlock",
            "s3:GetBucket*",
            "s3:GetEncryptionConfiguration",
            "s3:GetLifecycleConfiguration",
            "s3:List*",
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetResourcePolicy",
            "secretsmanager:ListSecrets",
            "ssm:Describe*",
        ),
    ),
    _policy(
        "Billing",
        "Budgets and what was spent.",
        _allow("budgets:*", "ce:*", "cur:*", "billing:*", "payments:*", "aws-portal:*Billing"),
        path="/job-function/",
    ),
    _full("s3", "AmazonS3FullAccess", "S3"),
    _reading("s3", "AmazonS3ReadOnlyAccess", "S3", "Get*", "List*", "Describe*"),
    _full("dynamodb", "AmazonDynamoDBFullAccess", "DynamoDB"),
    _reading("dynamodb", "AmazonDynamoDBReadOnlyAccess", "DynamoDB", *_READING, "PartiQLSelect"),
    _full("sqs", "AmazonSQSFullAccess", "SQS"),
    _reading("sqs", "AmazonSQSReadOnlyAccess", "SQS", "GetQueueAttributes", "GetQueueUrl", "List*"),
    _full("sns", "AmazonSNSFullAccess", "SNS"),
    _reading("sns", "AmazonSNSReadOnlyAccess", "SNS", "Get*", "List*"),
    _full("iam", "IAMFullAccess", "IAM"),
    _reading(
        "iam",
        "IAMReadOnlyAccess",
        "IAM",
        "GenerateCredentialReport",
        "GenerateServiceLastAccessedDetails",
        "Get*",
        "List*",
        "Simulate*",
    ),
    _policy(
        "IAMUserChangePassword",
        "Changing one's own password.",
        _allow("iam:ChangePassword", resource="arn:aws:iam::*:user/${aws:username}"),
        _allow("iam:GetAccountPasswordPolicy"),
    ),
    _policy(
        "IAMUserSSHKeys",
        "Administering one's own SSH keys.",
        _allow(
            "iam:DeleteSSHPublicKey",
            "iam:GetSSHPublicKey",
            "iam:ListSSHPublicKeys",
            "iam:UpdateSSHPublicKey",
            "iam:UploadSSHPublicKey",
            resource="arn:aws:iam::*:user/${aws:username}",
        ),
    ),
    _policy(
        "SecretsManagerReadWrite", "Everything in Secrets Manager.", _allow("secretsmanager:*")
    ),
    _policy(
        "AWSKeyManagementServicePowerUser",
        "Making keys and finding them; using and deleting them is for their policies to allow.",
        _allow(
            "iam:ListGroups",
            "iam:ListRoles",
            "iam:ListUsers",
            "kms:CreateAlias",
            "kms:CreateKey",
            "kms:DeleteAlias",
            "kms:Describe*",
            "kms:GenerateRandom",
            "kms:Get*",
            "kms:List*",
            "kms:TagResource",
            "kms:UntagResource",
        ),
    ),
    _full("ssm", "AmazonSSMFullAccess", "Systems Manager"),
    _reading("ssm", "AmazonSSMReadOnlyAccess", "Systems Manager", "Describe*", "Get*", "List*"),
    _full("cloudtrail", "AWSCloudTrail_FullAccess", "CloudTrail"),
    _reading(
        "cloudtrail",
        "AWSCloudTrail_ReadOnlyAccess",
        "CloudTrail",
        "Describe*",
        "Get*",
        "List*",
        "LookupEvents",
    ),
    _full("budgets", "AWSBudgetsActionsWithAWSResourceControlAccess", "Budgets"),
    _reading("budgets", "AWSBudgetsReadOnlyAccess", "Budgets", "Describe*", "List*", "View*"),
    _full("logs", "CloudWatchLogsFullAccess", "CloudWatch Logs"),
    _policy(
        "AWSLambdaBasicExecutionRole",
        "Writing a function's log.",
        _allow("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"),
        path="/service-role/",
    ),
)

MANAGED = {policy.arn: policy for policy in _ALL}
"""By ARN."""
