"""File operations with globus-sdk 4, 3 and the command ``globus``, through real agents."""

import json
import os
import signal
import subprocess
import time
import uuid
from pathlib import Path

import boto3
import globus_sdk
import pytest
from globus_sdk.scopes import TransferScopes
from globus_sdk.testing import get_response_set

from lenticular.engines.connectors.places import Store
from lenticular.primitives.collections import Details, NewMapped
from lenticular.primitives.identities import USERS

VENV = os.environ.get("VENV") or str(Path(__file__).parents[4] / ".venv")
PYTHON = Path(f"{VENV}-globus-sdk-3/bin/python")


def plant(folder):
    """Make a small tree."""
    (folder / "data/deep").mkdir(parents=True)
    (folder / "data/b.txt").write_text("bb")
    (folder / "data/a.txt").write_text("a")
    (folder / "data/c.csv").write_text("ccc")
    (folder / "data/.hidden").write_text("h")
    (folder / "data/deep/leaf.txt").write_text("leaf")
    os.utime(folder / "data/a.txt", (1_600_000_000, 1_600_000_000))
    return folder


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A folder of the server."""
    return plant(tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="module")
def collection(tree, ada, new_folder):
    """Ada's collection of it."""
    return new_folder(tree, ada)


@pytest.fixture(scope="module")
def client(transfer_of, ada):
    """Ada's client."""
    return transfer_of(ada)


def names(listing):
    return [entry["name"] for entry in listing]


def failure(call, *arguments, **named):
    with pytest.raises(globus_sdk.TransferAPIError) as caught:
        call(*arguments, **named)
    return caught.value.http_status, caught.value.code


def test_list_a_folder(client, collection):
    listing = client.operation_ls(collection, path="/data")
    assert names(listing) == ["deep", ".hidden", "a.txt", "b.txt", "c.csv"]
    assert listing["DATA_TYPE"] == "file_list"
    assert (listing["path"], listing["absolute_path"]) == ("/data/", "/data/")
    assert (listing["endpoint"], listing["length"], listing["total"]) == (collection, 5, 5)
    assert listing["rename_supported"] is listing["symlink_supported"] is True
    [file] = (entry for entry in listing if entry["name"] == "a.txt")
    assert (file["type"], file["size"], file["permissions"]) == ("file", 1, "0644")
    assert file["last_modified"] == "2020-09-13 12:26:40+00:00"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"show_hidden": False}, ["deep", "a.txt", "b.txt", "c.csv"]),
        ({"limit": 2}, ["deep", ".hidden"]),
        ({"limit": 2, "offset": 3}, ["b.txt", "c.csv"]),
        (
            {"orderby": ["size DESC", "name"], "filter": "type:file/name:!.hidden"},
            ["c.csv", "b.txt", "a.txt"],
        ),
        ({"orderby": "name DESC"}, ["deep", "c.csv", "b.txt", "a.txt", ".hidden"]),
        ({"filter": "name:~*.txt"}, ["a.txt", "b.txt"]),
        ({"filter": {"name": ["a.txt", "=c.csv"]}}, ["a.txt", "c.csv"]),
        ({"filter": "name:!~*.txt,!c.csv"}, ["deep", ".hidden"]),
        ({"filter": [{"type": "dir"}, {"name": "~*.csv"}]}, ["deep", "c.csv"]),
        ({"filter": {"last_modified": ["", "2021-01-01"]}}, ["a.txt"]),
        ({"filter": "size:>=2,<3/type:file"}, ["b.txt"]),
    ],
)
def test_list_what_is_asked_for(client, collection, query, expected):
    assert names(client.operation_ls(collection, path="/data", **query)) == expected


def test_count_what_is_beyond_the_limit(client, collection):
    listing = client.operation_ls(collection, path="/data", limit=1, filter="type:file")
    assert (listing["length"], listing["total"]) == (1, 4)


