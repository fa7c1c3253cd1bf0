"""Bodies that are documents: XML of botocore's shapes, bent or not, and JSON policies."""

import base64
import json
from dataclasses import dataclass, field
from random import Random

from lxml import etree

from lenticular.apis.aws.wire.models import Shape

from .templates import SELECTIONS, TEMPLATES
from .values import DATES, JUNK, KEYS, junk, word

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

_TEXTS = {
    "Key": KEYS,
    "Prefix": ("", "a", "folder/", "b/"),
    "Days": ("1", "30", "0"),
    "ID": ("one", "two", "x" * 256),
    "PartNumber": ("1", "2", "3", "0", "10001"),
    "SSEAlgorithm": ("AES256", "aws:kms", "aws:kms:dsse"),
    "ObjectOwnership": ("BucketOwnerEnforced", "ObjectWriter", "BucketOwnerPreferred"),
    "URI": ("http://acs.amazonaws.com/groups/global/AllUsers", "http://example.org/"),
    "AllowedMethod": ("GET", "PUT", "PATCH"),
    "AllowedOrigin": ("*", "http://*.example.org", "*a*"),
    "Suffix": ("index.html", "a/b", ""),
    "HttpRedirectCode": ("301", "302", "200", "999"),
    "HttpErrorCodeReturnedEquals": ("404", "403", "abc"),
    "ExpressionType": ("SQL",),
    "Expression": SELECTIONS,
    "CompressionType": ("NONE", "GZIP", "BZIP2"),
    "Type": ("DOCUMENT", "LINES", "CanonicalUser", "Group"),
}


@dataclass
class Element:
    """A node of an XML document."""

    name: str
    text: str = ""
    children: list["Element"] = field(default_factory=list)
    attributes: str = ""
    depth: int = 0
    """How many more elements of no meaning are around what it holds."""

    def write(self) -> str:
        inner = "".join(child.write() for child in self.children) or escape(self.text)
        inner = "<Deep>" * self.depth + inner + "</Deep>" * self.depth
        return f"<{self.name}{self.attributes}>{inner}</{self.name}>"

    def all(self) -> list["Element"]:
        """Return this node and all below it."""
        return [self, *(each for child in self.children for each in child.all())]


