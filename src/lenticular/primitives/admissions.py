"""Admissions: who is let in where an agent serves the files of a collection, and to do what.

A visitor shows an access token of the collection's ``https`` scope, the ticket of a job that
runs, the link of a rule that is for whoever has it, or nothing. What they may do is what
`Collections` says of them at this moment: nothing is remembered here, and agents ask again
every few seconds.
"""

from typing import Final
from urllib.parse import urlencode

from msgspec.structs import replace

from lenticular.engines.connectors.places import Place, Rule
from lenticular.engines.kv.contract import KeyValueStore, Reader, Transaction
from lenticular.engines.movers.messages import (
    Admission,
    Called,
    Dial,
    Knock,
    SignedIn,
    SignIn,
    Visitor,
)
from lenticular.primitives.agents import BUILT_IN, AgentAbsent, Agents
from lenticular.primitives.collections import (
    CollectionNotFound,
    Collections,
    PermissionDenied,
)
from lenticular.primitives.invitations.tokens import LINK, Tokens
from lenticular.primitives.oauth import AuthorizationServer, OAuthError
from lenticular.primitives.oauth.builtin import url_scope
from lenticular.primitives.oauth.clients import save_client
from lenticular.primitives.oauth.lookup import find_client
from lenticular.primitives.transfers.paths import within
from lenticular.primitives.transfers.tickets import PREFIX, Tickets
from lenticular.primitives.vault import Vault

_NOT_HERE: Final = Admission("refused", reason="There is no such collection here")


