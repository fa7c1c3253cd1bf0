"""The sign-in pages as one service: their handlers, their files, and errors as pages."""

from typing import Any

from lenticular.apis.globus.auth.browsers import Browsers
from lenticular.apis.globus.auth.invitations import InvitationPages, translate
from lenticular.apis.globus.auth.linked import LinkedPages
from lenticular.apis.globus.auth.sign_in import SignInPages
from lenticular.apis.globus.auth.upstream import UpstreamPages
from lenticular.apis.globus.auth.welcome import WelcomePages
from lenticular.apis.globus.wire.errors import ErrorForm, GlobusError
from lenticular.apis.globus.wire.service import Call, Credential, Service, operation
from lenticular.apis.http import Request, Response
from lenticular.pages import Pages
from lenticular.primitives.identities import Identities
from lenticular.primitives.invitations import Invitations
from lenticular.primitives.people import People
from lenticular.primitives.signin import SignIn
from lenticular.primitives.vault import Vault

_TITLES = {
    403: "This cannot be done",
    404: "There is nothing here",
    409: "Not yet",
    410: "This link is used up",
    502: "Your institution does not answer",
}


class PageErrors(ErrorForm):
    """Errors as people read them."""

    def __init__(self, pages: Pages) -> None:
        super().__init__()
        self._pages = pages

    def respond(self, request: Request, error: GlobusError) -> Response:
        title = _TITLES.get(error.status, "That did not work")
        response = self._pages.error(error.status, title, error.message, action="/sign-in")
        response.headers += error.headers.items()
        return response

    def usual_code(self, status: int) -> str:
        return ""

    def document(self, request: Request, error: GlobusError) -> dict[str, Any]:
        return {"message": error.message}


class PageFiles:
    """The files that pages load."""

    def __init__(self, pages: Pages) -> None:
        self._assets = pages.assets

    @operation("GET", "/static/{name}", credential=Credential.NOTHING, recorded=False)
    async def get_page_file(self, call: Call) -> Response:
        """Return a file under the name that has its digest in it."""
        found = self._assets.answer(f"/static/{call.arguments['name']}")
        if found is None:
            raise GlobusError(404, "There is no such file")
        return found


def sign_in_service(
    people: People,
    identities: Identities,
    signin: SignIn,
    invitations: Invitations,
    vault: Vault,
    pages: Pages,
    browsers: Browsers,
    *,
    portal_port: int,
) -> Service:
    """Return the pages on which people sign in, out, and link identities."""
    return Service(
        "sign-in",
        SignInPages(people, identities, signin, pages, browsers, portal_port=portal_port),
        UpstreamPages(
            people,
            identities,
            signin.sessions,
            pages,
            browsers,
            vault,
            portal_port=portal_port,
        ),
        LinkedPages(people, identities, signin.sessions, pages, browsers, portal_port=portal_port),
        WelcomePages(identities, signin, pages, browsers, portal_port=portal_port),
        InvitationPages(
            invitations, people, identities, signin, pages, browsers, portal_port=portal_port
        ),
        PageFiles(pages),
        resource_server="",
        errors=PageErrors(pages),
        translate=translate,
    )
