"""What people copy into a shell, a file or a program to use this cloud."""

import shlex

from lenticular.portal.visit import Visit

_BUNDLE = "lenticular.pem"
"""As what the certificates are downloaded."""


def aws_shell(visit: Visit, key_id: str = "", secret: str = "") -> str:
    """Return what points AWS clients of a shell at this cloud, with a key if one is given."""
    values: dict[str, str] = {}
    if key_id:
        values |= {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret}
    values |= {"AWS_ENDPOINT_URL": visit.aws_url, "AWS_DEFAULT_REGION": visit.site.region}
    return _exports(values | _trust(visit, "AWS_CA_BUNDLE"))


def aws_profile(visit: Visit, key_id: str, secret: str) -> str:
    """Return a profile for the AWS configuration file."""
    lines = [
        "[profile lenticular]",
        f"endpoint_url = {visit.aws_url}",
        f"region = {visit.site.region}",
        f"aws_access_key_id = {key_id}",
        f"aws_secret_access_key = {secret}",
    ]
    if visit.site.bundle:
        lines.append(f"ca_bundle = /path/to/{_BUNDLE}")
    return "\n".join(lines)


def boto3_example(visit: Visit) -> str:
    """Return a first program."""
    return (
        "import boto3\n\n"
        's3 = boto3.resource("s3")\n'
        f'bucket = s3.create_bucket(Bucket="{visit.person.user_name.lower()}-first-samples")\n'
        'bucket.put_object(Key="1.txt", Body=b"mitosis")'
    )


_GLOBUS = ("COMPUTE", "FLOWS", "GROUPS", "SEARCH", "TIMER", "TRANSFER")
"""Services whose clients are pointed here; those that are not served as well, lest their clients
send this cloud's tokens to globus.org."""


def globus_shell(visit: Visit) -> str:
    """Return what points globus-sdk and the Globus CLI at this cloud."""
    values = {"GLOBUS_SDK_SERVICE_URL_AUTH": f"{visit.globus_url}/"}
    values |= {f"GLOBUS_SDK_SERVICE_URL_{name}": visit.globus_url for name in _GLOBUS}
    values |= _trust(visit, "GLOBUS_SDK_VERIFY_SSL")
    return f"{_exports(values)}\nglobus login"


def _exports(values: dict[str, str]) -> str:
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in values.items())


def _trust(visit: Visit, name: str) -> dict[str, str]:
    """Return the variable that makes a client trust this cloud, if it needs one."""
    return {name: f"/path/to/{_BUNDLE}"} if visit.site.bundle else {}
