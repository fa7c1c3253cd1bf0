"""What is particular to stores: how they are opened, keys of others, checksums that they tell."""

import obstore
import pytest
from obstore.store import MemoryStore

from lenticular.engines.connectors.confined import Confined
from lenticular.engines.connectors.contract import Entry, Fault
from lenticular.engines.connectors.grants import Grants
from lenticular.engines.connectors.opening import open_place
from lenticular.engines.connectors.places import Place, Rule, Store
from lenticular.engines.connectors.stores import StoreFiles
from lenticular.testing.conformance_connectors import coded, listed, read_file, write_file


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("file:///etc", {}),
        ("s3:///prefix", {}),
        ("http://host/", {}),
        ("memory:///", {}),
        ("s3://bucket", {"web_identity_token_file": "/etc/passwd"}),
        ("s3://bucket", {"aws_container_credentials_full_uri": "http://127.0.0.1/"}),
        ("s3://bucket", {"metadata_endpoint": "http://169.254.169.254/"}),
        ("gs://bucket", {"service_account": "/etc/passwd"}),
        ("gs://bucket", {"google_application_credentials": "/etc/passwd"}),
        ("az://container", {"azure_use_azure_cli": "true", "account_name": "a"}),
        ("az://container", {"msi_endpoint": "http://127.0.0.1/"}),
    ],
)
def test_places_and_options_that_reach_for_the_machine_are_refused(url, options):
    with coded("NOT_SUPPORTED"):
        open_place(Place(Store(url, options)))


def test_secrets_are_in_no_message():
    with pytest.raises(Fault) as caught:
        open_place(Place(Store("s3://bucket", {"secret_access_key": "hush", "strange": "hush"})))
    assert "hush" not in str(caught.value)
    assert "strange" in str(caught.value)


def test_without_credentials_nothing_is_signed_with_those_of_the_machine(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "the-machines")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the-machines")
    confined = open_place(Place(Store("s3://bucket")))
    assert confined._inner._store.config["skip_signature"] in {True, "true"}


async def test_keys_that_no_path_can_name_are_told_and_hide_no_other(seaweedfs):
    place = seaweedfs.new_place()
    bucket, _, prefix = place.partition("/")
    client = seaweedfs.client()
    for key in ("new\nline", "good", "folder/", "tab\tfolder/file"):
        client.put_object(Bucket=bucket, Key=f"{prefix}/{key}", Body=b"data")
    client.close()
    connector = open_place(Place(Store(f"s3://{place}", dict(seaweedfs.settings))))
    found = [each async for page in connector.entries("/") for each in page]
    kinds = {each.name: each.kind for each in found if isinstance(each, Entry)}
    assert kinds == {"good": "file", "folder": "dir"}
    assert [each.code for each in found if isinstance(each, Fault)] == ["INVALID_PATH"] * 2
    assert await read_file(connector, "/good") == b"data"


async def test_a_bucket_of_somebody_else_is_a_fault(seaweedfs):
    wrong = {**seaweedfs.settings, "secret_access_key": "wrong"}
    connector = open_place(Place(Store(f"s3://{seaweedfs.new_place()}", wrong)))
    for call in (connector.stat("/file"), listed(connector, "/"), connector.open_source("/file")):
        with pytest.raises(Fault, match=r"^(AUTH|PERMISSION_DENIED):"):
            await call


async def test_an_object_that_changes_is_noticed():
    store = MemoryStore()
    obstore.put(store, "file", b"before")
    source = await StoreFiles(store).open_source("/file")
    obstore.put(store, "file", b"after!")
    with coded("FILE_SIZE_CHANGED"):
        assert [chunk async for chunk in source.read(0, 6)] == []


async def test_folders_with_many_files_below_are_gone_past():
    store = MemoryStore()
    for name in ("a/x", "b", "b-c", "c/d/e", "c0", "z"):
        obstore.put(store, name, b"")
    for number in range(2500):
        obstore.put(store, f"b/{number:04}", b"")
        obstore.put(store, f"c/{number:04}", b"")
    pages = [page async for page in StoreFiles(store).entries("/")]
    found = [(each.name, each.kind) for page in pages for each in page]
    files = [(name, "file") for name in ("b", "b-c", "c0", "z")]  # b is both
    assert sorted(found) == sorted([*files, ("a", "dir"), ("b", "dir"), ("c", "dir")])


async def test_rules_hold():
    store = MemoryStore()
    for name in ("share/public/file", "share/private", "other"):
        obstore.put(store, name, b"data")
    connector = Confined(StoreFiles(store, "/share/"), Grants([Rule("/public/", "r")]))
    assert set(await listed(connector, "/")) == {"public"}
    for path in ("/private", "/other", "/share"):
        with coded("FILE_NOT_FOUND"):
            await connector.stat(path)
    with coded("PERMISSION_DENIED"):
        await write_file(connector, "/public/new", b"data")
