"""Drafts, new versions, and what is left of a dataset that is withdrawn."""

import httpx


def test_a_draft_says_what_is_missing_and_is_not_public(publisher_of, folder_of, ada, http):
    publisher = publisher_of(ada)
    draft = publisher.call("POST", "", 201)
    assert draft["state"] == "draft"
    assert "descriptions" in draft["advice"]
    refused = publisher.call("POST", f"/{draft['name']}/publish", 422)
    assert refused["code"] == "MetadataInvalid"
    problems = " ".join(refused["problems"])
    assert all(word in problems for word in ("creators", "titles", "publisher", "types"))
    assert http.get(f"/{draft['identifier']}").status_code == 404
    publisher.call("DELETE", f"/{draft['name']}", 204)
    publisher.call("GET", f"/{draft['name']}", 404)


def test_wrong_metadata_are_refused_with_the_property(publisher_of, folder_of, ada):
    publisher = publisher_of(ada)
    collection, _ = folder_of(ada, {"a": b"a"})
    wrong = [{"nameIdentifier": "0000-0002-1825-0098", "nameIdentifierScheme": "ORCID"}]
    draft = publisher.draft(
        collection,
        creators=[{"name": "Carberry, Josiah", "nameIdentifiers": wrong}],
        dates=[{"date": "31.5.2024", "dateType": "Collected"}],
        rightsList=[{"rightsUri": "javascript:alert(1)"}],
    )
    problems = publisher.call("POST", f"/{draft['name']}/publish", 422)["problems"]
    starts = [problem.partition(":")[0] for problem in problems]
    assert starts == ["creators[1].nameIdentifiers", "dates[1]", "rightsList[1].rightsUri"]
    publisher.call("POST", "", 400, metadata={"creator": []})
    said = {"titles": [{"title": "a\0b"}]}
    assert "control" in publisher.call("POST", "", 422, metadata=said)["problems"][0]


def test_a_new_version_links_to_the_old_one_which_stays(publisher_of, folder_of, ada, http):
    publisher = publisher_of(ada)
    collection, root = folder_of(ada, {"a.txt": b"one"})
    name = publisher.draft(collection)["name"]
    first = publisher.publish(name)
    assert first["problem"] is None
    publisher.call("PUT", f"/{name}", 409, metadata={})
    publisher.call("DELETE", f"/{name}", 409)
    (root / "a.txt").write_bytes(b"two")
    publisher.call("POST", f"/{name}/versions", 201)
    publisher.call("POST", f"/{name}/versions", 409)
    second = publisher.publish(name)
    assert [one["state"] for one in second["versions"]] == ["published", "published"]
    bodies = []
    for one in second["versions"]:
        [file] = http.get(f"/{one['identifier']}?format=files").json()["DATA"]
        bodies.append(httpx.get(file["url"], trust_env=False).content)
    assert bodies == [b"one", b"two"]
    old, new = (http.get(f"/{one['identifier']}?format=datacite-xml") for one in second["versions"])
    assert "IsPreviousVersionOf" in old.text
    assert "IsNewVersionOf" in new.text
    assert "newer version" in http.get(f"/{second['versions'][0]['identifier']}").text
    assert http.get(f"/{second['identifier']}?format=text").text.endswith(".v2")


def test_what_is_withdrawn_leaves_a_tombstone(cloud, publisher_of, folder_of, ada, http):
    publisher = publisher_of(ada)
    collection, _ = folder_of(ada, {"a.txt": b"one"})
    name = publisher.draft(collection)["name"]
    identifier = publisher.publish(name)["versions"][0]["identifier"]
    [file] = http.get(f"/{identifier}?format=files").json()["DATA"]
    publisher.call("POST", f"/{name}/withdraw", 409, version=1, reason=" ")
    publisher.call("POST", f"/{name}/withdraw", 409, version=2, reason="Wrong")
    publisher.call("POST", f"/{name}/withdraw", version=1, reason="The scale was <b>wrong</b>")
    assert publisher.settled(name, ("withdrawn",))["versions"][0]["reason"]
    page = http.get(f"/{identifier}")
    assert page.status_code == 410
    assert "&lt;b&gt;wrong&lt;/b&gt;" in page.text
    assert http.get(f"/{identifier}?format=files").status_code == 410
    assert httpx.get(file["url"], trust_env=False).status_code == 404
    assert "Withdrawn" in http.get(f"/{identifier}?format=datacite-xml").text
    listing = http.get(f"/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier={identifier}").text
    assert 'status="deleted"' in listing
    assert name not in http.get("/datasets").text
    # The bytes are retained all the same, until the administrator has them destroyed.
    assert len(kept(cloud, name)) > 5
    cloud.run(cloud.engines.publications.withdraw(None, name, 1, "A court said so", erases=True))
    publisher.settled(name, ("withdrawn",))
    assert kept(cloud, name) == []


def kept(cloud, name):
    async def versions():
        publications = cloud.engines.publications
        place = await publications.place.get()
        principal = await publications.place.principal(place)
        page = await cloud.engines.storage.listings.list_versions(
            principal, place.bucket, prefix=f"{name}/"
        )
        return [version for _, version, _ in page.versions if not version.is_marker]

    return cloud.run(versions())
