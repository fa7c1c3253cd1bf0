"""Addresses that publish more than whoever wrote them meant."""

from types import SimpleNamespace

import pytest

from lenticular.engines.connectors.stores import open_store
from lenticular.primitives.collections import InputInvalid
from lenticular.server.administration import collections
from lenticular.server.wiring import build_in_memory


@pytest.fixture
async def site():
    cloud = build_in_memory()
    yield SimpleNamespace(cloud=cloud)
    await cloud.close()


@pytest.mark.parametrize("prefix", ["team#1/private", "team?1", "100%25/a", "a b/ö"])
async def test_a_prefix_that_an_address_would_cut_off(site, prefix):
    account = (await site.cloud.identities.first_account()).account_id
    user = await site.cloud.identities.users.create(account, "ada")
    root = await site.cloud.identities.read(
        lambda reader: site.cloud.identities.root_principal(reader, account)
    )
    await site.cloud.storage.buckets.create(root, "data", region="us-east-1")
    wanted = collections.WantedBucket(name="A team's", bucket="data", prefix=prefix, owner="ada")
    made = await collections.create_bucket(site, wanted)
    place = await site.cloud.collections.place_for(made.id, user.identity_id)
    assert open_store(place.at)._prefix == f"{prefix}/"


@pytest.mark.parametrize("mark", ["#1/private", "?private"])
async def test_an_address_of_which_a_part_is_no_path(site, mark):
    store = collections.WantedStore(name="X", url=f"s3://far/team{mark}")
    web = collections.WantedWeb(name="X", url=f"https://host/team{mark}")
    with pytest.raises(InputInvalid, match="%23"):
        await collections.create_store(site, store)
    with pytest.raises(InputInvalid, match="%23"):
        await collections.create_web(site, web)
