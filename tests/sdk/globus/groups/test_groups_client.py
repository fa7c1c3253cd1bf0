"""Groups through globus-sdk: every call, and who may not make it."""

import json
import uuid

import globus_sdk
import pytest
from globus_sdk import BatchMembershipActions, GroupPolicies, GroupsManager
from globus_sdk.scopes import GroupsScopes
from globus_sdk.testing import get_response_set


def refused(status, code, call, *args, **options):
    with pytest.raises(globus_sdk.GroupsAPIError) as caught:
        call(*args, **options)
    assert (caught.value.http_status, caught.value.code) == (status, code)
    return caught.value


def likeness(ours, fixture, path=""):
    """Return where a document differs in its members or their types from what the SDK expects."""
    if isinstance(fixture, dict):
        for name, value in fixture.items():
            if name not in ours:
                yield f"{path}/{name} is missing"
            elif name not in ("subscription_info", "subscription_id"):
                yield from likeness(ours[name], value, f"{path}/{name}")
    elif isinstance(fixture, list) and fixture and isinstance(fixture[0], dict):
        if ours:
            yield from likeness(ours[0], fixture[0], f"{path}[]")
    elif fixture is not None and ours is not None and type(ours) is not type(fixture):
        yield f"{path} is {type(ours).__name__}, not {type(fixture).__name__}"


@pytest.mark.parametrize("method", ["create_group", "get_group", "get_my_groups"])
def test_documents_are_as_the_sdk_expects(groups_of, ada, group, method):
    client = groups_of(ada)
    documents = {
        "create_group": lambda: client.create_group({"name": "Another"}).data,
        "get_group": lambda: client.get_group(group).data,
        "get_my_groups": lambda: client.get_my_groups().data,
    }
    fixture = get_response_set(f"groups.{method}").lookup("default").json
    ours = json.loads(json.dumps(documents[method]()))
    fixture = fixture[0] if isinstance(fixture, list) else fixture
    ours = ours[0] if isinstance(ours, list) else ours
    assert list(likeness(ours, fixture)) == []


def test_create_get_update_delete_group(groups_of, ada):
    client = groups_of(ada)
    made = client.create_group({"name": "Lab", "description": "Ours", "parent_id": None})
    assert made.http_status == 201
    [mine] = made["my_memberships"]
    assert (mine["identity_id"], mine["username"]) == (ada.identity_id, ada.username)
    assert (mine["role"], mine["status"], mine["group_id"]) == ("admin", "active", made["id"])
    changed = client.update_group(
        made["id"], {"name": "The lab", "terms_and_conditions": "Be kind"}
    )
    assert (changed["name"], changed["description"]) == ("The lab", "Ours")
    assert client.get_group(made["id"])["terms_and_conditions"] == "Be kind"
    assert client.update_group(made["id"], {"description": None})["description"] is None
    assert client.delete_group(made["id"])["name"] == "The lab"
    refused(404, "GROUP_NOT_FOUND", client.get_group, made["id"])


def test_subgroups(groups_of, ada, grace, group):
    client = groups_of(ada)
    manager = GroupsManager(client)
    below = manager.create_group("Below", "Part of it", parent_id=group)
    assert below["parent_id"] == group
    assert client.get_group(group, include="child_ids")["child_ids"] == [below["id"]]
    assert [one["id"] for one in client.get(f"/v2/groups/{group}/children")["children"]] == [
        below["id"]
    ]
    refused(409, "CONFLICT", client.delete_group, group)
    manager.add_member(below["id"], grace.identity_id)
    members = client.get_group(group, include="memberships")["memberships"]
    assert {(one["username"], one.get("source_group_id")) for one in members} == {
        (ada.username, None),
        (grace.username, below["id"]),
    }
    assert {one["id"] for one in groups_of(grace).get_my_groups()} >= {group, below["id"]}
    stranger = groups_of(grace).create_group
    refused(403, "FORBIDDEN", stranger, {"name": "x", "parent_id": group})


