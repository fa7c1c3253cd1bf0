"""What people who were invited to one folder try to get besides."""

import pytest

from lenticular.primitives.circumstances import Circumstances
from lenticular.primitives.invitations import Guests
from lenticular.primitives.oauth.callers import Caller
from lenticular.primitives.publications import Draft, NotAllowed
from lenticular.primitives.publications.metadata import Metadata
from lenticular.server.wiring import build_in_memory


@pytest.fixture
async def cloud():
    made = build_in_memory()
    yield made
    await made.close()


async def caller(cloud, user):
    principal = await cloud.identities.read(
        lambda reader: cloud.identities.user_principal(reader, user.account_id, user.name)
    )
    return Caller(
        principal.under(Circumstances(time=0)),
        identity_id=user.identity_id,
        identity_ids=(user.identity_id,),
        username=user.name,
    )


async def test_publishing_for_good_in_the_name_of_the_cloud(cloud):
    account = (await cloud.identities.first_account()).account_id
    ada = await cloud.identities.users.create(account, "ada")
    draft = Draft(Metadata())
    made = await cloud.publications.create(await caller(cloud, ada), draft)
    assert made.owner_id == ada.identity_id
    mary = await Guests(cloud.identities).create("mary@elsewhere.example", "Mary")
    with pytest.raises(NotAllowed, match="invited"):
        await cloud.publications.create(await caller(cloud, mary), draft)
