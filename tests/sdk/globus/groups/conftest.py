"""Clients of Groups for several people, each with a token that they consented to."""

import globus_sdk
import pytest
from globus_sdk.scopes import GroupsScopes
from globus_sdk.transport import RetryConfig


@pytest.fixture(scope="session")
def groups_of(access_token):
    """``groups_of(person)``: a GroupsClient that acts for them."""
    made = {}

    def client(person, scope=GroupsScopes.all):
        if (person, scope) not in made:
            authorizer = globus_sdk.AccessTokenAuthorizer(access_token(person, str(scope)))
            made[person, scope] = globus_sdk.GroupsClient(
                authorizer=authorizer, retry_config=RetryConfig(max_retries=0)
            )
        return made[person, scope]

    yield client
    for one in made.values():
        one.close()


@pytest.fixture(scope="session")
def grace(new_person):
    """Another person of the first account."""
    return new_person("grace")


@pytest.fixture(scope="session")
def emmy(cloud, new_person):
    """A person of another account."""
    return new_person("emmy", cloud.create_account("institute").account_id)


@pytest.fixture
def group(groups_of, ada):
    """The id of a group that Ada has made."""
    return groups_of(ada).create_group({"name": "A group of Ada's"})["id"]
