"""Links that set a password, in the wrong hands or at the wrong time."""

import json
import uuid

import boto3
import pytest

from lenticular.server.portal import PortalPeople

from .conftest import PASSWORD
from .test_sign_in import Device
from .test_welcome import link_for

OTHER = "Another-Horse-2"
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


def test_a_link_does_not_stand_for_the_second_factor(cloud, browser, user):
    # Who may reset passwords makes a link for an administrator and uses it: that gives a
    # password, and no device.
    Device(cloud, user)
    mallory = browser()
    mallory.open(link_for(cloud, user))
    answer = mallory.submit("/welcome", password=OTHER)
    assert answer.status_code == 303
    assert mallory.signed_in_as == []
    mallory.open("/sign-in")
    mallory.submit("/sign-in", username=user.name, password=OTHER)
    assert "code" in mallory.words.lower()
    assert mallory.signed_in_as == []


def test_a_link_outlives_the_expulsion_of_its_user(cloud, browser, user):
    admin = cloud.create_user(f"admin-{uuid.uuid4().hex[:8]}", policies=[EVERYTHING])
    people = PortalPeople(cloud.engines)
    by = cloud.run(people.find(admin.identity_id))
    link = link_for(cloud, user)
    cloud.run(people.expel(by, user.name))
    assert browser().open(link).status_code == 410


def test_nobody_makes_a_link_for_another_unseen(cloud, user):
    admin = cloud.create_user(f"admin-{uuid.uuid4().hex[:8]}", policies=[EVERYTHING])
    mallory = cloud.create_user(f"mallory-{uuid.uuid4().hex[:8]}")
    people = PortalPeople(cloud.engines)
    by = cloud.run(people.find(admin.identity_id))
    cloud.run(people.invite(by, user.name))
    with pytest.raises(PermissionError):
        cloud.run(people.invite(cloud.run(people.find(mallory.identity_id)), user.name))
    attribute = {"AttributeKey": "EventName", "AttributeValue": "InviteUser"}
    cloudtrail = boto3.client("cloudtrail", **cloud.boto3())
    events = cloudtrail.lookup_events(LookupAttributes=[attribute])["Events"]
    assert [event["Username"] for event in events] == [mallory.name, admin.name]
    refused, made = (json.loads(event["CloudTrailEvent"]) for event in events)
    assert refused["errorCode"] == "AccessDenied"
    assert made["requestParameters"] == {"userName": user.name}
    assert "token" not in json.dumps(made)


def test_a_link_of_a_deleted_user_opens_nothing_to_the_next_of_that_name(cloud, browser):
    name = f"user-{uuid.uuid4().hex[:8]}"
    first = cloud.create_user(name)
    link = link_for(cloud, first)
    users, keys = cloud.engines.identities.users, cloud.engines.identities.keys
    cloud.run(keys.delete(first.account_id, name, first.access_key_id))
    cloud.run(users.delete(first.account_id, name))
    cloud.create_user(name, password=PASSWORD)
    mallory = browser()
    page = mallory.open(link)
    if page.status_code == 200:
        page = mallory.submit("/welcome", password=OTHER)
    assert page.status_code == 410
    assert browser().sign_in(name, OTHER) is None
    assert browser().sign_in(name)