class Admissions:
    """Decides who is let in: the `Doorkeeper` of agents."""

    def __init__(
        self,
        store: KeyValueStore,
        collections: Collections,
        agents: Agents,
        oauth: AuthorizationServer,
        vault: Vault,
        *,
        auth_url: str = "",
        data_url: str = "",
    ) -> None:
        """`auth_url` is where people sign in, `data_url` where the built-in agent serves."""
        self._store = store
        self._collections = collections
        self._agents = agents
        self._oauth = oauth
        self._tickets = Tickets(vault)
        self._links = Tokens(vault)
        self._auth_url = auth_url
        self._data_url = data_url

    async def admit(self, agent_id: str, visitor: Visitor) -> Admission:
        """Tell what a visitor may do at an agent's door.

        Of the collections that other agents serve, the built-in one is a way to them for
        people who cannot reach these: it is told where they are, and shows them the token.
        """
        serving = await self._store.read(lambda reader: self._serving(reader, visitor))
        if serving is None or agent_id not in (serving, BUILT_IN):
            return _NOT_HERE
        return await self._admit(agent_id, serving, visitor)

    async def _admit(self, agent_id: str, serving: str, visitor: Visitor) -> Admission:
        """Tell what a visitor may do at a door that leads to the agent which is `serving`."""
        if not visitor.token:
            return await self._admit_nobody(agent_id, serving, visitor)
        if visitor.token.startswith(f"{LINK}."):
            return await self._admit_link(agent_id, serving, visitor)
        if visitor.token.startswith(f"{PREFIX}."):
            return await self._admit_job(agent_id, serving, visitor)
        caller = await self._oauth.token_caller(visitor.token, visitor.collection_id)
        if caller is None:
            return Admission("unknown", reason="The token is not valid for this collection")
        scope = url_scope(visitor.collection_id, "https")
        if scope not in caller.scopes:
            return Admission("refused", reason=f"The token must have the scope {scope}")
        return await self._admission(agent_id, serving, visitor, caller.identity_id)

    async def sign_in(self, agent_id: str, sign_in: SignIn) -> SignedIn:
        """Exchange the code with which a browser came back to the built-in agent for a token."""
        client = await self._oauth.clients.find(sign_in.collection_id)
        if client is None or agent_id != BUILT_IN:
            return SignedIn()
        uri = self._return_uri(sign_in.collection_id)
        try:
            exchange = await self._oauth.exchanges.code(client, sign_in.code, uri, sign_in.verifier)
        except OAuthError:
            return SignedIn()
        for token in exchange.tokens:
            if token.server == sign_in.collection_id:
                return SignedIn(token.access_token, token.expires_in)
        return SignedIn()

    async def knock(self, agent_id: str, knock: Knock) -> Called:
        """Have the agent of a collection come to the relay, if a visitor may go in there."""
        visitor = Visitor(knock.collection_id, knock.token)
        serving = await self._store.read(lambda reader: self._serving(reader, visitor))
        if agent_id != BUILT_IN or serving is None or serving == BUILT_IN:
            return Called(reason=_NOT_HERE.reason)
        admission = await self._admit(serving, serving, visitor)
        if admission.verdict != "admitted":
            return Called(reason=admission.reason or "The visitor is not known")
        try:
            await self._agents.dial(serving, Dial(knock.url, knock.ticket))
        except AgentAbsent as error:
            return Called(reason=str(error))
        return Called(is_told=True)

    async def _admit_nobody(self, agent_id: str, serving: str, visitor: Visitor) -> Admission:
        admission = await self._admission(agent_id, serving, visitor, "")
        if admission.verdict == "admitted" or agent_id != BUILT_IN:
            return admission
        return replace(admission, sign_in=await self._way_to_sign_in(visitor.collection_id))

    async def _admit_job(self, agent_id: str, serving: str, visitor: Visitor) -> Admission:
        ticket = await self._store.read(lambda reader: self._tickets.check(reader, visitor.token))
        if ticket is None or ticket.collection_id != visitor.collection_id or agent_id != serving:
            return Admission("unknown", reason="The ticket is not, or no more, good for this")
        admission = await self._admission(agent_id, serving, visitor, ticket.identity_id)
        place = admission.place
        if place is None:
            return admission
        home = ticket.home or await self._store.read(
            lambda reader: self._agents.home(reader, agent_id)
        )
        paths = tuple(within(path, home or "/") for path in ticket.paths)
        if ticket.permission == "r":
            place = replace(place, rules=tuple(Rule(one.path, "r") for one in place.rules))
        return replace(admission, place=place, paths=paths)

    async def _admit_link(self, agent_id: str, serving: str, visitor: Visitor) -> Admission:
        named = self._links.read(visitor.token.removeprefix(f"{LINK}."))
        if named is None or named.collection_id != visitor.collection_id:
            return Admission("refused", reason="There is no such link")
        try:
            place = await self._collections.place_by_link(*named)
        except (CollectionNotFound, PermissionDenied) as error:
            return Admission("refused", reason=str(error))
        if agent_id != serving:
            place = await self._way_to(serving, visitor, place)
        return Admission("admitted", place)

    async def _admission(
        self, agent_id: str, serving: str, visitor: Visitor, identity_id: str
    ) -> Admission:
        try:
            place = await self._collections.place_for(visitor.collection_id, identity_id)
        except (CollectionNotFound, PermissionDenied) as error:
            if identity_id:
                return Admission("refused", reason=str(error))
            return Admission("unknown", reason="You must sign in to use these files")
        if agent_id != serving:
            place = await self._way_to(serving, visitor, place)
        return Admission("admitted", place, identity_id)

    async def _way_to(self, serving: str, visitor: Visitor, place: Place) -> Place:
        """Return the files as the built-in agent reaches them at the one that serves them."""
        hello = await self._store.read(lambda reader: self._agents.hello(reader, serving))
        peer = self._collections.peer(visitor.collection_id, hello, visitor.token)
        return Place(peer, rules=place.rules)

    def _serving(self, reader: Reader, visitor: Visitor) -> str | None:
        found = self._collections.find(reader, visitor.collection_id)
        if found is None:
            return None
        try:
            return self._collections.serving_agent(reader, found)
        except CollectionNotFound:
            return None

    async def _way_to_sign_in(self, collection_id: str) -> str:
        """Return where a browser is sent, which may come back from there."""
        uri = self._return_uri(collection_id)
        client = await self._oauth.clients.find(collection_id)
        if client is not None and uri not in client.redirect_uris:

            def register(tx: Transaction) -> None:
                known = find_client(tx, collection_id)
                if known is not None:
                    save_client(tx, replace(known, redirect_uris=(*known.redirect_uris, uri)))

            await self._store.transact(register)
        asked = {
            "client_id": collection_id,
            "redirect_uri": uri,
            "response_type": "code",
            "scope": url_scope(collection_id, "https"),
        }
        return f"{self._auth_url}/v2/oauth2/authorize?{urlencode(asked)}"

    def _return_uri(self, collection_id: str) -> str:
        return f"{self._data_url}/sign-in/{collection_id}"