def test_the_default_folder_is_listed_without_a_path(client, collection, tree, ada, new_folder):
    assert names(client.operation_ls(collection)) == ["data"]
    other = new_folder(tree, ada, default_directory="/data/deep/")
    listing = client.operation_ls(other)
    assert (names(listing), listing["path"]) == (["leaf.txt"], "/data/deep/")


def test_stat(client, collection):
    document = client.operation_stat(collection, "/data/a.txt").data
    expected = get_response_set("transfer.operation_stat").lookup("default").json
    assert document.keys() == expected.keys()
    for key, value in expected.items():
        assert type(document[key]) is type(value), key
    assert (document["name"], document["size"]) == ("a.txt", 1)
    assert client.operation_stat(collection, "/data/")["type"] == "dir"


def test_make_and_rename(client, collection, tree):
    made = client.operation_mkdir(collection, "/made/")
    fixture = get_response_set("transfer.operation_mkdir").lookup("default").json
    assert (made["code"], made.data.keys()) == ("DirectoryCreated", fixture.keys())
    assert (tree / "made").is_dir()
    renamed = client.operation_rename(collection, "/made", "/data/renamed")
    fixture = get_response_set("transfer.operation_rename").lookup("default").json
    assert (renamed["code"], renamed.data.keys()) == ("FileRenamed", fixture.keys())
    assert (tree / "data/renamed").is_dir()
    (tree / "data/renamed").rmdir()


def test_errors_have_the_codes_that_clients_look_for(client, collection):
    assert failure(client.operation_ls, collection, path="/no") == (404, "ClientError.NotFound")
    assert failure(client.operation_ls, collection, path="/data/a.txt") == (
        502,
        "ExternalError.DirListingFailed.NotDirectory",
    )
    assert failure(client.operation_stat, collection, "/no") == (404, "NotFound")
    assert failure(client.operation_mkdir, collection, "/data") == (
        502,
        "ExternalError.MkdirFailed.Exists",
    )
    assert failure(client.operation_mkdir, collection, "/no/no") == (404, "ClientError.NotFound")
    assert failure(client.operation_rename, collection, "/data/a.txt", "/data/b.txt") == (
        502,
        "ExternalError.RenameFailed.Exists",
    )
    assert failure(client.operation_ls, collection, path="/a/../b")[1] == "ClientError.InvalidPath"
    assert failure(client.operation_ls, collection, filter="colour:red") == (
        400,
        "ClientError.BadRequest",
    )
    assert failure(client.operation_ls, collection, orderby="colour") == (
        400,
        "ClientError.BadRequest",
    )
    assert failure(client.operation_ls, collection, limit=-1) == (400, "ClientError.BadRequest")
    unknown = "00000000-0000-4000-8000-000000000000"
    assert failure(client.operation_ls, unknown) == (404, "EndpointNotFound")


def test_a_name_that_is_odd_is_listed_and_found(client, collection, tree):
    odd = 'snö\n"quoted" \N{SNOWMAN} %2e%2e ~'
    (tree / odd).write_text("odd")
    try:
        assert odd in names(client.operation_ls(collection, path="/"))
        assert client.operation_stat(collection, f"/{odd}")["size"] == 3
    finally:
        (tree / odd).unlink()


def test_a_symbolic_link_does_not_lead_out_of_the_collection(client, collection, tree):
    (tree / "out").symlink_to("/etc")
    (tree / "in").symlink_to("data")
    try:
        types = {one["name"]: one["type"] for one in client.operation_ls(collection, path="/")}
        assert types["in"] == "dir"
        assert types["out"] == "invalid_symlink"
        assert failure(client.operation_ls, collection, path="/out")[0] in (403, 404)
        assert failure(client.operation_stat, collection, "/out/passwd")[0] in (403, 404)
    finally:
        (tree / "out").unlink()
        (tree / "in").unlink()


def test_another_persons_collection_is_not_there(transfer_of, grace, collection):
    client = transfer_of(grace)
    assert failure(client.operation_ls, collection)[0] in (403, 404)
    assert failure(client.operation_mkdir, collection, "/x")[0] in (403, 404)


