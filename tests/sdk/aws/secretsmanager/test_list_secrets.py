"""ListSecrets: filters, order, pages, and that an account sees its own secrets only."""

import uuid

import pytest


@pytest.fixture(scope="module")
def account(cloud):
    return cloud.create_account(f"listing-{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="module", autouse=True)
def secrets(aws, account):
    secretsmanager = aws("secretsmanager", account)
    for name, description, tags in (
        ("prod/Database", "Main database of the lab", {"Team": "ice"}),
        ("prod/mail", "Mail relay", {"Team": "sea", "cost": "7"}),
        ("test/database", "for tests", {}),
        ("zebra", "", {"team": "ice"}),
    ):
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        secretsmanager.create_secret(
            Name=name, Description=description, Tags=listed, SecretString="treasure"
        )
    secretsmanager.create_secret(Name="old")
    secretsmanager.delete_secret(SecretId="old")


@pytest.fixture
def names(secretsmanager):
    """``names(**parameters)``: what is listed by name, over all pages."""

    def listed(**parameters):
        pages = secretsmanager.get_paginator("list_secrets").paginate(**parameters)
        return [secret["Name"] for page in pages for secret in page["SecretList"]]

    return listed


def one(key, *values):
    return {"Filters": [{"Key": key, "Values": list(values)}]}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["prod/Database", "prod/mail", "test/database", "zebra"]),
        (one("name", "prod/"), ["prod/Database", "prod/mail"]),
        (one("name", "Prod/"), []),
        (one("name", "zeb", "test"), ["test/database", "zebra"]),
        (one("name", "!prod/"), ["test/database", "zebra"]),
        (one("description", "main"), ["prod/Database"]),
        (one("description", "database"), []),
        (one("tag-key", "Team"), ["prod/Database", "prod/mail"]),
        (one("tag-value", "ice"), ["prod/Database", "zebra"]),
        (one("all", "database lab"), ["prod/Database"]),
        (one("all", "ICE"), ["prod/Database", "zebra"]),
        (one("primary-region", "us"), []),
        (
            {"Filters": one("name", "prod/")["Filters"] + one("tag-value", "sea")["Filters"]},
            ["prod/mail"],
        ),
    ],
)
def test_filters(names, filters, expected):
    assert sorted(names(**filters)) == expected


def test_order(names):
    assert names(SortBy="name", SortOrder="asc") == names(SortOrder="asc")
    assert names() == ["zebra", "test/database", "prod/mail", "prod/Database"]
    assert names(SortBy="name") == ["zebra", "test/database", "prod/mail", "prod/Database"]


def test_pages(secretsmanager, names, refused):
    whole = names(SortBy="name", SortOrder="asc")
    config = {"PageSize": 3}
    assert names(SortBy="name", SortOrder="asc", PaginationConfig=config) == whole
    refused("InvalidNextTokenException", secretsmanager.list_secrets, NextToken="made up")


def test_what_is_planned_for_deletion_is_listed_when_asked_for(names):
    assert "old" not in names()
    assert "old" in names(IncludePlannedDeletion=True)


def test_values_are_not_listed(secretsmanager):
    listed = secretsmanager.list_secrets(Filters=[{"Key": "name", "Values": ["zebra"]}])
    [secret] = listed["SecretList"]
    assert list(secret["SecretVersionsToStages"].values()) == [["AWSCURRENT"]]
    assert "treasure" not in str(listed)


def test_another_account_sees_nothing(aws, other):
    listed = aws("secretsmanager", other).list_secrets(IncludePlannedDeletion=True)
    assert listed["SecretList"] == []
