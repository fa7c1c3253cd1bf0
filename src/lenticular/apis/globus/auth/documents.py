"""How Globus Auth writes clients, scopes, projects and consents."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from lenticular.primitives.groups import Group
from lenticular.primitives.oauth import Client, ClientCredential, Consent, Project, Scope, Secret
from lenticular.primitives.people import Identity


def client_document(client: Client, scopes: Iterable[Scope] = ()) -> dict[str, Any]:
    """Return a client."""
    return {
        "id": client.client_id,
        "name": client.name,
        "client_type": client.type,
        "public_client": client.is_public,
        "grant_types": list(client.grants),
        "redirect_uris": list(client.redirect_uris),
        "scopes": [scope.scope_id for scope in scopes],
        "fqdns": [],
        "project": client.project_id or None,
        "parent_client": client.parent_id or None,
        "visibility": client.visibility,
        "required_idp": client.required_idp,
        "preselect_idp": client.preselect_idp,
        "prompt_for_named_grant": False,
        "userinfo_from_effective_identity": True,
        "links": {
            "privacy_policy": client.privacy_policy,
            "terms_and_conditions": client.terms_and_conditions,
        },
    }


def credential_document(credential: ClientCredential) -> dict[str, Any]:
    """Return a client's credential: its secret is not known any more."""
    return {
        "id": credential.credential_id,
        "client": credential.client_id,
        "name": credential.name,
        "created": _time(credential.created),
        "secret": None,
    }


def secret_document(made: Secret) -> dict[str, Any]:
    """Return a client's credential with its secret."""
    return credential_document(made.credential) | {"secret": made.secret}


def scope_document(scope: Scope, ids: Mapping[str, str]) -> dict[str, Any]:
    """Return a scope; `ids` are those of the scopes that it depends on, by string."""
    return {
        "id": scope.scope_id,
        "scope_string": scope.string,
        "client": scope.client_id,
        "name": scope.name,
        "description": scope.description,
        "advertised": scope.advertised,
        "allows_refresh_token": scope.allows_refresh_token,
        "required_domains": list(scope.required_domains),
        "dependent_scopes": [
            {
                "scope": ids[dependency.scope],
                "optional": dependency.optional,
                "requires_refresh_token": dependency.requires_refresh_token,
            }
            for dependency in scope.dependencies
            if dependency.scope in ids
        ],
    }


def project_document(
    project: Project, admins: Iterable[Identity], groups: Iterable[Group]
) -> dict[str, Any]:
    """Return a project with its administrators."""
    return {
        "id": project.project_id,
        "display_name": project.display_name,
        "project_name": project.display_name,
        "contact_email": project.contact_email,
        "admin_ids": list(project.admin_ids) or None,
        "admin_group_ids": list(project.admin_group_ids) or None,
        "admins": {
            "identities": [
                {
                    "id": one.identity_id,
                    "username": one.username,
                    "name": one.name,
                    "email": one.email or None,
                    "organization": one.organization or None,
                    "status": one.status,
                    "identity_provider": one.provider_id,
                    "identity_type": "login",
                }
                for one in admins
            ],
            "groups": [
                {
                    "id": one.group_id,
                    "name": one.name,
                    "description": one.description,
                    "organization": None,
                }
                for one in groups
            ],
        },
    }


def consent_document(consent: Consent) -> dict[str, Any]:
    """Return a consent."""
    return {
        "id": consent.number,
        "client": consent.client_id,
        "scope": consent.scope_id,
        "scope_name": consent.scope,
        "effective_identity": consent.identity_id,
        "dependency_path": list(consent.path),
        "status": "approved",
        "allows_refresh": consent.allows_refresh,
        "auto_approved": consent.automatic,
        "atomically_revocable": consent.revocable,
        "created": _time(consent.created),
        "updated": _time(consent.updated),
        "last_used": _time(consent.used),
    }


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")
