"""Clients of Search for several people, and indices that are filled at once."""

import globus_sdk
import pytest
from globus_sdk.scopes import SearchScopes
from globus_sdk.transport import RetryConfig


@pytest.fixture(scope="session")
def search_of(access_token):
    """``search_of(person)``: a SearchClient that acts for them; of None, for nobody."""
    made = {}

    def client(person=None, scope=SearchScopes.all):
        if (person, scope) not in made:
            token = person and access_token(person, str(scope))
            made[person, scope] = globus_sdk.SearchClient(
                authorizer=globus_sdk.AccessTokenAuthorizer(token) if token else None,
                retry_config=RetryConfig(max_retries=0),
            )
        return made[person, scope]

    yield client
    for one in made.values():
        one.close()


@pytest.fixture(scope="session")
def grace(new_person):
    """Another person of the first account."""
    return new_person("grace-search")


@pytest.fixture(scope="session")
def owner(search_of, ada):
    """Ada's client."""
    return search_of(ada)


@pytest.fixture
def index(owner):
    """The id of a new index of Ada's."""
    return owner.create_index("An index", "Of Ada's")["id"]
