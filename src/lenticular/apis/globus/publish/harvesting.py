"""Harvesting: OAI-PMH 2.0 (Open Archives Initiative Protocol for Metadata Harvesting).

Every public version is an item; its identifier is its ARK. A withdrawn one stays as a deleted
record for ever. Sets are the general resource types. A resumption token says all that is
needed to go on: it does not expire, and nothing is kept for it.
"""

import base64
import binascii
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

import msgspec
from lxml import etree
from msgspec import Struct

from lenticular.apis.globus.publish import harvested
from lenticular.apis.globus.publish.harvested import OaiError, child, moment, oai
from lenticular.apis.globus.wire.errors import CodedErrors, GlobusError
from lenticular.apis.globus.wire.service import Call, Credential, operation
from lenticular.apis.http import Request, Response
from lenticular.primitives.publications import (
    DatasetNotFound,
    Edition,
    Page,
    Position,
    Publications,
)
from lenticular.primitives.publications.identifiers import parse
from lenticular.primitives.publications.vocabularies import RESOURCE_TYPES

_DAY: Final = 24 * 3600

_SELECTIVE: Final = frozenset({"metadataPrefix", "from", "until", "set"})

_ARGUMENTS: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    "Identify": (frozenset(), frozenset()),
    "ListMetadataFormats": (frozenset(), frozenset({"identifier"})),
    "ListSets": (frozenset(), frozenset({"resumptionToken"})),
    "ListIdentifiers": (frozenset({"metadataPrefix"}), _SELECTIVE | {"resumptionToken"}),
    "ListRecords": (frozenset({"metadataPrefix"}), _SELECTIVE | {"resumptionToken"}),
    "GetRecord": (frozenset({"identifier", "metadataPrefix"}),) * 2,
}
"""By verb: what must be given, and what may be."""


class Token(Struct, array_like=True, frozen=True):
    """Where a list goes on, and of what it is a list."""

    prefix: str
    since: int
    until: int
    of_set: str
    position: Position
    cursor: int
    """How many records came before."""


class HarvestErrors(CodedErrors):
    """What went wrong before a verb was known, as the protocol has it."""

    def respond(self, request: Request, error: GlobusError) -> Response:
        if error.status >= 500:
            return super().respond(request, error)
        root = harvested.envelope(request.path, {})
        return _answer(harvested.failed(root, OaiError("badArgument", error.message)))


