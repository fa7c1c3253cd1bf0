"""People who publish folders of a running cloud, over plain HTTP as no SDK knows this API."""

import time

import httpx
import pytest

from lenticular.engines.connectors.places import Folder
from lenticular.primitives.collections import Details, NewMapped

SCOPE = "urn:globus:auth:scope:transfer.api.globus.org:all"
SAID = {
    "creators": [
        {
            "name": "Carberry, Josiah",
            "givenName": "Josiah",
            "familyName": "Carberry",
            "nameIdentifiers": [
                {"nameIdentifier": "0000-0002-1825-0097", "nameIdentifierScheme": "ORCID"}
            ],
        }
    ],
    "titles": [{"title": "Broken pots of Brown University"}],
    "publisher": {"name": "The lab"},
    "types": {"resourceTypeGeneral": "Dataset"},
    "descriptions": [{"description": "Sherds, counted.", "descriptionType": "Abstract"}],
    "subjects": [{"subject": "psychoceramics"}],
    "rightsList": [
        {"rights": "CC BY 4.0", "rightsUri": "https://creativecommons.org/licenses/by/4.0/"}
    ],
    "geoLocations": [
        {
            "geoLocationPlace": "Providence",
            "geoLocationPoint": {"pointLongitude": -71.4, "pointLatitude": 41.8},
        }
    ],
}
FILES = {
    "readme.txt": b"What is here.\n",
    "pots/one.csv": b"sherd,grams\n1,20\n",
    "pots/odd 100% name é#?.bin": bytes(range(256)) * 2000,
    "empty": b"",
}


class Publisher:
    """A person who calls the publication API."""

    def __init__(self, cloud, person, token):
        self.person = person
        self._cloud = cloud
        url = cloud.configuration.url("globus")
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=60)

    def call(self, method, at="", status=200, **document):
        options = {"json": document} if document else {}
        answer = self._http.request(method, f"/publish/v1/datasets{at}", **options)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def draft(self, collection, path="/", **changes):
        said = SAID | changes
        return self.call("POST", "", 201, metadata=said, collection_id=collection, path=path)

    def publish(self, name, until=("published", "draft"), seconds=60):
        self.call("POST", f"/{name}/publish", 202)
        return self.settled(name, until, seconds)

    def settled(self, name, until=("published", "draft"), seconds=60):
        """Do what housekeeping does until a dataset is in a state, and nothing is left to do."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._cloud.run(self._cloud.engines.publications.advance())
            found = self.call("GET", f"/{name}")
            if found["state"] in until and found["versions"][-1]["step"] is None:
                return found
            time.sleep(0.1)
        raise AssertionError(found)

    def close(self):
        self._http.close()


@pytest.fixture(scope="session")
def publisher_of(cloud, access_token):
    """``publisher_of(person)``: they call the API."""
    made = {}

    def publisher(person):
        if person not in made:
            made[person] = Publisher(cloud, person, access_token(person, SCOPE))
        return made[person]

    yield publisher
    for one in made.values():
        one.close()


@pytest.fixture(scope="session")
def folder_of(cloud, tmp_path_factory):
    """``folder_of(person, files)``: the id of a collection of theirs with files, and its path."""

    def make(person, files=FILES):
        root = tmp_path_factory.mktemp("folder")
        for name, data in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        new = NewMapped(
            kind="folder",
            origin=Folder(str(root)),
            account_id=person.account_id,
            owner_id=person.identity_id,
            details=Details(display_name="Pots"),
        )
        return cloud.run(cloud.engines.collections.create_mapped(new)).collection_id, root

    return make


@pytest.fixture(scope="session")
def published(publisher_of, folder_of, ada):
    """A dataset that was published, for tests that only look at it."""
    collection, _ = folder_of(ada)
    publisher = publisher_of(ada)
    return publisher.publish(publisher.draft(collection)["name"])
