"""Pauses: why tasks wait, and the rules and wishes of managers that hold them back.

Transfer API, "Get task pause info" and "Advanced Collection Management".
"""

from typing import Any, Final

from msgspec import Struct
from msgspec.structs import asdict, replace

from lenticular.apis.globus.transfer.calls import ALL, person
from lenticular.apis.globus.transfer.documents import Document, result
from lenticular.apis.globus.transfer.moments import moment
from lenticular.apis.globus.transfer.operations.tasks import task_id
from lenticular.apis.globus.wire.errors import GlobusError
from lenticular.apis.globus.wire.service import Call, Result, operation
from lenticular.apis.globus.wire.submissions import parsed_id
from lenticular.primitives.collections import Collection, PauseRule
from lenticular.primitives.transfers import Look, RuleView, Transfers

_FLAGS: Final = (
    "pause_ls",
    "pause_mkdir",
    "pause_rename",
    "pause_symlink",
    "pause_task_delete",
    "pause_task_transfer_read",
    "pause_task_transfer_write",
)


class FlagsDocument(Struct, frozen=True, kw_only=True):
    """What a rule holds back; null: as it is, at first everything."""

    message: str | None = None
    pause_ls: bool | None = None
    pause_mkdir: bool | None = None
    pause_rename: bool | None = None
    pause_symlink: bool | None = None
    pause_task_delete: bool | None = None
    pause_task_transfer_read: bool | None = None
    pause_task_transfer_write: bool | None = None

    def flags(self) -> dict[str, Any]:
        """Return those that are set."""
        given = asdict(self)
        return {name: given[name] for name in _FLAGS if given[name] is not None}


class NewRuleDocument(FlagsDocument, frozen=True, kw_only=True):
    """A pause rule to make."""

    endpoint_id: str
    identity_id: str | None = None
    start_time: str | None = None


class ManyTasks(Struct, frozen=True):
    """Tasks that a manager is about to pause, resume or end."""

    task_id_list: list[str]
    message: str = ""


class PauseOperations:
    """The operations on what holds tasks back."""

    def __init__(self, transfers: Transfers) -> None:
        self._transfers = transfers

    @operation("GET", "/v0.10/task/{task_id}/pause_info", scopes=(ALL,), recorded=False)
    async def task_pause_info(self, call: Call) -> Result:
        """Return why a task of the caller's is paused."""
        return await pause_info(call, self._transfers, self._transfers.own(call.caller.own_ids))

    @operation("GET", "/v0.10/endpoint_manager/pause_rule_list", scopes=(ALL,), recorded=False)
    async def endpoint_manager_pause_rule_list(self, call: Call) -> Result:
        """Return the rules on collections that the caller monitors."""
        wanted = call.query.get("filter_endpoint", "")
        views = await self._transfers.pauses.visible(person(call), wanted)
        return {
            "DATA_TYPE": "pause_rule_list",
            "DATA": [_rule_document(view) for view in views],
        }

    @operation(
        "POST", "/v0.10/endpoint_manager/pause_rule", scopes=(ALL,), document=NewRuleDocument
    )
    async def endpoint_manager_create_pause_rule(self, call: Call) -> Result:
        """Make a rule."""
        new: NewRuleDocument = call.document
        if new.start_time:
            raise GlobusError(400, "start_time is null: a pause rule begins when it is made")
        rule = PauseRule(
            rule_id="",
            collection_id=parsed_id(new.endpoint_id, "endpoint_id"),
            message=new.message or "",
            created=0,
            created_by="",
            identity_id=parsed_id(new.identity_id, "identity_id") if new.identity_id else "",
            **new.flags(),
        )
        rule_id = await self._transfers.pauses.create(rule, person(call))
        return result(
            call, "Created", "The pause rule was created.", "pause_rule_create_result", id=rule_id
        )

    @operation("GET", "/v0.10/endpoint_manager/pause_rule/{rule_id}", scopes=(ALL,), recorded=False)
    async def endpoint_manager_get_pause_rule(self, call: Call) -> Result:
        """Return a rule."""
        rule_id = call.arguments["rule_id"]
        return _rule_document(await self._transfers.pauses.get(rule_id, person(call)))

    @operation(
        "PUT",
        "/v0.10/endpoint_manager/pause_rule/{rule_id}",
        scopes=(ALL,),
        document=FlagsDocument,
    )
    async def endpoint_manager_update_pause_rule(self, call: Call) -> Result:
        """Change a rule."""
        wanted: FlagsDocument = call.document

        def change(rule: PauseRule) -> PauseRule:
            message = rule.message if wanted.message is None else wanted.message
            return replace(rule, message=message, **wanted.flags())

        await self._transfers.pauses.update(call.arguments["rule_id"], person(call), change)
        return result(call, "Updated", "The pause rule was updated.")

    @operation("DELETE", "/v0.10/endpoint_manager/pause_rule/{rule_id}", scopes=(ALL,))
    async def endpoint_manager_delete_pause_rule(self, call: Call) -> Result:
        """Remove a rule: the tasks go on that it held back."""
        await self._transfers.pauses.delete(call.arguments["rule_id"], person(call))
        return result(call, "Deleted", "The pause rule was deleted.")

    @operation("POST", "/v0.10/endpoint_manager/admin_pause", scopes=(ALL,), document=ManyTasks)
    async def endpoint_manager_pause_tasks(self, call: Call) -> Result:
        """Pause tasks on collections that the caller manages."""
        wanted: ManyTasks = call.document
        await self._transfers.pauses.pause(wanted.task_id_list, person(call), wanted.message)
        return result(call, "PauseAccepted", "The tasks are being paused.")

    @operation("POST", "/v0.10/endpoint_manager/admin_resume", scopes=(ALL,), document=ManyTasks)
    async def endpoint_manager_resume_tasks(self, call: Call) -> Result:
        """Let tasks go on that were paused so."""
        wanted: ManyTasks = call.document
        await self._transfers.pauses.resume(wanted.task_id_list, person(call))
        return result(call, "ResumeAccepted", "The tasks are being resumed.")


async def pause_info(call: Call, transfers: Transfers, look: Look) -> Result:
    """Return why a task is paused."""
    task, rules = await transfers.pause_rules(look, task_id(call))
    messages = [message or None for message in task.pause_messages]
    return {
        "DATA_TYPE": "pause_info_limited",
        "pause_rules": [_limited(rule, collection) for rule, collection in rules],
        "source_pause_message": messages[0],
        "source_pause_message_share": messages[1],
        "destination_pause_message": messages[2],
        "destination_pause_message_share": messages[3],
    }


def _limited(rule: PauseRule, collection: Collection) -> Document:
    return {
        "DATA_TYPE": "pause_rule_limited",
        "id": rule.rule_id,
        "message": rule.message,
        "start_time": None,
        "endpoint_id": rule.collection_id,
        "endpoint_display_name": collection.display_name,
        "identity_id": rule.identity_id or None,
        "modified_time": moment(rule.modified or rule.created),
        **{name: getattr(rule, name) for name in _FLAGS},
    }


def _rule_document(view: RuleView) -> Document:
    rule = view.rule
    return _limited(rule, view.collection) | {
        "DATA_TYPE": "pause_rule",
        "host_endpoint": view.collection.host_collection_id or None,
        "created_by_id": rule.created_by,
        "created_by_host_manager": False,
        "editable": view.is_editable,
        "modified_by_id": rule.modified_by or rule.created_by,
        "modified_by_host_manager": False,
    }