def test_a_share_shows_what_its_rules_name(client, collection, transfer_of, grace):
    shared = client.create_shared_endpoint(
        {
            "DATA_TYPE": "shared_endpoint",
            "host_endpoint": collection,
            "host_path": "/data/",
            "display_name": "Shared",
        }
    )["id"]
    rule = {"DATA_TYPE": "access", "principal_type": "identity", "principal": grace.identity_id}
    client.add_endpoint_acl_rule(shared, rule | {"path": "/deep/", "permissions": "r"})
    hers = transfer_of(grace)
    listing = hers.operation_ls(shared, path="/deep/")
    assert (names(listing), listing["absolute_path"]) == (["leaf.txt"], "/deep/")
    assert names(hers.operation_ls(shared, path="/")) == ["deep"]
    assert failure(hers.operation_stat, shared, "/a.txt")[0] in (403, 404)
    assert failure(hers.operation_mkdir, shared, "/deep/new")[0] == 403
    client.add_endpoint_acl_rule(shared, rule | {"path": "/deep/in/", "permissions": "rw"})
    assert failure(hers.operation_mkdir, shared, "/deep/new")[:2] == (
        403,
        "EndpointPermissionDenied",
    )
    assert names(client.operation_ls(shared, path="/")) == [
        "deep",
        ".hidden",
        "a.txt",
        "b.txt",
        "c.csv",
    ]


