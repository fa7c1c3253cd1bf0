"""What people copy into a shell, a file or a program to use this cloud."""

import shlex

from lenticular.portal.visit import Visit


def aws_shell(visit: Visit, key_id: str = "", secret: str = "") -> str:
    """Return what points AWS clients of a shell at this cloud, with a key if one is given."""
    values: dict[str, str] = {}
    if key_id:
        values |= {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret}
    values |= {"AWS_ENDPOINT_URL": visit.aws_url, "AWS_DEFAULT_REGION": visit.site.region}
    if visit.site.ca_file is not None:
        values["AWS_CA_BUNDLE"] = str(visit.site.ca_file)
    return _exports(values)


def aws_profile(visit: Visit, key_id: str, secret: str) -> str:
    """Return a profile for the AWS configuration file."""
    lines = [
        "[profile lenticular]",
        f"endpoint_url = {visit.aws_url}",
        f"region = {visit.site.region}",
        f"aws_access_key_id = {key_id}",
        f"aws_secret_access_key = {secret}",
    ]
    if visit.site.ca_file is not None:
        lines.append(f"ca_bundle = {visit.site.ca_file}")
    return "\n".join(lines)


def boto3_example(visit: Visit) -> str:
    """Return a first program."""
    return (
        "import boto3\n\n"
        's3 = boto3.resource("s3")\n'
        f'bucket = s3.create_bucket(Bucket="{visit.person.user_name.lower()}-first-samples")\n'
        'bucket.put_object(Key="1.txt", Body=b"mitosis")'
    )


def globus_shell(visit: Visit) -> str:
    """Return what points globus-sdk and the Globus CLI at this cloud."""
    values = {
        "GLOBUS_SDK_SERVICE_URL_AUTH": f"{visit.globus_url}/",
        "GLOBUS_SDK_SERVICE_URL_GROUPS": f"{visit.globus_url}/",
    }
    if visit.site.ca_file is not None:
        values["GLOBUS_SDK_VERIFY_SSL"] = str(visit.site.ca_file)
    return f"{_exports(values)}\nglobus login"


def _exports(values: dict[str, str]) -> str:
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in values.items())
