"""Attacks on publication: on others' drafts, on what is published, and through metadata."""

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError
from lxml import etree, html

SCRIPT = '</script><script>alert(1)</script><img src=x onerror="alert(1)">]]>&xxe;'


@pytest.fixture(scope="module")
def grace(new_person):
    return new_person()


@pytest.fixture(scope="module")
def repository(cloud, published):
    return cloud.run(cloud.engines.publications.place.get())


def test_anothers_dataset_is_as_if_it_were_not_there(publisher_of, folder_of, ada, grace):
    collection, _ = folder_of(ada, {"a": b"a"})
    name = publisher_of(ada).draft(collection)["name"]
    stranger = publisher_of(grace)
    assert name not in str(stranger.call("GET"))
    stranger.call("GET", f"/{name}", 404)
    stranger.call("PUT", f"/{name}", 404, metadata={})
    stranger.call("POST", f"/{name}/publish", 404)
    stranger.call("POST", f"/{name}/versions", 404)
    stranger.call("POST", f"/{name}/withdraw", 404, version=1, reason="Mine")
    stranger.call("DELETE", f"/{name}", 404)


def test_a_folder_that_one_may_not_read_is_not_published(publisher_of, folder_of, ada, grace):
    collection, _ = folder_of(ada, {"secret": b"secret"})
    stranger = publisher_of(grace)
    name = stranger.draft(collection)["name"]
    refused = stranger.call("POST", f"/{name}/publish", 409)
    assert refused["code"] == "SourceUnusable"
    assert stranger.call("GET", f"/{name}")["state"] == "draft"


@pytest.mark.parametrize("path", ["/../", "/missing/", "/a", "/a\0/"])
def test_a_path_that_is_no_folder_is_refused(publisher_of, folder_of, ada, path):
    publisher = publisher_of(ada)
    collection, _ = folder_of(ada, {"a": b"a"})
    said = {"metadata": {}, "collection_id": collection, "path": path}
    try:
        draft = publisher.draft(collection, path)
    except AssertionError:
        assert publisher.call("POST", "", 409, **said)["code"] == "SourceUnusable"
    else:
        refused = publisher.call("POST", f"/{draft['name']}/publish", 409)
        assert refused["code"] == "SourceUnusable"


def test_an_empty_folder_is_a_draft_again_that_says_why(publisher_of, folder_of, ada, repository):
    publisher = publisher_of(ada)
    collection, _ = folder_of(ada, {})
    name = publisher.draft(collection)["name"]
    failed = publisher.publish(name)
    assert failed["state"] == "draft"
    assert "no file" in failed["problem"]


def test_nobody_writes_over_what_is_published(cloud, published, repository, access_token, ada):
    name = f"{published['name']}/v1/data/readme.txt"
    scope = f"https://auth.globus.org/scopes/{repository.published_id}/https"
    token = access_token(ada, scope)
    base = cloud.engines.collections.https_server(repository.published_id)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(trust_env=False, headers=headers) as client:
        assert client.get(f"{base}/{name}").content == b"What is here.\n"
        assert client.put(f"{base}/{name}", content=b"Else").status_code in (403, 404)
        assert client.delete(f"{base}/{name}").status_code in (403, 404)
        assert client.get(f"{base}/{name}").content == b"What is here.\n"


def test_the_way_in_is_closed_when_it_is_published(cloud, repository, access_token, ada, published):
    scope = f"https://auth.globus.org/scopes/{repository.deposits_id}/https"
    headers = {"Authorization": f"Bearer {access_token(ada, scope)}"}
    base = cloud.engines.collections.https_server(repository.deposits_id)
    with httpx.Client(trust_env=False, headers=headers) as client:
        for path in (f"/{published['name']}/v1/1/data/late.txt", "/late.txt"):
            assert client.put(base + path, content=b"late").status_code in (403, 404)


def test_the_root_of_another_account_does_not_reach_the_bucket(cloud, published, repository):
    s3 = boto3.client("s3", **cloud.boto3())
    key = f"{published['name']}/v1/data/readme.txt"
    for attempt in (
        lambda: s3.put_object(Bucket=repository.bucket, Key=key, Body=b"Else"),
        lambda: s3.delete_object(Bucket=repository.bucket, Key=key),
        lambda: s3.put_bucket_policy(Bucket=repository.bucket, Policy="{}"),
    ):
        with pytest.raises(ClientError):
            attempt()


def test_who_acts_for_the_repository_does_not_get_around_the_lock(cloud, published, repository):
    key = f"{published['name']}/v1/data/readme.txt"

    async def version_and_removal():
        storage, place = cloud.engines.storage, cloud.engines.publications.place
        principal = await place.principal(repository)
        found = await storage.objects.get(principal, repository.bucket, key, load=False)
        with pytest.raises(Exception, match="retained in governance mode"):
            await storage.deletions.delete(
                principal, repository.bucket, key, found.version.version_id
            )
        return found.version.lock

    lock = cloud.run(version_and_removal())
    assert lock.mode == "GOVERNANCE"


def test_markup_in_metadata_is_only_text(publisher_of, folder_of, ada, http):
    publisher = publisher_of(ada)
    collection, _ = folder_of(ada, {'<img src=x onerror="alert(1)">.txt': b"a"})
    name = publisher.draft(
        collection,
        titles=[{"title": SCRIPT}],
        creators=[{"name": SCRIPT}],
        descriptions=[{"description": SCRIPT}],
        subjects=[{"subject": SCRIPT}],
        rightsList=[{"rights": SCRIPT}],
        relatedIdentifiers=[
            {
                "relatedIdentifier": '"><script>alert(1)</script>',
                "relatedIdentifierType": "DOI",
                "relationType": "Cites",
            }
        ],
        geoLocations=[{"geoLocationPlace": SCRIPT}],
    )["name"]
    done = publisher.publish(name)
    assert done["problem"] is None
    answer = http.get(f"/{done['identifier']}", headers={"Accept": "text/html"})
    page = html.fromstring(answer.text)
    assert page.findtext(".//h1") == SCRIPT
    scripts = page.xpath("//script[not(@src)]")
    assert [one.get("type") for one in scripts] == ["application/ld+json"]
    assert not page.xpath("//img | //*[@onerror]")
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    for form in ("datacite-xml", "bibtex", "ris", "text", "datacite-json", "json-ld"):
        written = http.get(f"/{done['identifier']}?format={form}")
        assert written.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in written.headers["content-security-policy"]
        if form == "datacite-xml":
            parsed = etree.fromstring(written.content)
            assert parsed.findtext(".//{*}title") == SCRIPT
    assert SCRIPT not in http.get("/datasets").text


@pytest.mark.parametrize("path", ["/oai?verb=<script>", "/ark:/99999/<script>", "/ark:/<b>/x"])
def test_addresses_are_not_written_back_as_markup(http, path):
    assert "<script>" not in http.get(path).text
    assert "<b>" not in http.get(path).text


def test_without_a_token_or_scope_nothing_is_published(cloud, http, access_token, ada):
    assert http.get("/publish/v1/datasets").status_code == 401
    token = access_token(ada, "urn:globus:auth:scope:search.api.globus.org:all")
    headers = {"Authorization": f"Bearer {token}"}
    assert http.get("/publish/v1/datasets", headers=headers).status_code == 401