def escape(text: str) -> str:
    """Return `text` as it stands in XML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Documents:
    """Makes documents of one random source.

    `special` are texts by the member's name, `named` by their names in templates.
    """

    def __init__(
        self, random: Random, special: dict[str, list[str]], named: dict[str, list[str]]
    ) -> None:
        self._random = random
        self._special = special
        self._named = named

    def of_shape(self, shape: Shape, root: str, fullness: float) -> Element:
        """Return an element of `shape`; members that may be left out are there at `fullness`."""
        made = self._element(root, shape, fullness, 0)
        made.attributes = f' xmlns="{NAMESPACE}"'
        return made

    def xml(self, operation: str, shape: Shape, root: str, temper: float) -> bytes:
        """Return the document of an operation, the more bent the higher `temper`."""
        random = self._random
        if operation in TEMPLATES and random.random() < 0.6:
            tree = self._of_template(random.choice(TEMPLATES[operation]))
        else:
            tree = self.of_shape(shape, root, random.choice((0.2, 0.5, 0.9)))
        while random.random() < temper:
            self._bend(tree)
        data = tree.write().encode("utf-8", "surrogatepass")
        if random.random() < 0.3:
            data = b'<?xml version="1.0" encoding="UTF-8"?>\n' + data
        return self._spoil(data) if random.random() < temper / 2 else data

    def policy(self, bucket: str, principals: list[str], temper: float) -> bytes:
        """Return a bucket's policy."""
        random = self._random
        statement: dict[str, object] = {
            "Effect": random.choice(("Allow", "Allow", "Deny")),
            "Principal": random.choice(("*", {"AWS": random.choice(principals)})),
            "Action": random.choice(("s3:GetObject", "s3:*", ["s3:PutObject", "s3:List*"], "s3:?")),
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        }
        if random.random() < 0.6:
            operator = random.choice(
                ("StringLike", "IpAddress", "NumericLessThan", "DateGreaterThan", "Bool", "Null")
            )
            key = random.choice(
                (
                    "aws:SourceIp",
                    "s3:prefix",
                    "aws:CurrentTime",
                    "s3:max-keys",
                    "aws:SecureTransport",
                )
            )
            value: object = random.choice(("10.0.0.0/8", "true", "5", "2030-01-01T00:00:00Z", "a*"))
            statement["Condition"] = {operator: {key: value}}
        if statement["Effect"] == "Deny" and random.random() < 0.9:
            statement["Action"] = "s3:GetObjectTorrent"
        while random.random() < temper:
            name = random.choice([*statement, "NotAction", "NotPrincipal", "Sid", "Foo"])
            statement[name] = random.choice(
                (
                    None,
                    1,
                    True,
                    [],
                    {},
                    [[]],
                    {"a": {"b": {}}},
                    "",
                    "*" * 3000,
                    "\ud800",
                    ["*"] * 99,
                )
            )
        document: object = {"Version": "2012-10-17", "Statement": [statement]}
        data = json.dumps(document).encode()
        return self._spoil(data) if random.random() < temper / 2 else data

    def _of_template(self, template: str) -> Element:
        text = template
        for name, values in self._named.items():
            text = text.replace(f"{{{name}}}", escape(self._random.choice(values)))
        made = _element_of(etree.fromstring(text))
        made.attributes = f' xmlns="{NAMESPACE}"'
        return made

    def _element(self, name: str, shape: Shape, fullness: float, depth: int) -> Element:
        made = Element(name)
        match shape.type:
            case "structure":
                for member, at in shape.members.items():
                    wanted = member in shape.required or self._random.random() < fullness
                    if not wanted or depth > 6 or "location" in at.traits:
                        continue
                    made.children += self._members(member, at, fullness, depth)
                    if at.traits.get("xmlAttribute"):
                        made.children.pop()
                        uri = "http://www.w3.org/2001/XMLSchema-instance"
                        kind = self._random.choice(("CanonicalUser", "Group", "Nobody"))
                        made.attributes = f' xmlns:xsi="{uri}" xsi:type="{kind}"'
            case "list":
                made.children = self._items(shape, "member", fullness, depth)
            case _:
                made.text = self._text(name, shape)
        return made

    def _members(self, member: str, at: Shape, fullness: float, depth: int) -> list[Element]:
        name = at.wire_name(member)
        if at.type == "list" and at.flattened:
            return self._items(at, name, fullness, depth)
        return [self._element(name, at, fullness, depth + 1)]

    def _items(self, shape: Shape, name: str, fullness: float, depth: int) -> list[Element]:
        name = name if shape.flattened else shape.member.wire_name(name)
        count = self._random.choice((1, 1, 1, 2, 3))
        return [self._element(name, shape.member, fullness, depth + 1) for _ in range(count)]

    def _text(self, name: str, shape: Shape) -> str:
        random = self._random
        if name in self._special and random.random() < 0.9:
            return random.choice(self._special[name])
        if name in _TEXTS:
            return random.choice(_TEXTS[name])
        if "enum" in shape.traits:
            return random.choice(shape.traits["enum"])
        match shape.type:
            case "timestamp":
                return random.choice(DATES[4:9])
            case "boolean":
                return random.choice(("true", "false"))
            case "integer" | "long":
                return str(random.choice((0, 1, 2, 7, 30, 1000, -1)))
            case "blob":
                return base64.b64encode(random.randbytes(4)).decode()
        return word(random)

    def _bend(self, root: Element) -> None:
        random = self._random
        parent = random.choice(root.all())
        children = parent.children
        place = random.randrange(len(children)) if children else 0
        match random.randrange(9):
            case 0 if children:
                del children[place]
            case 1 if children:
                children.insert(place, children[place])
            case 2 if children and len(root.all()) < 200:
                children *= random.choice((2, 40))
                del children[1100:]
            case 3:
                parent.text, parent.children = junk(random).decode("latin-1"), []
            case 4:
                parent.name = random.choice(("Foo", "Key", "Error", "a:b", "Rule", "xmlns"))
            case 5:
                parent.attributes = random.choice(
                    (' xmlns="urn:x"', ' xmlns=""', ' a="1"', ' xsi:type="x"', ' xml:lang="\x01"')
                )
            case 6:
                parent.depth = random.choice((1, 5, 100, 300, 3000))
            case 7:
                parent.text = random.choice(JUNK).decode("latin-1") * random.choice((1, 1, 30))
            case _:
                random.shuffle(children)

    def _spoil(self, data: bytes) -> bytes:
        random = self._random
        place = random.randrange(len(data) + 1)
        match random.randrange(9):
            case 0:
                return data[:place]
            case 1:
                return data[:place] + random.randbytes(3) + data[place:]
            case 2:
                entity = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
                return entity + data.replace(b"</", b"&c;</", 3)
            case 3:
                return b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + data.replace(
                    b"</", b"&b;</", 1
                )
            case 4:
                return data.decode("utf-8", "replace").encode("utf-16")
            case 5:
                return (
                    b'<?xml version="1.0" encoding="%b"?>'
                    % random.choice((b"latin-1", b"utf-7", b"UTF-32", b"x", b"ascii"))
                    + data
                )
            case 6:
                return data + data
            case 7:
                return b"<!-- " + data + b" --><?x y?><![CDATA[" + data + b"]]>"
            case _:
                return random.choice(
                    (b"", b" ", b"{}", b"\x00" * 50, b"<", b"<a/>", b"\xef\xbb\xbf" + data)
                )


def _element_of(node: etree._Element) -> Element:
    attributes = ""
    for name, value in node.attrib.items():
        kind = name.rpartition("}")[2]
        attributes += f' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:{kind}="{value}"'
    children = [_element_of(child) for child in node]
    return Element(node.tag, node.text or "", children, attributes)
