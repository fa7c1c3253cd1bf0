"""Scopes: made, found, and resolved with what they need."""

import pytest
from globus_sdk.scopes import (
    AuthScopes,
    ComputeScopes,
    FlowsScopes,
    GroupsScopes,
    NexusScopes,
    SearchScopes,
    TimersScopes,
    TransferScopes,
)
from msgspec.structs import replace

from lenticular.primitives.oauth import (
    Dependency,
    EntryExists,
    EntryInvalid,
    EntryNotFound,
    NewScope,
    ScopeInvalid,
)
from lenticular.primitives.oauth.builtin import SCOPES, SERVERS, TRANSFER_ALL, url_scope
from lenticular.primitives.oauth.scopestrings import DEEPEST, MOST

COLLECTIONS = [
    *(AuthScopes, ComputeScopes, FlowsScopes, GroupsScopes),
    *(NexusScopes, SearchScopes, TimersScopes, TransferScopes),
]


@pytest.fixture
async def service(setting):
    return await setting.client(name="A service")


def _shape(wanted):
    return {one.scope.string: _shape(one.below) for one in wanted}


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda one: one.resource_server)
def test_every_scope_that_globus_sdk_has_written_in(collection):
    for scope in collection:
        known = SCOPES[str(scope)]
        assert SERVERS[collection.resource_server] == known.client_id
        assert known.description


async def test_a_scope_is_found_by_string_and_id(oauth, service):
    made = await oauth.scopes.create(
        NewScope(string="urn:service:run", client_id=service.client_id, name="Run")
    )
    assert await oauth.scopes.find("urn:service:run") == made
    assert await oauth.scopes.get(made.scope_id) == made
    assert await oauth.scopes.of_clients([service.client_id]) == [made]
    await oauth.scopes.delete(made.scope_id)
    assert await oauth.scopes.find("urn:service:run") is None
    with pytest.raises(EntryNotFound):
        await oauth.scopes.get(made.scope_id)


async def test_a_string_is_taken_once(oauth, service):
    for string in ("urn:service:run", "openid", TRANSFER_ALL):
        new = NewScope(string=string, client_id=service.client_id)
        if string == "urn:service:run":
            await oauth.scopes.create(new)
        with pytest.raises(EntryExists):
            await oauth.scopes.create(new)


@pytest.mark.parametrize("string", ["", "a b", "a[b]", "*a", "ä", "a" * 2000])
async def test_what_cannot_be_a_scope(oauth, service, string):
    with pytest.raises(EntryInvalid):
        await oauth.scopes.create(NewScope(string=string, client_id=service.client_id))


async def test_a_scope_depends_on_scopes_that_there_are(oauth, service):
    unknown = NewScope(
        string="urn:a", client_id=service.client_id, dependencies=(Dependency("urn:unknown"),)
    )
    with pytest.raises(EntryNotFound):
        await oauth.scopes.create(unknown)
    made = await oauth.scopes.create(NewScope(string="urn:a", client_id=service.client_id))
    with pytest.raises(EntryInvalid):
        await oauth.scopes.change(
            made.scope_id, lambda scope: replace(scope, dependencies=(Dependency("urn:a"),))
        )


async def test_what_is_always_needed_comes_by_itself(oauth, service):
    await _make(oauth, service, "urn:c")
    await _make(oauth, service, "urn:b", Dependency("urn:c"))
    await _make(oauth, service, "urn:a", Dependency("urn:b"), Dependency("urn:c", optional=True))
    assert _shape(await oauth.scopes.resolve("urn:a")) == {"urn:a": {"urn:b": {"urn:c": {}}}}
    assert _shape(await oauth.scopes.resolve("urn:a[urn:c]")) == {
        "urn:a": {"urn:b": {"urn:c": {}}, "urn:c": {}}
    }
    [wanted] = await oauth.scopes.resolve("urn:a[*urn:c]")
    assert {one.scope.string: one.revocable for one in wanted.below} == {
        "urn:b": False,
        "urn:c": True,
    }


async def test_scope_escalation_by_a_dependency_that_is_none(oauth, service):
    await _make(oauth, service, "urn:a")
    with pytest.raises(ScopeInvalid, match="does not use"):
        await oauth.scopes.resolve(f"urn:a[{TRANSFER_ALL}]")


async def test_transfers_use_data_of_any_collection(oauth, service):
    data_access = url_scope(service.client_id, "data_access")
    await _make(oauth, service, data_access)
    await _make(oauth, service, url_scope(service.client_id, "https"))
    text = f"{TRANSFER_ALL}[*{data_access}]"
    assert _shape(await oauth.scopes.resolve(text)) == {TRANSFER_ALL: {data_access: {}}}
    with pytest.raises(ScopeInvalid):
        await oauth.scopes.resolve(f"{TRANSFER_ALL}[{url_scope(service.client_id, 'https')}]")


@pytest.mark.parametrize("text", ["", "urn:unknown", "openid urn:unknown", "openid[urn:unknown]"])
async def test_unknown_scopes(oauth, text):
    with pytest.raises(ScopeInvalid):
        await oauth.scopes.resolve(text)


async def test_services_that_need_each_other_come_to_an_end(oauth, service):
    await _make(oauth, service, "urn:a")
    b = await _make(oauth, service, "urn:b", Dependency("urn:a"))
    a = await oauth.scopes.find("urn:a")
    await oauth.scopes.change(
        a.scope_id, lambda scope: replace(scope, dependencies=(Dependency(b.string),))
    )
    assert _shape(await oauth.scopes.resolve("urn:a")) == {"urn:a": {"urn:b": {}}}


async def test_a_service_does_without_what_is_gone(oauth, service):
    b = await _make(oauth, service, "urn:b")
    await _make(oauth, service, "urn:a", Dependency("urn:b"))
    await oauth.scopes.delete(b.scope_id)
    assert _shape(await oauth.scopes.resolve("urn:a")) == {"urn:a": {}}


async def test_a_tree_that_explodes_is_refused(oauth, service):
    for level in range(DEEPEST - 1):
        below = [Dependency(f"urn:{level - 1}:{number}") for number in range(3)] if level else []
        for number in range(3):
            await _make(oauth, service, f"urn:{level}:{number}", *below)
    with pytest.raises(ScopeInvalid, match=f"more than {MOST}"):
        await oauth.scopes.resolve(f"urn:{DEEPEST - 2}:0")


@pytest.mark.parametrize("string", ["openid", TRANSFER_ALL])
async def test_what_is_built_in_cannot_be_changed(oauth, string):
    scope = await oauth.scopes.find(string)
    with pytest.raises(EntryNotFound):
        await oauth.scopes.delete(scope.scope_id)
    with pytest.raises(EntryNotFound):
        await oauth.scopes.change(scope.scope_id, lambda known: known)


async def _make(oauth, service, string, *dependencies):
    return await oauth.scopes.create(
        NewScope(string=string, client_id=service.client_id, dependencies=dependencies)
    )
