"""XML documents: parsed with lxml, written as strings.

Documents are taken without a document type: no entity is ever expanded, nothing is
fetched, and libxml2 stops at 256 levels.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lxml import etree

from lenticular.apis.aws.wire.errors import AwsError
from lenticular.apis.aws.wire.models import Shape, ShapeCompiler
from lenticular.apis.aws.wire.protocols.contract import Malformed
from lenticular.apis.aws.wire.protocols.text import text_reader, text_writer

Element = etree._Element
Read = Callable[[Element], Any]
Emit = Callable[[str], None]
"""Takes the next piece of a document."""
Write = Callable[[Any, Emit], None]

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

_PARSER = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    huge_tree=False,
    remove_comments=True,
    remove_pis=True,
)
_SPECIAL = re.compile('[&<>"\\x00-\\x08\\x0b-\\x1f\\x7f\\ud800-\\udfff\\ufffe\\uffff]')
_FOREIGN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What no XML 1.0 document can have, not even as a reference."""
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}


def decode(document: bytes) -> Element:
    """Parse a document and return its root. Raises `Malformed`."""
    try:
        root = etree.fromstring(document, _PARSER)
    except etree.XMLSyntaxError as error:
        raise Malformed(f"The document is not well-formed XML: {error}") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise Malformed("The document has a document type declaration, which is not taken")
    return root


def local_name(node: Element) -> str:
    """Return the name of an element without its name space."""
    tag = node.tag
    if not isinstance(tag, str):
        raise Malformed("The document has an entity that is not XML's own")
    return tag[tag.rfind("}") + 1 :]


def escape(text: str) -> str:
    """Write text for an element or an attribute.

    A character that XML has not goes out as a reference, as S3 does with keys that have one.
    """
    return _SPECIAL.sub(_escape_one, text) if _SPECIAL.search(text) else text


def escape_told(text: str) -> str:
    """Write text that only tells of something, in an error.

    A character that XML has not is replaced: an error that no parser takes tells nothing.
    """
    return escape(_FOREIGN.sub("\N{REPLACEMENT CHARACTER}", text))


def _escape_one(found: re.Match[str]) -> str:
    return _ENTITIES.get(found[0]) or f"&#x{ord(found[0]):x};"


def element_name(name: str, shape: Shape) -> str:
    """Return the name of the elements of a member that is `name` in the model.

    A flattened list's are named by its members where those have a name.
    """
    if shape.type == "list" and shape.flattened:
        return shape.member.wire_name(shape.wire_name(name))
    return shape.wire_name(name)


class XmlReader(ShapeCompiler[Read]):
    """Makes functions from elements to parameters. They raise `Malformed`.

    With `demand_required` they also raise it where a required member is missing.
    """

    def __init__(self, *, demand_required: bool = False) -> None:
        super().__init__()
        self._demand_required = demand_required

    def compile(self, shape: Shape) -> Read:
        match shape.type:
            case "structure":
                return self.structure(shape, shape.members)
            case "list":
                return self._list(shape)
            case "map":
                return self._map(shape)
        read = text_reader(shape)
        return lambda node: read(node.text or "")

    def structure(self, shape: Shape, members: Mapping[str, Shape]) -> Read:
        """Make the function that reads a structure of these of its members."""
        readers: dict[str, tuple[str, Read, bool]] = {}
        attributes: dict[str, tuple[str, Callable[[str], Any]]] = {}
        for name, at in members.items():
            if at.traits.get("xmlAttribute"):
                attributes[at.wire_name(name).rpartition(":")[2]] = (name, text_reader(at))
            elif at.flattened:
                reader = self(at.member) if at.type == "list" else self._entry(at)
                readers[element_name(name, at)] = (name, reader, True)
            else:
                readers[element_name(name, at)] = (name, self(at), False)
        required = [name for name in shape.required if name in members]
        required = required if self._demand_required else []
        maps = {name for name, at in members.items() if at.flattened and at.type == "map"}

        def read(node: Element) -> dict[str, Any]:
            result: dict[str, Any] = {}
            for child in node:
                found = readers.get(local_name(child))
                if found is None:
                    continue
                name, read_member, is_flattened = found
                if not is_flattened:
                    result[name] = read_member(child)
                elif name in maps:
                    result.setdefault(name, {}).update([read_member(child)])
                else:
                    result.setdefault(name, []).append(read_member(child))
            if attributes:
                for key, value in node.attrib.items():
                    if attribute := attributes.get(str(key).rpartition("}")[2]):
                        result[attribute[0]] = attribute[1](str(value))
            for name in required:
                if name not in result:
                    raise Malformed(f"The element {local_name(node)} lacks a member {name}")
            return result

        return read

    def _list(self, shape: Shape) -> Read:
        read_member = self(shape.member)
        return lambda node: [read_member(child) for child in node]

    def _map(self, shape: Shape) -> Read:
        read_entry = self._entry(shape)
        return lambda node: dict(read_entry(child) for child in node)

    def _entry(self, shape: Shape) -> Read:
        read_key, read_value = self(shape.key), self(shape.value)
        key_name, value_name = shape.key.wire_name("key"), shape.value.wire_name("value")

        def read(node: Element) -> tuple[Any, Any]:
            parts = {local_name(child): child for child in node}
            if key_name not in parts or value_name not in parts:
                raise Malformed(f"An entry of a map needs a {key_name} and a {value_name}")
            return read_key(parts[key_name]), read_value(parts[value_name])

        return read