def test_policies(groups_of, ada, group):
    client = groups_of(ada)
    assert client.get_group_policies(group).data == {
        "is_high_assurance": False,
        "authentication_assurance_timeout": None,
        "group_visibility": "private",
        "group_members_visibility": "managers",
        "join_requests": False,
        "signup_fields": [],
    }
    policies = GroupPolicies(
        is_high_assurance=True,
        group_visibility=globus_sdk.GroupVisibility.authenticated,
        group_members_visibility="members",
        join_requests=True,
        signup_fields=["city", globus_sdk.GroupRequiredSignupFields.phone],
        authentication_assurance_timeout=600,
    )
    assert client.set_group_policies(group, policies)["signup_fields"] == ["city", "phone"]
    shown = client.get_group(group)
    assert (shown["enforce_session"], shown["session_limit"]) == (True, 600)
    assert shown["policies"]["group_visibility"] == "authenticated"
    assert client.set_group_policies(group, {"join_requests": False})["signup_fields"] == [
        "city",
        "phone",
    ]
    for wrong in ({"group_visibility": "public"}, {"signup_fields": ["shoe_size"]}):
        refused(400, "ClientError.BadRequest", client.set_group_policies, group, wrong)


def test_every_action_of_the_manager(groups_of, ada, grace, emmy, group):
    mine = GroupsManager(groups_of(ada))
    hers = GroupsManager(groups_of(grace))
    mine.set_group_policies(
        group,
        is_high_assurance=False,
        group_visibility="authenticated",
        group_members_visibility="managers",
        join_requests=True,
        signup_fields=[],
    )

    def status(answer, action):
        assert "errors" not in answer.data
        [one] = answer[action]
        return one["username"], one["role"], one["status"]

    name = grace.username
    who = (group, grace.identity_id)
    assert status(mine.invite_member(*who, role="manager"), "invite") == (
        name,
        "manager",
        "invited",
    )
    assert status(hers.decline_invite(*who), "decline") == (name, "manager", "declined")
    assert status(mine.invite_member(*who), "invite") == (name, "member", "invited")
    assert status(hers.accept_invite(*who), "accept") == (name, "member", "active")
    assert status(mine.change_role(*who, "manager"), "change_role") == (name, "manager", "active")
    theirs = (group, emmy.identity_id)
    assert status(hers.add_member(*theirs), "add") == (emmy.username, "member", "active")
    assert status(hers.remove_member(*theirs), "remove") == (emmy.username, "member", "removed")
    assert status(hers.leave(*who), "leave") == (name, "manager", "left")
    assert status(hers.request_join(*who), "request_join") == (name, "member", "pending")
    assert status(mine.reject_join_request(*who), "reject") == (name, "member", "rejected")
    assert status(hers.request_join(*who), "request_join") == (name, "member", "pending")
    assert status(mine.approve_pending(*who), "approve") == (name, "member", "active")
    errors = hers.join(*who)["errors"]["join"]
    assert [(one["identity_id"], one["code"]) for one in errors] == [(who[1], "ALREADY_ACTIVE")]


def test_a_batch_tells_what_was_done_and_what_was_not(groups_of, ada, grace, emmy, group):
    batch = BatchMembershipActions()
    nobody = str(uuid.uuid4())
    batch.add_members([grace.identity_id, nobody]).invite_members(emmy.identity_id)
    answer = groups_of(ada).batch_membership_action(group, batch)
    assert [one["status"] for one in answer["add"] + answer["invite"]] == ["active", "invited"]
    [error] = answer["errors"]["add"]
    assert (error["identity_id"], error["code"]) == (nobody, "IDENTITY_NOT_FOUND")
    assert nobody in error["detail"]
    invited = groups_of(emmy).get_my_groups(statuses=["invited", "pending"])
    assert [one["id"] for one in invited] == [group]
    assert invited[0]["my_memberships"][0]["invite_time"] is not None


def test_what_cannot_be_asked(groups_of, ada, grace, group):
    client = groups_of(ada)
    for wrong in (
        {},
        {"promote": [{"identity_id": grace.identity_id}]},
        {"add": [{"identity_id": "grace"}]},
        {"add": [{"identity_id": grace.identity_id, "role": "king"}]},
        {
            "add": [{"identity_id": grace.identity_id}],
            "remove": [{"identity_id": grace.identity_id}],
        },
        {"add": "everybody"},
    ):
        with pytest.raises(globus_sdk.GroupsAPIError) as caught:
            client.batch_membership_action(group, wrong)
        assert caught.value.http_status == 400
    refused(400, "ClientError.BadRequest", client.get_my_groups, statuses="happy")
    refused(400, "ClientError.BadRequest", client.get_group, group, include="secrets")
    refused(400, "BAD_REQUEST", client.create_group, {"name": ""})
    refused(400, "ClientError.BadRequest", client.create_group, {})
    refused(404, "GROUP_NOT_FOUND", client.get_group, "not-a-uuid")


