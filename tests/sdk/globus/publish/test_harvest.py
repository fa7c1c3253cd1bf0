"""OAI-PMH: every verb, every error, lists in pages, and what its schemas demand."""

import re

import pytest
from lxml import etree

OAI = "{http://www.openarchives.org/OAI/2.0/}"
DC = "{http://purl.org/dc/elements/1.1/}"
INSTANCE = "{http://www.w3.org/2001/XMLSchema-instance}"
KERNEL = "{http://datacite.org/schema/kernel-4}"
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
ORDER = {
    "Identify": [
        "repositoryName",
        "baseURL",
        "protocolVersion",
        "adminEmail",
        "earliestDatestamp",
        "deletedRecord",
        "granularity",
    ],
    "metadataFormat": ["metadataPrefix", "schema", "metadataNamespace"],
    "set": ["setSpec", "setName"],
}
"""The children of elements in the order that the schema has (OAI-PMH.xsd)."""


@pytest.fixture(scope="module")
def several(publisher_of, folder_of, ada, published):
    """Five records, of two types."""
    publisher = publisher_of(ada)
    collection, _ = folder_of(ada, {"a": b"a"})
    kinds = ["Dataset", "Software", "Dataset", "Software"]
    names = [
        publisher.draft(collection, types={"resourceTypeGeneral": kind})["name"] for kind in kinds
    ]
    done = [publisher.publish(name) for name in names]
    return [one["versions"][0]["identifier"] for one in (published, *done)]


@pytest.fixture
def ask(http, cloud):
    """``ask(verb=...)``: the element of the answer, which is as the schema has it."""

    def verb(*, method="GET", pairs=(), **given):
        arguments = [(name.rstrip("_"), value) for name, value in given.items()] + list(pairs)
        if method == "GET":
            answer = http.get("/oai", params=arguments)
        else:
            answer = http.post("/oai", data=dict(arguments))
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "text/xml; charset=utf-8"
        root = etree.fromstring(answer.content)
        assert root.tag == f"{OAI}OAI-PMH"
        assert root.get(f"{INSTANCE}schemaLocation").startswith(OAI.strip("{}"))
        date, request, found = root
        assert STAMP.fullmatch(date.text)
        assert request.tag == f"{OAI}request"
        assert request.text == cloud.configuration.url("globus") + "/oai"
        if found.get("code") in ("badVerb", "badArgument"):
            assert not request.attrib
        else:
            assert dict(request.attrib) == dict(arguments)
        return found

    return verb


def names(element):
    return [etree.QName(child).localname for child in element]


def errors(element):
    assert element.tag == f"{OAI}error"
    assert element.text
    return element.get("code")


def test_identify(ask, several):
    found = ask(verb="Identify")
    assert names(found) == ORDER["Identify"]
    said = {etree.QName(one).localname: one.text for one in found}
    assert said["protocolVersion"] == "2.0"
    assert said["deletedRecord"] == "persistent"
    assert re.fullmatch(r"\S+@(\S+\.)+\S+|\S+@\S+", said["adminEmail"])
    assert STAMP.fullmatch(said["earliestDatestamp"])
    assert ask(verb="Identify", method="POST").tag == found.tag


def test_list_metadata_formats(ask, several):
    for found in (
        ask(verb="ListMetadataFormats"),
        ask(verb="ListMetadataFormats", identifier=several[0]),
    ):
        assert all(names(one) == ORDER["metadataFormat"] for one in found)
        assert [one[0].text for one in found] == ["oai_dc", "oai_datacite", "datacite"]


def test_list_sets_and_select_by_them(ask, several):
    found = ask(verb="ListSets")
    assert all(names(one) == ORDER["set"] for one in found)
    assert {"Dataset", "Software"} <= {one[0].text for one in found}
    listed = ask(verb="ListIdentifiers", metadataPrefix="oai_dc", set="Software")
    headers = [one for one in listed if one.tag == f"{OAI}header"]
    assert {one.findtext(f"{OAI}setSpec") for one in headers} == {"Software"}
    assert several[2] in [one.findtext(f"{OAI}identifier") for one in headers]


