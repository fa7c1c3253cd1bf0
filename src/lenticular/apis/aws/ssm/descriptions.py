"""What is told of a parameter and its versions."""

import base64

from lenticular.apis.aws.wire.service import Result
from lenticular.primitives.parameters import SECURE, Found, ParameterVersion


def valued(found: Found, *, decrypted: bool, selector: str = "") -> Result:
    """Return a parameter with its value; a sealed one as it is stored, unless `decrypted`."""
    version = found.version
    result: Result = {
        "Name": found.parameter.name,
        "Type": version.type,
        "Value": value_of(found, decrypted=decrypted),
        "Version": version.number,
        "LastModifiedDate": version.modified / 1000,
        "ARN": found.parameter.where.arn,
        "DataType": version.data_type,
    }
    return result | {"Selector": selector} if selector else result


def value_of(found: Found, *, decrypted: bool) -> str:
    """Return a value as it goes out."""
    if found.version.type == SECURE and not decrypted:
        return base64.b64encode(found.version.value).decode()
    return found.value


def described(found: Found) -> Result:
    """Return what is told of a version without its value."""
    version = found.version
    result: Result = {
        "Name": found.parameter.name,
        "Type": version.type,
        "LastModifiedDate": version.modified / 1000,
        "LastModifiedUser": version.modified_by,
        "Version": version.number,
        "Tier": version.tier,
        "Policies": [],
        "DataType": version.data_type,
    }
    return result | _settings(version)


def _settings(version: ParameterVersion) -> Result:
    texts = {
        "Description": version.description,
        "AllowedPattern": version.pattern,
        "KeyId": version.key_id,
    }
    return {name: text for name, text in texts.items() if text}
