"""What kind of thing an ARN names, as CloudFormation's types have it: ``AWS::IAM::User``."""

from functools import lru_cache

_SERVICES = {
    "budgets": "Budgets",
    "cloudtrail": "CloudTrail",
    "dynamodb": "DynamoDB",
    "iam": "IAM",
    "kms": "KMS",
    "s3": "S3",
    "secretsmanager": "SecretsManager",
    "ssm": "SSM",
    "sts": "STS",
}
_KINDS = {
    "instance-profile": "InstanceProfile",
    "mfa": "VirtualMFADevice",
    "oidc-provider": "OIDCProvider",
    "saml-provider": "SAMLProvider",
    "server-certificate": "ServerCertificate",
}


@lru_cache(maxsize=4096)
def resource_type(arn: str) -> str:
    """Return the type of what an ARN names. Raises ValueError for what is no ARN."""
    _, _, service, _, _, path = arn.split(":", 5)
    if service == "s3":
        return "AWS::S3::Object" if "/" in path else "AWS::S3::Bucket"
    kind = path.partition("/")[0].partition(":")[0]
    name = _KINDS.get(kind) or kind[:1].upper() + kind[1:]
    return f"AWS::{_SERVICES.get(service, service.title())}::{name}"
