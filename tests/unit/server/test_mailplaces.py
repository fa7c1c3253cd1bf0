"""Where mail goes: what the settings may say, and that it arrives."""

import pytest

from lenticular.primitives.notices import Mail
from lenticular.server.configuration import Configuration, ConfigurationError
from lenticular.server.housekeeping import keep_house
from lenticular.server.mailplaces import CREDENTIAL_NAME, outgoing
from lenticular.server.wiring import open_cloud
from lenticular.testing.mail import mail_receiver


async def test_a_running_cloud_sends_what_is_put_into_its_outbox(tmp_path):
    (tmp_path / CREDENTIAL_NAME).write_text("pass\n")
    (tmp_path / CREDENTIAL_NAME).chmod(0o600)
    async with mail_receiver(passwords={"cloud": "pass"}) as receiver:
        configuration = Configuration(
            data=tmp_path,
            smtp_host="127.0.0.1",
            smtp_port=receiver.port,
            smtp_security="none",
            smtp_user="cloud",
            mail_from="The lab <cloud@lab.example>",
        )
        async with open_cloud(configuration) as cloud, keep_house(configuration, cloud):
            mail = Mail(to="ann@x.example", subject="Hello", text="Hello, Ann.\n")
            await cloud.store.transact(lambda tx: cloud.notices.send_mail(tx, mail))
            await receiver.came.wait()
        [received] = receiver.received
    assert (received.sender, received.recipients) == ("cloud@lab.example", ("ann@x.example",))
    assert received.user == "cloud"
    assert received.message["From"] == "The lab <cloud@lab.example>"
    assert received.message.get_content().splitlines() == ["Hello, Ann."]


def test_without_a_mail_server_there_is_none(tmp_path):
    assert outgoing(Configuration(data=tmp_path)).mail is None


@pytest.mark.parametrize(
    ("mode", "settings", "said"),
    [
        (None, {}, "the password is to be in"),
        (0o644, {}, "open to others"),
        (0o600, {"smtp_security": "none"}, "in the clear"),
        (0o600, {"mail_from": "nobody"}, "mail_from"),
        (0o600, {"mail_from": "a@x.example\r\nBcc: b@x.example"}, "mail_from"),
    ],
)
def test_settings_that_cannot_be(tmp_path, mode, settings, said):
    if mode is not None:
        (tmp_path / CREDENTIAL_NAME).write_text("pass")
        (tmp_path / CREDENTIAL_NAME).chmod(mode)
    configuration = Configuration(
        data=tmp_path, smtp_host="mail.example", smtp_user="cloud", **settings
    )
    with pytest.raises(ConfigurationError, match=said):
        outgoing(configuration)


@pytest.mark.parametrize(
    ("settings", "address"),
    [
        ({}, "cloud@localhost"),
        ({"domains": ("lab.example",)}, "cloud@lab.example"),
        ({"public_host": "10.0.0.1"}, "cloud@10.0.0.1"),
        ({"mail_from": "it@lab.example"}, "it@lab.example"),
    ],
)
def test_who_mails_are_from(tmp_path, settings, address):
    assert outgoing(Configuration(data=tmp_path, **settings)).mail_from.addr_spec == address
