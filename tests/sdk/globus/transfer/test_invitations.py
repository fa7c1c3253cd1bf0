"""Folders shared by mail: with those who have an account, those who make one, and by links."""

import re
from urllib.parse import urlsplit

import globus_sdk
import httpx
import pytest
from globus_sdk.scopes import GCSCollectionScopes

from lenticular.primitives.groups import NewGroup, Request


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("results")
    (path / "for ann").mkdir()
    (path / "for ann/a.txt").write_text("hello")
    (path / "secret.txt").write_text("not for ann")
    return path


@pytest.fixture(scope="module")
def guest(transfer_of, ada, new_folder, folder):
    """A guest collection of Ada's."""
    host = new_folder(folder, ada)
    document = {
        "DATA_TYPE": "shared_endpoint",
        "host_endpoint": host,
        "host_path": "/",
        "display_name": "Results",
    }
    made = transfer_of(ada).create_shared_endpoint(document)["id"]
    transfer_of(ada).operation_ls(made)  # which waits until the agent is there
    return made


@pytest.fixture
def share(transfer_of, ada, guest):
    """``share(type, principal)``: make a rule as Ada; return its id. It is gone afterwards."""
    client, made = transfer_of(ada), []

    def make(principal_type, principal, path="/for ann/", permissions="r", **more):
        rule = {
            "DATA_TYPE": "access",
            "principal_type": principal_type,
            "principal": principal,
            "path": path,
            "permissions": permissions,
        }
        made.append(client.add_endpoint_acl_rule(guest, rule | more)["access_id"])
        return made[-1]

    yield make
    left = {rule["id"] for rule in client.endpoint_acl_list(guest)}
    for rule_id in left.intersection(made):
        client.delete_endpoint_acl_rule(guest, rule_id)


@pytest.fixture
def letter(cloud):
    """``letter(address)``: the newest letter to somebody."""

    def newest(address):
        async def find():
            notices = cloud.engines.notices
            for notice in await notices.latest():
                if notice.to == address:
                    return notice.subject, notices.content(notice).text
            raise AssertionError(f"nobody has written to {address}")

        return cloud.run(find())

    return newest


def link_in(text):
    return re.search(r"^http\S+/invitation\?token=\S+$", text, re.MULTILINE)[0]


def rules(client, guest):
    return {rule["principal"]: rule for rule in client.endpoint_acl_list(guest) if rule["id"]}


def reads(cloud, guest, access_token, person, path="/for%20ann/a.txt"):
    scope = str(GCSCollectionScopes(guest).https)
    headers = {"Authorization": f"Bearer {access_token(person, scope)}"}
    base = cloud.engines.collections.https_server(guest)
    return httpx.get(base + path, headers=headers, trust_env=False).status_code


def test_whom_a_rule_is_for_is_told_when_that_is_asked_for(share, letter, grace, cloud, guest):
    share(
        "identity",
        grace.identity_id,
        notify_email="grace@elsewhere.example",
        notify_message="Have a look.\nAda",
    )
    subject, text = letter("grace@elsewhere.example")
    assert subject == "ada (ada@lab.localhost) has shared a folder with you: Results"
    assert "Folder:     /for ann/" in text
    assert "> Have a look.\n> Ada\n" in text
    assert f"{cloud.configuration.url('portal')}/file-manager?origin_id={guest}" in text


def test_a_rule_for_an_address_is_accepted_by_somebody_here(
    share, letter, browse, new_person, transfer_of, ada, guest, cloud, access_token
):
    zoe = new_person()
    rule_id = share("email", "Zoe@Elsewhere.example", permissions="rw")
    assert reads(cloud, guest, access_token, zoe) == 403
    link = link_in(letter("zoe@elsewhere.example")[1])
    browser = browse(zoe)
    browser.sign_in()
    page = browser.get(link)
    assert "ada@lab.localhost shares the folder /for ann/" in page.text
    page = browser.submit(page, "token", {})
    assert "The folder is yours to use" in page.text
    assert reads(cloud, guest, access_token, zoe) == 200
    assert reads(cloud, guest, access_token, zoe, "/secret.txt") in (403, 404)
    made = rules(transfer_of(ada), guest)[zoe.identity_id]
    assert made["id"] != rule_id
    assert (made["permissions"], made["path"]) == ("rw", "/for ann/")
    # One-time link reuse.
    assert browse(new_person()).get(link).status == 410
    transfer_of(ada).delete_endpoint_acl_rule(guest, made["id"])


def test_who_has_no_account_makes_one_and_gets_nothing_else(
    share, letter, browse, transfer_of, ada, guest, cloud, access_token
):
    share("email", "mary.o'neill@elsewhere.example")
    link = link_in(letter("mary.o'neill@elsewhere.example")[1])
    browser = browse()
    page = browser.get(link)
    page = browser.submit(page, "full_name", {"full_name": "Mary O'Neill"})
    page = browser.get(page.response.headers["location"])
    page = browser.submit(page, "password", {"password": "A-long-walk-8"})
    page = browser.get(page.response.headers["location"])
    assert "Accept as mary.o-neill@guests.localhost" in page.text
    page = browser.submit(page, "token", {})
    assert "The folder is yours to use" in page.text
    user = cloud.run(cloud.engines.identities.find_user("mary.o'neill@elsewhere.example"))
    assert user.account_id != cloud.credentials.account_id
    assert user.full_name == "Mary O'Neill"
    assert reads(cloud, guest, access_token, user) == 200
    identities = cloud.engines.identities
    principal = cloud.run(
        identities.read(
            lambda reader: identities.user_principal(reader, user.account_id, user.name)
        )
    )
    assert principal.authority.identity == ()
    made = rules(transfer_of(ada), guest)[user.identity_id]
    transfer_of(ada).delete_endpoint_acl_rule(guest, made["id"])


