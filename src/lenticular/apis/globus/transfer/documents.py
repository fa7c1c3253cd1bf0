"""Documents of Transfer: collections, and what every answer has.

Transfer API, "Endpoints and Collections". The members that only Globus Connect Server 4 had are
there as they are for a Globus Connect Personal collection: clients of any age read them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from lenticular.apis.globus.wire.service import Call
from lenticular.primitives.collections import Collection, View

Document = dict[str, Any]

ENTITY_TYPES: Final = {"mapped": "GCP_mapped_collection", "guest": "GCP_guest_collection"}

_NOTHING: Final = (
    "acl_max_expiration_period_mins",
    "associated_flow_policy",
    "authentication_assurance_timeout",
    "authentication_policy_id",
    "authentication_timeout_mins",
    "auto_delete_timeout",
    "expire_time",
    "gcs_manager_url",
    "gcs_version",
    "globus_connect_setup_key",
    "last_accessed_time",
    "local_user_info_available",
    "location",
    "max_concurrency",
    "max_parallelism",
    "myproxy_dn",
    "myproxy_server",
    "network_use",
    "oauth_server",
    "preferred_concurrency",
    "preferred_parallelism",
    "restrict_transfers_to_high_assurance",
    "s3_url",
    "skip_auto_delete",
    "subscription_id",
    "tlsftp_server",
)
_NEVER: Final = (
    "activated",
    "french_english_bilingual",
    "gcp_paused",
    "high_assurance",
    "in_use",
    "mfa_required",
    "requester_pays",
    "s3_owner_activated",
    "subscription_admin_verified",
)
_CONSTANT: Final[Mapping[str, Any]] = {
    "DATA_TYPE": "endpoint",
    "disable_anonymous_writes": True,
    "expires_in": -1,
    "is_globus_connect": True,
    **dict.fromkeys(_NOTHING),
    **dict.fromkeys(_NEVER, False),
}
_AS_IT_IS: Final = (
    "display_name",
    "description",
    "organization",
    "department",
    "contact_email",
    "contact_info",
    "info_link",
    "user_message",
    "user_message_link",
    "default_directory",
    "public",
    "force_encryption",
    "disable_verify",
    "force_verify",
)


def endpoint_document(view: View) -> Document:
    """Describe a collection to whoever sees it so."""
    collection = view.collection
    said = {name: getattr(collection, name) for name in _AS_IT_IS}
    return {
        **_CONSTANT,
        **said,
        **_names(view),
        **_host(view),
        "entity_type": ENTITY_TYPES[collection.entity],
        "keywords": ",".join(collection.keywords) or None,
        "my_effective_roles": list(view.roles),
        "acl_available": collection.entity == "guest",
        "acl_editable": collection.entity == "guest" and "access_manager" in view.roles,
        "shareable": view.may_share,
        "guest_collection_activity_notification_policy": collection.activity_notifications,
        "gcp_connected": view.is_connected is not False,
        "https_server": view.https_server,
        "DATA": [server_document(view)],
    }


def _names(view: View) -> Document:
    collection = view.collection
    owner_id = collection.owner_id or collection.account_id
    return {
        "id": collection.collection_id,
        "name": collection.collection_id,
        "canonical_name": f"{owner_id}#{collection.collection_id}",
        "username": view.owner,
        "owner_id": owner_id,
        "owner_string": view.owner,
    }


def _host(view: View) -> Document:
    """Describe on what a collection is; where exactly is for those who administer it."""
    collection, host = view.collection, view.host
    host_id = collection.host_collection_id or None
    host_name = host.display_name if host is not None else None
    path = collection.host_path if host_id and view.roles else None
    broken = not view.is_functional
    return {
        "host_endpoint": host_id,
        "host_endpoint_id": host_id,
        "host_endpoint_display_name": host_name,
        "host_path": path,
        "mapped_collection_id": host_id,
        "mapped_collection_display_name": host_name,
        "sharing_target_endpoint": host_id,
        "sharing_target_root_path": path,
        "non_functional": broken,
        "non_functional_endpoint_id": host_id if broken else None,
        "non_functional_endpoint_display_name": host_name if broken else None,
    }


def server_document(view: View) -> Document:
    """Describe the server of a collection's files."""
    is_connected = view.is_connected is not False
    return {
        "DATA_TYPE": "server",
        "id": server_id(view.collection),
        "hostname": None,
        "port": None,
        "scheme": None,
        "subject": None,
        "uri": view.https_server,
        "incoming_data_port_start": None,
        "incoming_data_port_end": None,
        "outgoing_data_port_start": None,
        "outgoing_data_port_end": None,
        "is_connected": is_connected,
        "is_paused": False,
    }


def server_id(collection: Collection) -> int:
    """Return the number of a collection's only server."""
    return int(collection.collection_id[:7], 16)


def result(call: Call, code: str, message: str, data_type: str = "result", **more: Any) -> Document:
    """Say what was done."""
    return {
        "DATA_TYPE": data_type,
        "code": code,
        "message": message,
        "request_id": call.request.id,
        "resource": call.request.path,
        **more,
    }


def listed(call: Call, data_type: str, documents: Sequence[Document]) -> Document:
    """Return a whole list, with `narrowed` documents."""
    found = {"DATA_TYPE": data_type, "length": len(documents), "DATA": documents}
    return narrowed(call, found)


def narrowed(call: Call, document: Document) -> Document:
    """Leave in a document, or in each of a list, what the query's ``fields`` names, if it does."""
    names = {name.strip() for name in call.query.get("fields", "").split(",")} - {""}
    if not names:
        return document
    if document["DATA_TYPE"].endswith("_list"):
        return document | {"DATA": [_only(names, one) for one in document["DATA"]]}
    return _only(names, document)


def _only(names: set[str], document: Document) -> Document:
    return {name: value for name, value in document.items() if name in names | {"DATA_TYPE"}}
