"""What a cloud speaks: its primitives behind the services of each interface."""

from functools import partial

from lenticular.apis.aws import (
    budgets,
    ce,
    cloudtrail,
    dynamodb,
    iam,
    kms,
    s3,
    s3control,
    secretsmanager,
    ssm,
    sts,
)
from lenticular.apis.aws.interface import AwsInterface
from lenticular.apis.aws.sts.issuers import Issuers, Jwks, OwnKeys, no_own_keys
from lenticular.apis.aws.wire.events import CallEvents
from lenticular.apis.aws.wire.explanations import Explanations
from lenticular.apis.aws.wire.service import Service
from lenticular.apis.globus import agents as globus_agents
from lenticular.apis.globus import groups as globus_groups
from lenticular.apis.globus import publish as globus_publish
from lenticular.apis.globus import search as globus_search
from lenticular.apis.globus import timers as globus_timers
from lenticular.apis.globus import transfer as globus_transfer
from lenticular.apis.globus.auth.browsers import Browsers
from lenticular.apis.globus.auth.pages import sign_in_service
from lenticular.apis.globus.auth.service import auth_services
from lenticular.apis.globus.interface import GlobusInterface
from lenticular.apis.globus.wire.service import Service as GlobusService
from lenticular.pages import FormTokens, Pages
from lenticular.primitives.oauth import AuthorizationServer
from lenticular.primitives.objects import ObjectStorage
from lenticular.primitives.objects.errors import BucketNotFound
from lenticular.primitives.selections import Selections
from lenticular.server import mailplaces
from lenticular.server.configuration import Configuration
from lenticular.server.wiring import Cloud


def aws_services(
    cloud: Cloud,
    own_keys: OwnKeys = no_own_keys,
    *,
    customer_keys_over_http: bool = False,
    issuers_over_http: bool = False,
) -> list[Service]:
    """Return every AWS service that this version speaks.

    `own_keys` returns the keys of this cloud's own OpenID Connect issuer. The others are
    settings of the same name.
    """
    issuers = Issuers(own_keys, over_http=issuers_over_http)
    return [
        s3control.service(cloud.storage),
        s3.service(
            cloud.storage,
            cloud.identities,
            cloud.events,
            Selections(cloud.queries),
            cloud.metrics,
            customer_keys_over_http=customer_keys_over_http,
        ),
        dynamodb.service(cloud.tables),
        budgets.service(cloud.budgets),
        ce.service(cloud.meters, cloud.prices),
        cloudtrail.service(cloud.audit, cloud.trails, cloud.delivery),
        iam.service(cloud.identities, issuers_over_http=issuers_over_http),
        kms.service(cloud.keys),
        secretsmanager.service(cloud.secrets),
        ssm.service(cloud.parameters),
        sts.service(cloud.identities, cloud.sessions, Explanations(cloud.vault), issuers),
    ]


def aws_api(configuration: Configuration, cloud: Cloud) -> AwsInterface:
    """Return the AWS interface of a cloud."""
    return AwsInterface(
        aws_services(
            cloud,
            partial(_own_keys, cloud.oauth, configuration.url("globus")),
            customer_keys_over_http=configuration.customer_keys_over_http,
            issuers_over_http=configuration.issuers_over_http,
        ),
        cloud.identities,
        CallEvents(cloud.trails, partial(_bucket_owner, cloud.storage)),
        Explanations(cloud.vault),
        region=configuration.region,
        hosts={*configuration.domains, configuration.host, configuration.public_host} - {""},
    )


async def _own_keys(oauth: AuthorizationServer, issuer: str, asked: str) -> Jwks | None:
    """Return the keys of the issuer that is asked for, if it is our own."""
    return await oauth.keys.jwks() if asked == issuer else None


async def _bucket_owner(storage: ObjectStorage, name: str) -> str:
    """Return the account that owns a bucket; empty when there is no such bucket."""
    try:
        return (await storage.buckets.find(name)).account_id
    except BucketNotFound:
        return ""


def globus_services(configuration: Configuration, cloud: Cloud) -> list[GlobusService]:
    """Return every Globus service that this version speaks."""
    forms = FormTokens(cloud.vault.derive("tokens of forms"))
    pages = Pages("lenticular.apis.globus.auth", strict_transport=configuration.strict_transport)
    browsers = Browsers(cloud.signin.sessions, forms, port=configuration.port("globus"))
    return [
        sign_in_service(
            cloud.people,
            cloud.identities,
            cloud.signin,
            cloud.invitations,
            cloud.vault,
            pages,
            browsers,
            portal_port=configuration.port("portal"),
        ),
        *auth_services(
            cloud.oauth,
            cloud.people,
            cloud.groups,
            cloud.signin.sessions,
            pages,
            browsers,
            FormTokens(cloud.vault.derive("authorization requests")),
            issuer=configuration.url("globus"),
        ),
        globus_groups.service(cloud.groups, cloud.people),
        globus_search.service(cloud.indices),
        globus_agents.service(cloud.agents, cloud.transfers.work, cloud.admissions),
        globus_transfer.service(cloud.collections, cloud.agents, cloud.transfers),
        globus_timers.service(cloud.timers),
        globus_publish.service(
            cloud.publications,
            mailplaces.outgoing(configuration).mail_from.addr_spec,
            strict_transport=configuration.strict_transport,
        ),
    ]


def globus_api(configuration: Configuration, cloud: Cloud) -> GlobusInterface:
    """Return the Globus interface of a cloud."""
    return GlobusInterface(
        globus_services(configuration, cloud), cloud.oauth, region=configuration.region
    )
