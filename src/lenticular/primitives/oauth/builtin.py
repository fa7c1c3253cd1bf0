"""Clients and scopes that every cloud has: the services, and apps that people bring along.

Ids and strings are those of globus.org, on any host: globus-sdk and the Globus command line
have them written in (`globus_sdk.scopes.data`). Nobody can make others of these names.
"""

import uuid
from collections.abc import Iterator

from lenticular.primitives.oauth.records import Client, Dependency, Scope

AUTH = "auth.globus.org"
TRANSFER = "transfer.api.globus.org"
GROUPS = "groups.api.globus.org"
SEARCH = "search.api.globus.org"
TIMERS = "524230d7-ea86-4a52-8312-86065a9e0417"

COMMAND_LINE_ID = "95fdeba8-fac2-42bd-a357-e068d82ff78e"
"""The Globus command line, of which every installation makes an instance."""

AUTH_CODE_PAGE = "https://auth.globus.org/v2/web/auth-code"
"""Stands among a client's redirect URIs for the page of this cloud that shows a code."""

OPENID, PROFILE, EMAIL = "openid", "profile", "email"
_URN = "urn:globus:auth:scope:{}:{}"
VIEW_IDENTITY_SET = _URN.format(AUTH, "view_identity_set")
VIEW_IDENTITIES = _URN.format(AUTH, "view_identities")
VIEW_CLIENTS = _URN.format(AUTH, "view_clients")
VIEW_CLIENTS_AND_SCOPES = _URN.format(AUTH, "view_clients_and_scopes")
VIEW_CONSENTS = _URN.format(AUTH, "view_consents")
MANAGE_CONSENTS = _URN.format(AUTH, "manage_consents")
"""This cloud's own: at globus.org people withdraw consents with their browser only."""
MANAGE_PROJECTS = _URN.format(AUTH, "manage_projects")
TRANSFER_ALL = _URN.format(TRANSFER, "all")

LOOPBACKS = ("http://localhost", "http://127.0.0.1", "http://[::1]")
"""Where an app on a person's machine listens, on any port."""


def url_scope(client_id: str, suffix: str) -> str:
    """Return the string of a scope of a client."""
    return f"https://auth.globus.org/scopes/{client_id}/{suffix}"


TIMER_SCOPE = url_scope(TIMERS, "timer")


def _service(client_id: str, name: str, server_name: str = "") -> Client:
    return Client(client_id, name, "", 0, "resource_server", server_name=server_name)


_SERVICES = (
    _service(AUTH, "Auth"),
    _service(TRANSFER, "Transfer"),
    _service(GROUPS, "Groups"),
    _service(SEARCH, "Search"),
    _service("nexus.api.globus.org", "Nexus"),
    _service(TIMERS, "Timers"),
    _service("eec9b274-0c81-4334-bdc2-54e90e689b9a", "Flows", "flows.globus.org"),
    _service("facd7ccc-c5f4-42aa-916b-a0e270e2c2a9", "Compute", "funcx_service"),
)

_COMMAND_LINE = Client(
    COMMAND_LINE_ID,
    "Globus CLI",
    "",
    0,
    "public_installed_client",
    (*LOOPBACKS, AUTH_CODE_PAGE),
    template=True,
    visibility="public",
)

CLIENTS = {client.client_id: client for client in (*_SERVICES, _COMMAND_LINE)}
"""By id."""

_MEANINGS = {
    AUTH: {
        OPENID: "Know who you are, by an identifier.",
        PROFILE: "See your name, your user name and your organization.",
        EMAIL: "See your mail address.",
        "manage_consents": "See and withdraw what you have consented to.",
        "manage_projects": "Manage your registered applications.",
        "view_authentications": "See when and how you signed in.",
        "view_clients": "See your registered applications.",
        "view_clients_and_scopes": "See your registered applications and their scopes.",
        "view_consents": "See what you have consented to.",
        "view_identities": "Look up the identities of people.",
        "view_identity_set": "See the identities that are linked to yours.",
    },
    TRANSFER: {
        "all": "Move, list, rename and delete files that you have access to.",
        "gcp_install": "Set up your own computer as an endpoint.",
    },
    GROUPS: {
        "all": "See and manage your groups and your memberships.",
        "view_my_groups_and_memberships": "See your groups and your memberships.",
    },
    SEARCH: {
        "all": "Search, and manage your search indices.",
        "globus_connect_server": "Enter metadata of your storage into search indices.",
        "ingest": "Enter data into your search indices.",
        "search": "Search what you may see.",
    },
    "nexus.api.globus.org": {"groups": "See and manage your groups."},
    TIMERS: {"timer": "Do things for you at set times."},
    "eec9b274-0c81-4334-bdc2-54e90e689b9a": {
        "all": "See, manage and run your flows.",
        "manage_flows": "Manage your flows.",
        "view_flows": "See your flows.",
        "run": "Run flows for you.",
        "run_status": "See how your runs of flows go on.",
        "run_manage": "Manage your runs of flows.",
    },
    "facd7ccc-c5f4-42aa-916b-a0e270e2c2a9": {"all": "Run functions for you."},
}
"""What consent pages say, by service and scope."""

_DEPENDENCIES = {
    (TIMERS, "timer"): (Dependency(TRANSFER_ALL, optional=True),),
}

_OPEN_TO = {(TRANSFER, "all"): "/data_access"}


def _scopes() -> Iterator[Scope]:
    for client_id, meanings in _MEANINGS.items():
        client = CLIENTS[client_id]
        for suffix, meaning in meanings.items():
            if suffix in (OPENID, PROFILE, EMAIL):
                string = suffix
            elif "." in client_id:
                string = _URN.format(client_id, suffix)
            else:
                string = url_scope(client_id, suffix)
            yield Scope(
                str(uuid.uuid5(uuid.NAMESPACE_URL, string)),
                string,
                client_id,
                f"{client.name}: {suffix.replace('_', ' ')}",
                meaning,
                _DEPENDENCIES.get((client_id, suffix), ()),
                open_to=_OPEN_TO.get((client_id, suffix), ""),
            )


SCOPES = {scope.string: scope for scope in _scopes()}
"""By string."""
SCOPES_BY_ID = {scope.scope_id: scope for scope in SCOPES.values()}
SERVERS = {client.server: client.client_id for client in _SERVICES}
"""Ids of the services by the names that tokens call them."""
