"""``lenticular notices``: listed, shown, tried again."""

import asyncio
import json

from typer.testing import CliRunner

from lenticular.cli.application import application
from lenticular.primitives.notices import Mail, Webhook, new_secret
from lenticular.server.configuration import Configuration
from lenticular.server.wiring import open_cloud

run = CliRunner().invoke


def notices(tmp_path, *arguments):
    return run(application, ["notices", *arguments, "--data", str(tmp_path)])


def fill(tmp_path):
    async def work():
        async with open_cloud(Configuration(data=tmp_path)) as cloud:
            mail = Mail(to="ann@x.example", subject="Hello", text="Come to the lab.\n")
            hook = Webhook(
                url="https://x.example/hook?key=1",
                kind="task.succeeded",
                data={"n": 1},
                secret=new_secret(),
            )
            await cloud.store.transact(lambda tx: cloud.notices.send_mail(tx, mail))
            await cloud.store.transact(lambda tx: cloud.notices.post(tx, hook))

    asyncio.run(work())


def test_what_waits_is_listed_and_shown(tmp_path):
    fill(tmp_path)
    listed = notices(tmp_path, "list")
    assert "ann@x.example" in listed.stdout
    assert "https://x.example" in listed.stdout
    assert "key=1" not in listed.stdout
    outbox = json.loads(notices(tmp_path, "list", "--json").stdout)
    assert outbox["sends_mail"] is False
    ids = {one["channel"]: one["notice_id"] for one in outbox["notices"]}
    assert "Come to the lab." in notices(tmp_path, "show", ids["mail"]).stdout
    shown = json.loads(notices(tmp_path, "show", ids["webhook"], "--json").stdout)
    assert (shown["url"], shown["data"]) == ("https://x.example/hook?key=1", {"n": 1})
    assert "secret" not in json.dumps(shown)
    assert "status: waiting" in notices(tmp_path, "retry", ids["mail"]).stdout
    assert (
        json.loads(notices(tmp_path, "list", "--status=failed", "--json").stdout)["notices"] == []
    )


def test_of_what_is_not_there(tmp_path):
    answer = notices(tmp_path, "show", "none-such")
    assert answer.exit_code == 1
    assert "none-such" in str(answer.exception)