class HarvestOperations:
    """The verbs of the protocol."""

    def __init__(self, publications: Publications, contact: str) -> None:
        """`contact` is the mail address of whoever runs this."""
        self._publications = publications
        self._contact = contact
        self._verbs = {
            "Identify": self._identify,
            "ListMetadataFormats": self._list_formats,
            "ListSets": self._list_sets,
            "ListIdentifiers": self._list_identifiers,
            "ListRecords": self._list_records,
            "GetRecord": self._get_record,
        }

    @operation("GET", "/oai", credential=Credential.NOTHING, recorded=False, errors=HarvestErrors())
    async def harvest(self, call: Call) -> Response:
        """Answer a verb."""
        return await self._respond(call.request.query)

    @operation(
        "POST", "/oai", credential=Credential.NOTHING, recorded=False, errors=HarvestErrors()
    )
    async def harvest_by_form(self, call: Call) -> Response:
        """Answer a verb that comes in a form."""
        return await self._respond(list(call.form.items()))

    async def _respond(self, pairs: Sequence[tuple[str, str]]) -> Response:
        given = dict(pairs)
        base = f"{self._publications.url}/oai"
        try:
            verb = _checked(pairs)
        except OaiError as error:
            return _answer(harvested.failed(harvested.envelope(base, {}), error))
        root = harvested.envelope(base, given)
        del given["verb"]
        try:
            root.append(await self._verbs[verb](given))
        except OaiError as error:
            if error.code == "badArgument":
                root = harvested.envelope(base, {})
            return _answer(harvested.failed(root, error))
        return _answer(root)

    async def _identify(self, given: Mapping[str, str]) -> etree._Element:
        made = oai("Identify")
        earliest = await self._publications.harvests.earliest() or int(time.time())
        for name, text in (
            ("repositoryName", self._publications.repository_name or "Lenticular"),
            ("baseURL", f"{self._publications.url}/oai"),
            ("protocolVersion", "2.0"),
            ("adminEmail", self._contact),
            ("earliestDatestamp", moment(earliest)),
            ("deletedRecord", "persistent"),
            ("granularity", "YYYY-MM-DDThh:mm:ssZ"),
        ):
            child(made, name, text)
        return made

    async def _list_formats(self, given: Mapping[str, str]) -> etree._Element:
        if "identifier" in given:
            await self._edition(given["identifier"])
        made = oai("ListMetadataFormats")
        for prefix, form in harvested.FORMATS.items():
            described = child(made, "metadataFormat")
            child(described, "metadataPrefix", prefix)
            child(described, "schema", form.schema)
            child(described, "metadataNamespace", form.namespace)
        return made

    async def _list_sets(self, given: Mapping[str, str]) -> etree._Element:
        if "resumptionToken" in given:
            raise OaiError("badResumptionToken", "All sets come at once: there is no token for it")
        made = oai("ListSets")
        for name in await self._publications.harvests.types() or ("Dataset",):
            described = child(made, "set")
            child(described, "setSpec", name)
            child(described, "setName", f"Everything of the type {name}")
        return made

    async def _list_identifiers(self, given: Mapping[str, str]) -> etree._Element:
        return await self._listed("ListIdentifiers", given, lambda one, _: harvested.header(one))

    async def _list_records(self, given: Mapping[str, str]) -> etree._Element:
        return await self._listed("ListRecords", given, harvested.record)

    async def _get_record(self, given: Mapping[str, str]) -> etree._Element:
        edition = await self._edition(given["identifier"])
        made = oai("GetRecord")
        made.append(harvested.record(edition, _prefix(given["metadataPrefix"])))
        return made

    async def _edition(self, identifier: str) -> Edition:
        start = f"ark:/{self._publications.naan}/"
        wanted = parse(identifier.removeprefix(start)) if identifier.startswith(start) else None
        if wanted is not None and wanted.number:
            try:
                edition = await self._publications.edition(wanted.name, wanted.number)
            except DatasetNotFound:
                pass
            else:
                if edition.ark == identifier:
                    return edition
        raise OaiError("idDoesNotExist", f"There is no record {identifier[:200]!r}")

    async def _listed(
        self,
        verb: str,
        given: Mapping[str, str],
        write: Callable[[Edition, str], etree._Element],
    ) -> etree._Element:
        token = _token(given) if "resumptionToken" in given else None
        if token is None:
            prefix, (since, until) = _prefix(given["metadataPrefix"]), _span(given)
            of_set, cursor, behind = given.get("set", ""), 0, None
        else:
            prefix, since, until = token.prefix, token.since, token.until
            of_set, cursor, behind = token.of_set, token.cursor, token.position
        page = await self._publications.harvests.page(
            since, until, resource_type=of_set, behind=behind
        )
        if not page.editions:
            code = "noRecordsMatch" if token is None else "badResumptionToken"
            raise OaiError(code, "Nothing was published, changed or withdrawn so")
        made = oai(verb)
        for edition in page.editions:
            made.append(write(edition, prefix))
        _append_token(made, page, Token(prefix, since, until, of_set, _NOWHERE, cursor))
        return made


_NOWHERE: Final = Position(0, "", 0)