def test_records_come_in_pages_each_once(ask, several, cloud, monkeypatch):
    token, seen, pages = "", [], 0
    monkeypatch.setattr(cloud.engines.publications.harvests, "rows", 2)
    while True:
        given = {"resumptionToken": token} if token else {"metadataPrefix": "oai_dc"}
        found = ask(verb="ListRecords", **given)
        records = [one for one in found if one.tag == f"{OAI}record"]
        assert 1 <= len(records) <= 2
        for record in records:
            header = record[0]
            assert names(header) == ["identifier", "datestamp", "setSpec"]
            assert STAMP.fullmatch(header[1].text)
            seen.append(header[0].text)
            is_deleted = header.get("status") == "deleted"
            assert names(record) == ["header"] + ["metadata"] * (not is_deleted)
        [mark] = found.findall(f"{OAI}resumptionToken")
        assert int(mark.get("cursor")) == 2 * pages
        pages, token = pages + 1, mark.text
        if not token:
            break
    assert len(seen) == len(set(seen))
    assert set(several) <= set(seen)
    assert pages >= 3


@pytest.mark.parametrize("prefix", ["oai_dc", "oai_datacite", "datacite"])
def test_get_record(ask, several, prefix):
    found = ask(verb="GetRecord", identifier=several[0], metadataPrefix=prefix)
    [record] = found
    assert names(record) == ["header", "metadata"]
    [metadata] = record[1]
    location = metadata.get(f"{INSTANCE}schemaLocation")
    assert location.split()[0] == etree.QName(metadata).namespace
    title = metadata.find(f".//{DC}title")
    title = title if title is not None else metadata.find(f".//{KERNEL}title")
    assert title.text == "Broken pots of Brown University"
    if prefix == "oai_dc":
        assert {etree.QName(one).namespace for one in metadata} == {DC.strip("{}")}
    else:
        resource = metadata if prefix == "datacite" else metadata[-1][0]
        assert names(resource)[:5] == [
            "identifier",
            "creators",
            "titles",
            "publisher",
            "publicationYear",
        ]
        assert resource.findtext(f".//{KERNEL}pointLatitude") == "41.8"


@pytest.mark.parametrize(
    ("code", "given"),
    [
        ("badVerb", {}),
        ("badVerb", {"verb": "Nothing"}),
        ("badVerb", {"verb": "Identify", "pairs": [("verb", "Identify")]}),
        ("badArgument", {"verb": "Identify", "metadataPrefix": "oai_dc"}),
        ("badArgument", {"verb": "ListRecords"}),
        ("badArgument", {"verb": "GetRecord", "metadataPrefix": "oai_dc"}),
        ("badArgument", {"verb": "ListRecords", "metadataPrefix": "oai_dc", "from": "31.5.2024"}),
        (
            "badArgument",
            {
                "verb": "ListRecords",
                "metadataPrefix": "oai_dc",
                "from": "2024-05-31",
                "until": "2024-06-01T00:00:00Z",
            },
        ),
        (
            "badArgument",
            {
                "verb": "ListRecords",
                "metadataPrefix": "oai_dc",
                "from": "2024-06-01",
                "until": "2024-05-31",
            },
        ),
        (
            "badArgument",
            {"verb": "ListRecords", "metadataPrefix": "oai_dc", "resumptionToken": "x"},
        ),
        (
            "badArgument",
            {"verb": "ListRecords", "metadataPrefix": "oai_dc", "pairs": [("set", "a")] * 2},
        ),
        ("badResumptionToken", {"verb": "ListRecords", "resumptionToken": "x"}),
        ("badResumptionToken", {"verb": "ListRecords", "resumptionToken": "é"}),
        ("badResumptionToken", {"verb": "ListSets", "resumptionToken": "x"}),
        ("cannotDisseminateFormat", {"verb": "ListRecords", "metadataPrefix": "marc"}),
        ("idDoesNotExist", {"verb": "ListMetadataFormats", "identifier": "ark:/99999/ds1"}),
        (
            "idDoesNotExist",
            {"verb": "GetRecord", "metadataPrefix": "oai_dc", "identifier": "oai:x:1"},
        ),
        ("noRecordsMatch", {"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": "Event"}),
        (
            "noRecordsMatch",
            {"verb": "ListIdentifiers", "metadataPrefix": "oai_dc", "until": "2001-01-01"},
        ),
    ],
)
def test_errors_are_those_of_the_protocol(ask, several, code, given):
    assert errors(ask(**given)) == code


def test_what_changed_since_is_harvested(ask, several):
    listed = ask(verb="ListIdentifiers", metadataPrefix="datacite", from_="2020-01-01")
    stamps = [one.text for one in listed.iter(f"{OAI}datestamp")]
    assert stamps == sorted(stamps)
    last = stamps[-1]
    again = ask(verb="ListIdentifiers", metadataPrefix="datacite", from_=last, until=last)
    assert {one.text for one in again.iter(f"{OAI}datestamp")} == {last}
    day = last[:10]
    whole = ask(verb="ListIdentifiers", metadataPrefix="datacite", from_=day, until=day)
    assert len(whole.findall(f"{OAI}header")) == len(stamps)
