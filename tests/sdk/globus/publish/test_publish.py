"""A folder is published: its bytes, its manifests, its page, and that it stays as it is."""

import hashlib
import json
from urllib.parse import quote, unquote

import httpx
import pytest
from lxml import html
from tests.sdk.globus.publish.conftest import FILES


@pytest.fixture(scope="module")
def files_at(cloud, published, http):
    """The address of the published files, as the page tells it."""
    listed = http.get(f"/{published['versions'][0]['identifier']}?format=files").json()
    return listed["DATA"][0]["url"].rpartition("/data/")[0] + "/"


def test_every_byte_arrives_and_is_told_of_with_its_checksums(published, http):
    listed = http.get(f"/{published['identifier']}?format=files").json()
    assert published["problem"] is None
    assert listed["total"] == len(FILES)
    assert {one["path"] for one in listed["DATA"]} == set(FILES)
    for one in listed["DATA"]:
        data = httpx.get(one["url"], trust_env=False).content
        assert data == FILES[one["path"]]
        assert one["sha256"] == hashlib.sha256(data).hexdigest()
        assert one["sha512"] == hashlib.sha512(data).hexdigest()


@pytest.fixture(scope="module")
def bag(files_at):
    """Get a file of the bag."""

    def get(name):
        answer = httpx.get(files_at + quote(name), trust_env=False)
        assert answer.status_code == 200, (name, answer.text)
        return answer.content

    return get


def lines(manifest):
    return dict(reversed(line.split("  ", 1)) for line in manifest.decode().splitlines())


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_the_bag_can_be_verified(bag, algorithm):
    assert bag("bagit.txt") == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    payload = lines(bag(f"manifest-{algorithm}.txt"))
    tags = lines(bag(f"tagmanifest-{algorithm}.txt"))
    assert {f"data/{name.replace('%', '%25')}" for name in FILES} == payload.keys()
    assert {"bagit.txt", "bag-info.txt", "ro-crate-metadata.json", "datacite.xml"} < tags.keys()
    for name, digest in (payload | tags).items():
        data = bag(unquote(name) if name in payload else name)
        assert hashlib.new(algorithm, data).hexdigest() == digest, name
    info = dict(line.split(": ", 1) for line in bag("bag-info.txt").decode().splitlines())
    assert info["Payload-Oxum"] == f"{sum(map(len, FILES.values()))}.{len(FILES)}"


def test_the_crate_describes_the_dataset_and_every_file(bag):
    document = json.loads(bag("ro-crate-metadata.json"))
    assert document["@context"] == "https://w3id.org/ro/crate/1.2/context"
    by_id = {entity["@id"]: entity for entity in document["@graph"]}
    assert len(by_id) == len(document["@graph"])
    descriptor, root = by_id["ro-crate-metadata.json"], by_id["./"]
    assert descriptor["conformsTo"] == {"@id": "https://w3id.org/ro/crate/1.2"}
    assert descriptor["about"] == {"@id": "./"}
    assert root["name"] == "Broken pots of Brown University"
    assert {"name", "description", "datePublished", "license"} <= root.keys()
    assert len(root["hasPart"]) == len(FILES)
    for part in root["hasPart"]:
        data = FILES[unquote(part["@id"]).removeprefix("data/")]
        assert by_id[part["@id"]]["sha256"] == hashlib.sha256(data).hexdigest()
    [author] = root["author"]
    assert by_id[author["@id"]]["@type"] == "Person"
    assert author["@id"] == "https://orcid.org/0000-0002-1825-0097"


def test_the_page_tells_people_and_machines(published, http):
    answer = http.get(f"/{published['identifier']}", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    page = html.fromstring(answer.text)
    assert page.findtext(".//h1") == "Broken pots of Brown University"
    assert "Carberry, Josiah" in page.text_content()
    assert "psychoceramics" in page.text_content()
    [script] = page.xpath("//script[@type='application/ld+json']")
    described = json.loads(script.text)
    assert described["@type"] == "Dataset"
    assert described["creator"][0]["@id"] == "https://orcid.org/0000-0002-1825-0097"
    links = [link for link in page.xpath("//tbody//a/@href") if "/data/" in link]
    assert sorted(unquote(link.partition("/data/")[2]) for link in links) == sorted(FILES)


@pytest.mark.parametrize(
    ("accept", "kind", "text"),
    [
        ("application/vnd.datacite.datacite+xml", "datacite+xml", "kernel-4"),
        ("application/vnd.datacite.datacite+json", "datacite+json", "alternateIdentifiers"),
        ("application/ld+json", "ld+json", "schema.org"),
        ("application/x-bibtex", "bibtex", "@dataset{carberry"),
        ("application/x-research-info-systems", "research-info", "TY  - DATA"),
        ("text/x-bibliography;q=0.9, image/png", "bibliography", "Carberry, Josiah ("),
        ("text/html;q=0.1, application/ld+json;q=0.5", "ld+json", "schema.org"),
    ],
)
def test_what_is_asked_for_is_had(published, http, accept, kind, text):
    answer = http.get(f"/{published['identifier']}", headers={"Accept": accept})
    assert answer.status_code == 200
    assert kind in answer.headers["content-type"]
    assert text in answer.text


def test_the_identifier_resolves_in_all_its_forms(published, http):
    name = published["name"]
    forms = [f"ark:/99999/{name}", f"ark:99999/{name}", f"ark:/99999/{name[:4]}-{name[4:].upper()}"]
    for form in (*forms, f"ark:/99999/{name}.v1"):
        assert http.get(f"/{form}?format=text").status_code == 200, form
    mistyped = name[:-1] + ("0" if name[-1] != "0" else "1")
    assert "check character" in http.get(f"/ark:/99999/{mistyped}").text
    assert http.get(f"/ark:/12345/{name}").status_code == 404
    assert http.get(f"/ark:/99999/{name}.v2").status_code == 404
    assert http.get(f"/ark:/99999/{name}", headers={"Accept": "image/png"}).status_code == 406


def test_everybody_finds_it_by_search(cloud, published, http):
    place = cloud.run(cloud.engines.publications.place.get())
    url = f"/v1/index/{place.index_id}/search?q=sherds"
    for _ in range(100):
        found = http.get(url).json()
        subjects = [one["subject"] for one in found["gmeta"]]
        if f"ark:/99999/{published['name']}" in subjects:
            break
        cloud.run(cloud.engines.indices.tasks.maintain())
    assert f"ark:/99999/{published['name']}" in subjects
    assert "psychoceramics" in json.dumps(found)


def test_it_is_listed_with_all_datasets(published, http):
    assert published["identifier"] in http.get("/datasets").text
