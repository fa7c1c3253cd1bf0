"""``env``: what a client needs to enter the cloud."""

import os
import shlex

from lenticular.cli import CommandError, administration
from lenticular.cli.output import note, print_json
from lenticular.server import process
from lenticular.server.configuration import Configuration

_IN_THE_WAY = ("AWS_SESSION_TOKEN", "AWS_PROFILE")
"""Variables with which AWS clients use other credentials than those printed here."""


_GLOBUS = {
    "AUTH": "/",
    "COMPUTE": "",
    "FLOWS": "",
    "GROUPS": "",
    "SEARCH": "",
    "TIMER": "",
    "TRANSFER": "",
}
"""What follows the interface's address for each service of globus-sdk. The command line of
Globus takes the address of Auth with its slash only. What is not served is pointed here too:
otherwise clients would send this cloud's tokens to globus.org."""


_BUNDLES = (
    "AWS_CA_BUNDLE",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "SSL_CERT_FILE",
    "GLOBUS_SDK_VERIFY_SSL",
)
"""Variables that name the one file of authorities which a client trusts."""


def print_environment(configuration: Configuration, *, json: bool) -> None:
    """Print the environment of a client: shell lines, or JSON with the account's names too."""
    running = process.find(configuration.data)
    if running:
        configuration = running.at(configuration)
    elif configuration.port_base:
        note("the cloud does not run; `lenticular start` starts it")
    else:
        raise CommandError("the cloud does not run, and its ports are chosen when it starts")
    root = administration.perform(configuration, "accounts.credentials")
    variables = {
        "AWS_ENDPOINT_URL": configuration.url("aws"),
        "AWS_ENDPOINT_URL_S3_CONTROL": _s3_control(configuration.url("aws")),
        "AWS_ACCESS_KEY_ID": root["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": root["secret_access_key"],
        "AWS_DEFAULT_REGION": root["region"],
    }
    variables |= _globus(configuration.url("globus")) | _trust(configuration)
    if json:
        names = {"ACCOUNT_ID": root["account_id"], "CANONICAL_ID": root["canonical_id"]}
        print_json(variables | names)
        return
    for name, value in variables.items():
        print(f"export {name}={shlex.quote(value)}")
    for name in _IN_THE_WAY:
        if os.environ.get(name):
            note(f"{name} is set, which AWS clients put first: unset {name}")


def _s3_control(url: str) -> str:
    """Return the address `url` as clients of S3 Control need it.

    They put the account's number and a dot in front of what follows the scheme, whatever they are
    told (`inject_host_prefix` of botocore changes nothing of it). No name server knows that name.
    Behind a user's name, which nobody is sent, it is a part of that and not of the host.
    """
    return url.replace("://", "://account@", 1)


def _globus(url: str) -> dict[str, str]:
    """Return the variables with which globus-sdk finds the services at `url`."""
    return {f"GLOBUS_SDK_SERVICE_URL_{service}": url + path for service, path in _GLOBUS.items()}


def _trust(configuration: Configuration) -> dict[str, str]:
    """Return the variables with which clients trust the cloud's own authority under TLS."""
    if not configuration.tls:
        return {}
    from lenticular.server import certificates

    bundle = certificates.trusted(configuration)
    if bundle is None:
        return {}
    authority = bundle.with_name(certificates.AUTHORITY)
    return dict.fromkeys(_BUNDLES, str(bundle)) | {"NODE_EXTRA_CA_CERTS": str(authority)}
