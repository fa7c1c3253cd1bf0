"""Globus Auth as services: pages, OAuth endpoints and API, each with its own form of errors."""

from lenticular.apis.globus.auth.administered import Administered
from lenticular.apis.globus.auth.authorize import Authorize
from lenticular.apis.globus.auth.browsers import Browsers
from lenticular.apis.globus.auth.client_operations import ClientOperations
from lenticular.apis.globus.auth.code_pages import CodePages
from lenticular.apis.globus.auth.consent_operations import ConsentOperations
from lenticular.apis.globus.auth.consent_pages import ConsentPages
from lenticular.apis.globus.auth.discovery import Discovery
from lenticular.apis.globus.auth.errors import AuthErrors, translate, translate_grant
from lenticular.apis.globus.auth.identities import IdentityOperations
from lenticular.apis.globus.auth.pages import PageErrors
from lenticular.apis.globus.auth.people import Persons
from lenticular.apis.globus.auth.project_operations import ProjectOperations
from lenticular.apis.globus.auth.scope_operations import ScopeOperations
from lenticular.apis.globus.auth.token_endpoints import TokenEndpoints
from lenticular.apis.globus.wire.errors import OAuthErrors
from lenticular.apis.globus.wire.service import Service
from lenticular.pages import FormTokens, Pages
from lenticular.primitives.groups import Groups
from lenticular.primitives.oauth import AuthorizationServer
from lenticular.primitives.oauth.builtin import AUTH
from lenticular.primitives.people import People
from lenticular.primitives.signin import BrowserSessions

NAME = "auth"


def auth_services(
    oauth: AuthorizationServer,
    people: People,
    groups: Groups,
    sessions: BrowserSessions,
    pages: Pages,
    browsers: Browsers,
    marks: FormTokens,
    *,
    issuer: str,
) -> list[Service]:
    """Return Globus Auth; `issuer` is its URL, `marks` signs what comes back by the browser."""
    consents = ConsentPages(oauth.clients, pages, browsers)
    persons = Persons(people)
    administered = Administered(oauth)
    return [
        Service(
            NAME,
            Authorize(oauth, people, browsers, consents, marks, issuer=issuer),
            CodePages(oauth, people, sessions, pages, browsers, consents),
            resource_server=AUTH,
            errors=PageErrors(pages),
            translate=translate,
        ),
        Service(
            NAME,
            TokenEndpoints(oauth, persons, issuer=issuer),
            resource_server=AUTH,
            errors=OAuthErrors(),
            translate=translate_grant,
        ),
        Service(
            NAME,
            Discovery(oauth, persons, issuer=issuer),
            ClientOperations(oauth, administered),
            ScopeOperations(oauth, administered),
            ProjectOperations(oauth, people, groups, administered),
            ConsentOperations(oauth),
            IdentityOperations(people),
            resource_server=AUTH,
            errors=AuthErrors(),
            translate=translate,
        ),
    ]
