"""Overview: who you are here, what this cloud offers and how programs find it."""

from lenticular.apis.http import Response
from lenticular.portal.clients import Refused
from lenticular.portal.room import Room
from lenticular.portal.snippets import aws_shell, boto3_example, globus_shell
from lenticular.portal.visit import Visit


async def show(visit: Visit) -> Response:
    """Show the overview."""
    identity = await visit.aws("sts", "get_caller_identity")
    name = visit.person.user_name
    try:
        listed = await visit.list_all("list_groups_for_user", "Groups", UserName=name)
        groups = [group["GroupName"] for group in listed]
    except Refused:
        groups = None  # they may not ask, and that is nothing to complain about here
    return visit.page(
        "overview.html",
        arn=identity["Arn"],
        groups=groups,
        aws_url=visit.aws_url,
        globus_url=visit.globus_url,
        services=visit.site.services,
        version=visit.site.version,
        needs_bundle=bool(visit.site.bundle),
        aws_snippet=aws_shell(visit),
        boto3_snippet=boto3_example(visit),
        globus_snippet=globus_shell(visit),
    )


async def sign_out(visit: Visit) -> Response:
    """Sign this browser out."""
    visit.aws_clients.forget(visit.login.session.session_id)
    return await visit.signing.leave(visit.cookies, visit.login, visit.host)


ROOM = Room("/", "Overview", "Yours", {"GET /": show, "POST /sign-out": sign_out})