def test_nobody_takes_the_address_of_somebody_here(share, letter, browse, new_person):
    zoe = new_person()
    share("email", zoe.email)
    browser = browse()
    page = browser.get(link_in(letter(zoe.email)[1]))
    page = browser.submit(page, "full_name", {"full_name": "Not Zoe"})
    assert page.status == 400
    assert "sign in to accept" in page.text


def test_a_link_shows_the_folder_to_whoever_has_it_and_nothing_else(share, letter, browse, cloud):
    share("link", "press@elsewhere.example")
    _, text = letter("press@elsewhere.example")
    assert "Whoever has it can" in text
    browser = browse()
    page = browser.get(link_in(text))
    [address] = page._tree.xpath("//a[text()='Open the files']/@href")
    with httpx.Client(trust_env=False) as client:
        listing = client.get(address).json()
        assert [entry["name"] for entry in listing["entries"]] == ["a.txt"]
        base, token = address.split("/for%20ann/?link=")
        assert client.get(f"{base}/for%20ann/a.txt?link={token}").text == "hello"
        assert client.get(f"{base}/secret.txt?link={token}").status_code in (403, 404)
        assert client.get(f"{base}/for%20ann/../secret.txt?link={token}").status_code in (403, 404)
        assert client.put(f"{base}/for%20ann/b.txt?link={token}", content=b"").status_code == 403
        assert client.delete(f"{base}/for%20ann/a.txt?link={token}").status_code == 403
        # A browser keeps the link, and the address that it shows lets nobody else in.
        answer = client.get(address, headers={"Accept": "text/html"})
        assert answer.status_code == 303
        assert "link" not in urlsplit(answer.headers["location"]).query
        answer = client.get(f"{base}/for%20ann/", headers={"Accept": "text/html"})
        assert "a.txt" in answer.text
    assert httpx.get(f"{base}/for%20ann/a.txt", trust_env=False).status_code in (302, 401)


def test_a_link_that_was_taken_away(share, letter, browse, transfer_of, ada, guest):
    rule_id = share("link", "press@elsewhere.example")
    link = link_in(letter("press@elsewhere.example")[1])
    browser = browse()
    [address] = browser.get(link)._tree.xpath("//a[text()='Open the files']/@href")
    transfer_of(ada).delete_endpoint_acl_rule(guest, rule_id)
    assert browser.get(link).status == 410
    assert httpx.get(address, trust_env=False).status_code == 403


def test_a_forged_link(share, letter, browse, cloud, guest):
    share("email", "one@elsewhere.example")
    share("link", "two@elsewhere.example")
    for address in ("one@elsewhere.example", "two@elsewhere.example"):
        link = link_in(letter(address)[1])
        for forged in (link[:-1] + ("A" if link[-1] != "A" else "B"), link[:-4], link + "A", ""):
            assert browse().get(forged or "/invitation").status == 410
    token = link_in(letter("one@elsewhere.example")[1]).partition("=")[2]
    base = cloud.engines.collections.https_server(guest)
    # That of a rule that has to be accepted opens nothing by itself.
    answer = httpx.get(f"{base}/for%20ann/a.txt?link={token}", trust_env=False)
    assert answer.status_code == 403


def test_acceptance_forged_by_another_site(
    share, letter, browse, new_person, guest, transfer_of, ada
):
    zoe = new_person()
    share("email", "one@elsewhere.example")
    link = link_in(letter("one@elsewhere.example")[1])
    browser = browse(zoe)
    browser.sign_in()
    answer = browser.http.post("/invitation", data={"token": link.partition("=")[2]})
    assert answer.status_code == 403
    assert zoe.identity_id not in rules(transfer_of(ada), guest)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"principal_type": "email", "principal": "nobody"}, "mail address"),
        (
            {"principal_type": "link", "principal": "a@b.example\r\nBcc: c@d.example"},
            "mail address",
        ),
        ({"principal_type": "link", "principal": "a@b.example", "permissions": "rw"}, "only read"),
    ],
)
def test_what_is_no_rule(transfer_of, ada, guest, rule, said):
    usual = {"DATA_TYPE": "access", "path": "/", "permissions": "r"}
    with pytest.raises(globus_sdk.TransferAPIError, match=said):
        transfer_of(ada).add_endpoint_acl_rule(guest, usual | rule)


def test_such_rules_end_by_themselves(share, transfer_of, ada, guest):
    share("link", "press@elsewhere.example")
    assert rules(transfer_of(ada), guest)["press@elsewhere.example"]["expiration_date"]


def test_who_is_invited_to_a_group_is_told(cloud, ada, grace, letter):
    groups = cloud.engines.groups
    group = cloud.run(groups.create(NewGroup(name="Cloud physics"), (ada.identity_id,))).group
    invite = {"invite": [Request(grace.identity_id)]}
    cloud.run(groups.act(group.group_id, (ada.identity_id,), invite))
    subject, text = letter(grace.email)
    assert subject == "ada (ada@lab.localhost) invites you to the group Cloud physics"
    assert "/groups" in text