def test_a_private_group_does_not_exist_for_strangers(groups_of, grace, group):
    """The same answer as for an id that nothing has."""
    client, nothing = groups_of(grace), str(uuid.uuid4())
    for call in (
        client.get_group,
        client.delete_group,
        client.get_group_policies,
        client.get_membership_fields,
        lambda one: client.update_group(one, {"name": "mine"}),
        lambda one: client.batch_membership_action(one, {"add": [{"identity_id": nothing}]}),
    ):
        errors = [refused(404, "GROUP_NOT_FOUND", call, one) for one in (group, nothing)]
        messages = {
            error.message.replace(one, "ID")
            for error, one in zip(errors, (group, nothing), strict=True)
        }
        assert len(messages) == 1


def test_members_do_not_manage(groups_of, ada, grace, group):
    GroupsManager(groups_of(ada)).add_member(group, grace.identity_id)
    client = groups_of(grace)
    refused(403, "FORBIDDEN", client.get_group, group, include="memberships")
    refused(403, "FORBIDDEN", client.update_group, group, {"name": "mine"})
    refused(403, "FORBIDDEN", client.set_group_policies, group, {"join_requests": True})
    refused(403, "FORBIDDEN", client.delete_group, group)
    refused(403, "FORBIDDEN", GroupsManager(client).add_member, group, str(uuid.uuid4()))


def test_a_token_that_only_views(groups_of, ada, group):
    client = groups_of(ada, GroupsScopes.view_my_groups_and_memberships)
    assert group in {one["id"] for one in client.get_my_groups()}
    assert client.get_group(group)["name"] == "A group of Ada's"
    for call, *args in (
        (client.delete_group, group),
        (client.create_group, {"name": "x"}),
        (client.update_group, group, {"name": "x"}),
        (client.batch_membership_action, group, {}),
        (client.set_identity_preferences, {"allow_add": False}),
    ):
        with pytest.raises(globus_sdk.GroupsAPIError) as caught:
            call(*args)
        assert caught.value.http_status == 403
    with pytest.raises(globus_sdk.GroupsAPIError) as caught:
        client.get_group(group, include="memberships")
    assert caught.value.http_status == 403


def test_nobody_without_a_token(cloud, access_token, ada):
    """Nor with one for another service (token substitution)."""
    other = access_token(ada, "openid")
    for authorizer in (None, globus_sdk.AccessTokenAuthorizer(other)):
        client = globus_sdk.GroupsClient(authorizer=authorizer)
        with pytest.raises(globus_sdk.GroupsAPIError) as caught:
            client.get_my_groups()
        assert caught.value.http_status == 401
        client.close()


def test_fields_and_preferences(groups_of, ada, grace, group):
    client = groups_of(grace)
    GroupsManager(groups_of(ada)).add_member(group, grace.identity_id)
    me = grace.identity_id
    assert client.get_membership_fields(group)[me] == {}
    client.set_membership_fields(group, {me: {"city": "Arlington", "phone": None}})
    assert client.get_membership_fields(group)[me] == {"city": "Arlington"}
    shown = groups_of(ada).get_group(group, include="memberships")["memberships"]
    assert {"city": "Arlington"} in [one["membership_fields"] for one in shown]
    with pytest.raises(globus_sdk.GroupsAPIError):
        client.set_membership_fields(group, {me: {"shoe_size": "38"}})
    with pytest.raises(globus_sdk.GroupsAPIError):
        client.set_membership_fields(group, {ada.identity_id: {"city": "London"}})
    assert client.get_identity_preferences()[me] == {"allow_add": True}
    client.set_identity_preferences({"allow_add": False})
    answer = groups_of(ada).create_group({"name": "Unwanted"})
    errors = GroupsManager(groups_of(ada)).add_member(answer["id"], me)["errors"]["add"]
    assert errors[0]["code"] == "ADD_NOT_ALLOWED"
    client.set_identity_preferences({me: {"allow_add": True}})
    assert client.get_identity_preferences()[me] == {"allow_add": True}


def test_there_are_no_subscriptions(groups_of, ada, group):
    client = groups_of(ada)
    some = str(uuid.uuid4())
    refused(404, "ClientError.NotFound", client.get_group_by_subscription_id, some)
    refused(404, "ClientError.NotFound", client.set_subscription_admin_verified, group, some)


def test_what_may_be_done_is_told(groups_of, ada, group):
    allowed = groups_of(ada).get_group(group, include="allowed_actions")["allowed_actions"]
    assert allowed["add"] == [ada.identity_id]
    assert allowed["accept"] == []
    counts = groups_of(ada).get("/v2/groups/statuses")
    assert counts[group]["active"] == 1