def _checked(pairs: Sequence[tuple[str, str]]) -> str:
    """Return the verb of a request with just the arguments that it takes. Raises `OaiError`."""
    verbs = [value for name, value in pairs if name == "verb"]
    if len(verbs) != 1 or verbs[0] not in _ARGUMENTS:
        raise OaiError("badVerb", f"Give one verb of {', '.join(_ARGUMENTS)}")
    needed, allowed = _ARGUMENTS[verbs[0]]
    names = [name for name, _ in pairs if name != "verb"]
    if len(set(names)) < len(names):
        raise OaiError("badArgument", "An argument is given more than once")
    if unknown := sorted(set(names) - allowed):
        raise OaiError("badArgument", f"{verbs[0]} takes no {unknown[0][:100]!r}")
    if "resumptionToken" in names:
        if len(names) > 1:
            raise OaiError("badArgument", "resumptionToken is exclusive: give nothing else")
    elif missing := sorted(needed - set(names)):
        raise OaiError("badArgument", f"{verbs[0]} needs {missing[0]}")
    return verbs[0]


def _prefix(given: str) -> str:
    if given not in harvested.FORMATS:
        raise OaiError(
            "cannotDisseminateFormat",
            f"There are {', '.join(harvested.FORMATS)}, and not {given[:100]!r}",
        )
    return given


def _span(given: Mapping[str, str]) -> tuple[int, int]:
    """Return from when and until when records have changed, in seconds, both inclusive."""
    if given.get("set") and given["set"] not in RESOURCE_TYPES:
        raise OaiError("noRecordsMatch", f"There is no set {given['set'][:100]!r}")
    if len({len(given[name]) for name in ("from", "until") if name in given}) > 1:
        raise OaiError("badArgument", "from and until must be of the same granularity")
    since = _second(given["from"]) if "from" in given else 0
    # The second that has not passed may have more records yet: it is for the next harvest.
    until = int(time.time())
    if "until" in given:
        rest_of_day = _DAY - 1 if len(given["until"]) == len("2024-05-31") else 0
        until = min(_second(given["until"]) + rest_of_day, until)
    if "until" in given and "from" in given and _second(given["from"]) > _second(given["until"]):
        raise OaiError("badArgument", "from is later than until")
    return since, until


def _second(text: str) -> int:
    for form, length in (("%Y-%m-%d", 10), ("%Y-%m-%dT%H:%M:%SZ", 20)):
        if len(text) == length:
            try:
                return int(datetime.strptime(text, form).replace(tzinfo=UTC).timestamp())
            except ValueError:
                break
    raise OaiError(
        "badArgument", f"A time is like 2024-05-31 or 2024-05-31T12:00:00Z, not {text[:50]!r}"
    )


def _append_token(made: etree._Element, page: Page, token: Token) -> None:
    """Say where the list goes on; the last part of several has an empty token."""
    if page.behind is None and not token.cursor:
        return
    text = ""
    if page.behind is not None:
        cursor = token.cursor + len(page.editions)
        following = msgspec.structs.replace(token, position=page.behind, cursor=cursor)
        text = base64.urlsafe_b64encode(msgspec.msgpack.encode(following)).decode()
    child(made, "resumptionToken", text).set("cursor", str(token.cursor))


def _token(given: Mapping[str, str]) -> Token:
    try:
        data = base64.urlsafe_b64decode(given["resumptionToken"].encode("ascii"))
        token = msgspec.msgpack.decode(data, type=Token)
    except (msgspec.DecodeError, UnicodeEncodeError, binascii.Error, ValueError):
        raise OaiError("badResumptionToken", "This is no token of ours: begin anew") from None
    if token.prefix not in harvested.FORMATS or not 0 <= token.since <= token.until < 1 << 40:
        raise OaiError("badResumptionToken", "This is no token of ours: begin anew")
    return token


def _answer(root: etree._Element) -> Response:
    body = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    headers = [
        ("Content-Type", "text/xml; charset=utf-8"),
        ("X-Content-Type-Options", "nosniff"),
        ("Access-Control-Allow-Origin", "*"),
    ]
    return Response(200, headers, body)
