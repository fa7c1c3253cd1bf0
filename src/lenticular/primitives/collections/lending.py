"""Lending: credentials for buckets of this cloud, for whoever's rights are to hold there.

Files of a bucket are reached through S3, as its users do: with temporary credentials of the
user, so that their policies, the bucket's and the account's decide. They are lent to the
server's own agent only, and again when half of their time is over.
"""

from collections.abc import Callable
from typing import Final

from lenticular.engines.kv.contract import KeyValueStore
from lenticular.primitives.collections.errors import PermissionDenied
from lenticular.primitives.identities import EntityNotFound
from lenticular.primitives.people import CLIENT_PROVIDER, People
from lenticular.primitives.sessions import Issued, Sessions

_SECONDS: Final = 2 * 3600
_MOST: Final = 10_000


class Lending:
    """The credentials that are lent."""

    def __init__(
        self,
        store: KeyValueStore,
        people: People,
        sessions: Sessions,
        *,
        url: str,
        region: str,
        clock: Callable[[], float],
    ) -> None:
        """`url` is where this cloud's S3 is found, by its own agent."""
        self._store = store
        self._people = people
        self._sessions = sessions
        self._url = url
        self._region = region
        self._clock = clock
        self._lent: dict[tuple[str, str], Issued] = {}

    async def options(self, identity_id: str) -> dict[str, str]:
        """Return the options of `obstore` with which a person's buckets are reached.

        Empty: by nobody in particular, who signs nothing. Raises `PermissionDenied` for who is
        no user of this cloud.
        """
        options = {
            "endpoint": self._url,
            "region": self._region,
            "virtual_hosted_style_request": "false",
        }
        if not identity_id:
            return options
        issued = await self._issued(identity_id)
        return options | {
            "access_key_id": issued.access_key_id,
            "secret_access_key": issued.secret_access_key,
            "session_token": issued.session_token,
        }

    async def _issued(self, identity_id: str) -> Issued:
        person = await self._store.read(lambda reader: self._people.look(reader, identity_id))
        if person is None or not person.user_name or person.provider_id == CLIENT_PROVIDER:
            raise PermissionDenied(
                "The files of a bucket are for users of this cloud: this identity is none"
            )
        user = person.account_id, person.user_name
        lent = self._lent.get(user)
        if lent is not None and lent.expires / 1000 - self._clock() > _SECONDS / 2:
            return lent
        try:
            issued = await self._sessions.for_user(*user, _SECONDS)
        except EntityNotFound as error:
            raise PermissionDenied("The user whose bucket this is for is gone") from error
        if len(self._lent) >= _MOST:
            self._lent.clear()
        self._lent[user] = issued
        return issued
