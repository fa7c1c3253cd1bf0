"""What is told of a secret: everything but its values."""

from lenticular.apis.aws.wire.service import Result
from lenticular.primitives.secrets import Rotation, Secret


def described(secret: Secret) -> Result:
    """Return the members that descriptions and listings share."""
    result: Result = {
        "ARN": secret.arn,
        "Name": secret.name,
        "CreatedDate": secret.created / 1000,
        "LastChangedDate": secret.changed / 1000,
        "Tags": [{"Key": key, "Value": value} for key, value in secret.tags.items()],
    }
    texts = {"Description": secret.description, "KmsKeyId": secret.key_id, "Type": secret.kind}
    times = {"LastAccessedDate": secret.accessed, "DeletedDate": secret.deleted}
    result |= {name: text for name, text in texts.items() if text}
    result |= {name: time / 1000 for name, time in times.items() if time}
    return result | (_rotation(secret.rotation) if secret.rotation is not None else {})


def _rotation(rotation: Rotation) -> Result:
    result: Result = {"RotationEnabled": rotation.enabled}
    rules: Result = {}
    if rotation.days:
        rules["AutomaticallyAfterDays"] = rotation.days
    if rotation.schedule:
        rules["ScheduleExpression"] = rotation.schedule
    if rotation.duration:
        rules["Duration"] = rotation.duration
    if rules:
        result["RotationRules"] = rules
    if rotation.rules:
        result["ExternalSecretRotationMetadata"] = [
            {"Key": key, "Value": value} for key, value in rotation.rules.items()
        ]
    if rotation.last:
        result["LastRotatedDate"] = rotation.last / 1000
    if rotation.next:
        result["NextRotationDate"] = rotation.next / 1000
    return result