class XmlWriter(ShapeCompiler[Write]):
    """Makes functions that write results: of a shape, what stands within its element."""

    def compile(self, shape: Shape) -> Write:
        match shape.type:
            case "structure":
                return self.members(shape.members)
            case "list":
                return _each(self.element(shape.member, shape.member.wire_name("member")))
            case "map":
                return self._entries(shape, "entry")
        to_text = _text_writer(shape)
        return lambda value, emit: emit(to_text(value))

    def element(self, shape: Shape, name: str, attributes: str = "") -> Write:
        """Make the function that writes a value as an element; a flattened one as several."""
        if shape.flattened and shape.type == "list":
            return _each(self.element(shape.member, name))
        if shape.flattened and shape.type == "map":
            return self._entries(shape, name)
        opening, closing = f"<{name}{attributes}{_namespace(shape)}", f"</{name}>"
        if shape.type not in {"structure", "list", "map"}:
            to_text = _text_writer(shape)
            return lambda value, emit: emit(f"{opening}>{to_text(value)}{closing}")
        content = self(shape)
        write_attributes = _attribute_writer(shape)

        def write(value: Any, emit: Emit) -> None:
            emit(opening)
            write_attributes(value, emit)
            emit(">")
            content(value, emit)
            emit(closing)

        return write

    def members(self, members: Mapping[str, Shape]) -> Write:
        """Make the function that writes these members of a structure, one after another.

        It raises KeyError for a member that the model does not have.
        """
        writers = {
            name: _nothing
            if at.traits.get("xmlAttribute")
            else self.element(at, element_name(name, at))
            for name, at in members.items()
        }

        def write(value: Any, emit: Emit) -> None:
            for name, item in value.items():
                if item is not None:
                    writers[name](item, emit)

        return write

    def _entries(self, shape: Shape, name: str) -> Write:
        write_key = self.element(shape.key, shape.key.wire_name("key"))
        write_value = self.element(shape.value, shape.value.wire_name("value"))

        def write(value: Any, emit: Emit) -> None:
            for key, item in value.items():
                emit(f"<{name}>")
                write_key(key, emit)
                write_value(item, emit)
                emit(f"</{name}>")

        return write


def error_members(writer: XmlWriter, error: AwsError, shape: Shape | None, code: str) -> str:
    """Write the code and the message of an error, and its fields."""
    members = shape.members if shape else {}
    pieces = [f"<Code>{escape(code)}</Code><Message>{escape_told(error.message)}</Message>"]
    for name, value in error.fields.items():
        if name in members:
            writer.element(members[name], element_name(name, members[name]))(value, pieces.append)
        else:
            pieces.append(f"<{name}>{escape_told(str(value))}</{name}>")
    return "".join(pieces)


def _nothing(value: Any, emit: Emit) -> None:
    """Stand for a member that is not among the children of its element."""


def _each(write: Write) -> Write:
    def write_all(value: Iterable[Any], emit: Emit) -> None:
        for item in value:
            write(item, emit)

    return write_all


def _text_writer(shape: Shape) -> Callable[[Any], str]:
    return escape if shape.type == "string" else text_writer(shape)


def _attribute_writer(shape: Shape) -> Write:
    members = shape.members if shape.type == "structure" else {}
    names = {
        name: at.wire_name(name) for name, at in members.items() if at.traits.get("xmlAttribute")
    }
    if not names:
        return _nothing

    def write(value: Any, emit: Emit) -> None:
        for name, attribute in names.items():
            if value.get(name) is not None:
                emit(f' {attribute}="{escape(value[name])}"')

    return write


def _namespace(shape: Shape) -> str:
    found = shape.traits.get("xmlNamespace")
    if not found:
        return ""
    uri, prefix = (found, "") if isinstance(found, str) else (found["uri"], found.get("prefix"))
    return f' xmlns:{prefix}="{uri}"' if prefix else f' xmlns="{uri}"'