def test_a_bucket_shows_what_policies_let_one_read(cloud, ada, grace, transfer_of):
    s3 = boto3.client("s3", **cloud.boto3())
    bucket = f"ls-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket)
    for key in ("raw/a.bin", "raw/b.bin", "notes.txt"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"12345")
    allow = {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::*"]}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    policies = cloud.engines.identities.inline_policies
    cloud.run(policies.put(USERS, ada.account_id, ada.name, "buckets", document))
    new = NewMapped(
        kind="bucket",
        origin=Store(f"s3://{bucket}"),
        account_id=ada.account_id,
        details=Details(display_name="A bucket"),
    )
    collection = cloud.run(cloud.engines.collections.create_mapped(new)).collection_id
    hers = transfer_of(ada)
    assert names(hers.operation_ls(collection, path="/")) == ["raw", "notes.txt"]
    assert names(hers.operation_ls(collection, path="/raw/", filter="name:~a*")) == ["a.bin"]
    assert hers.operation_stat(collection, "/raw/b.bin")["size"] == 5
    assert failure(transfer_of(grace).operation_ls, collection, path="/") == (
        403,
        "EndpointPermissionDenied",
    )
    assert failure(hers.operation_ls, collection, path="/nothing/") == (404, "ClientError.NotFound")


def test_a_token_of_another_scope_is_refused(transfer_of, ada, collection):
    client = transfer_of(ada, TransferScopes.gcp_install)
    assert failure(client.operation_ls, collection)[0] == 403


def test_no_token_is_refused(collection):
    client = globus_sdk.TransferClient()
    assert failure(client.operation_ls, collection) == (401, "AuthenticationFailed")


SCRIPT = """
import json, sys
import globus_sdk
token, collection = sys.argv[1:]
client = globus_sdk.TransferClient(authorizer=globus_sdk.AccessTokenAuthorizer(token))
client.operation_mkdir(collection, "/old")
client.operation_rename(collection, "/old", "/older")
listing = client.operation_ls(collection, path="/", show_hidden=False, orderby=["name DESC"])
stat = client.operation_stat(collection, "/older")
try:
    client.operation_mkdir(collection, "/older")
except globus_sdk.TransferAPIError as error:
    code = error.code
print(json.dumps([globus_sdk.__version__, [one["name"] for one in listing], stat["type"], code]))
"""


def test_globus_sdk_3(cloud, access_token, ada, tmp_path, new_folder):
    collection = new_folder(tmp_path, ada)
    environment = {"GLOBUS_SDK_SERVICE_URL_TRANSFER": cloud.configuration.url("globus")}
    token = access_token(ada, str(TransferScopes.all))
    command = [PYTHON, "-c", SCRIPT, token, collection]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    version, listed, kind, code = json.loads(done.stdout)
    assert version.startswith("3.")
    assert (listed, kind, code) == (["older"], "dir", "ExternalError.MkdirFailed.Exists")


def test_the_command_line(globus, tree, new_folder):
    collection = new_folder(tree, globus.robot)
    assert globus("ls", f"{collection}:/data") == "deep/\na.txt\nb.txt\nc.csv\n"
    found = globus("ls", "--recursive", "--filter", "~*.txt", f"{collection}:/").split()
    assert found == ["data/", "data/deep/", "data/a.txt", "data/b.txt", "data/deep/leaf.txt"]
    globus("mkdir", f"{collection}:/by-command")
    globus("rename", collection, "/by-command", "/renamed")
    assert (tree / "renamed").is_dir()
    (tree / "renamed").rmdir()
    assert json.loads(globus("stat", f"{collection}:/data/b.txt", "--format", "json"))["size"] == 2
    assert "Nothing found at /no" in globus("stat", f"{collection}:/no")


@pytest.fixture(scope="module")
def laptop(tmp_path_factory, ada, new_machine, connect):
    """Ada's laptop: its collection's id, the folder that is offered, the running process."""
    home = plant(tmp_path_factory.mktemp("laptop"))
    read_only = tmp_path_factory.mktemp("readonly")
    (read_only / "kept.txt").write_text("kept")
    config = tmp_path_factory.mktemp("config")
    collection = new_machine(config, ada, f"{home}:rw", f"{read_only}:ro")
    return collection, home, read_only, config, connect("run", "--config", config)


def test_a_laptop(client, laptop):
    collection, home, read_only, _, _ = laptop
    _wait_until_there(client, collection)
    listing = client.operation_ls(collection)
    assert (listing["path"], listing["absolute_path"]) == ("/~/", f"{home}/")
    assert names(listing) == ["data"]
    assert names(client.operation_ls(collection, path="/~/data/deep")) == ["leaf.txt"]
    assert names(client.operation_ls(collection, path=f"{read_only}/")) == ["kept.txt"]
    client.operation_mkdir(collection, "/~/new")
    assert (home / "new").is_dir()
    client.operation_rename(collection, "/~/new", f"{home}/newer")
    assert (home / "newer").is_dir()
    assert failure(client.operation_mkdir, collection, f"{read_only}/new") == (
        403,
        "EndpointPermissionDenied",
    )


def test_what_a_laptop_does_not_offer_is_not_there(client, laptop):
    collection, home, _, _, _ = laptop
    _wait_until_there(client, collection)
    for path in ("/etc", "/etc/passwd", str(home.parent / "elsewhere")):
        assert failure(client.operation_ls, collection, path=path)[0] in (403, 404)
    (home / "out").symlink_to("/etc")
    assert failure(client.operation_ls, collection, path="/~/out")[0] in (403, 404)
    (home / "out").unlink()


def test_a_laptop_that_is_shut_is_said_to_be(client, laptop, connect):
    collection, _, _, config, process = laptop
    _wait_until_there(client, collection)
    status = connect("status", "--config", config, "--json")
    assert json.loads(status.communicate(timeout=30)[0])["connected"] is True
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=15)
    assert process.returncode == 0, errors
    assert b"connected to" in errors
    assert b"Traceback" not in errors
    assert failure(client.operation_ls, collection) == (
        502,
        "ExternalError.DirListingFailed.GCDisconnected",
    )
    status = connect("status", "--config", config, "--json")
    assert json.loads(status.communicate(timeout=30)[0])["connected"] is False
    assert status.returncode == 3


def _wait_until_there(client, collection):
    """Wait until the agent of a collection answers."""
    ends = time.monotonic() + 20
    while True:
        try:
            client.operation_ls(collection)
            return
        except globus_sdk.TransferAPIError as error:
            is_away = error.code == "ExternalError.DirListingFailed.GCDisconnected"
            if not is_away or time.monotonic() > ends:
                raise
