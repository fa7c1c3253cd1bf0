"""What is passed into a session: its form, and how much of it there may be."""

import hashlib
import json

import pytest

from lenticular.primitives.policies.documents import PolicyMalformed
from lenticular.primitives.sessions import PackedPolicyTooLarge, Passed, RequestInvalid

from .conftest import allow, document


def tags(*names):
    return tuple((name, "value") for name in names)


def test_what_is_in_order():
    passed = Passed(
        policy=document(allow("s3:*")),
        policy_arns=("arn:aws:iam::aws:policy/ReadOnlyAccess",),
        tags=(("Team name", "radio/optics"), ("é:._/=+-@", "")),
        transitive=("TEAM NAME",),
        source_identity="alice",
    )
    passed.check()
    assert 0 < passed.packed_percent() < 100
    assert Passed().packed_percent() is None
    Passed().check()


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (Passed(policy="x" * 2049), "2049 characters"),
        (Passed(policy_arns=("arn",) * 11), "10 at most"),
        (Passed(tags=tags(*(f"t{n}" for n in range(51)))), "50 at most"),
        (Passed(tags=tags("Team", "team")), "Duplicate tag keys"),
        (Passed(tags=tags("aws:team")), "does not begin with aws:"),
        (Passed(tags=tags("AWS:team")), "does not begin with aws:"),
        (Passed(tags=tags("")), "cannot be the key of a tag"),
        (Passed(tags=tags("a" * 129)), "cannot be the key of a tag"),
        (Passed(tags=tags("a*b")), "cannot be the key of a tag"),
        (Passed(tags=(("team", "a?b"),)), "value of the tag team"),
        (Passed(tags=(("team", "a" * 257),)), "value of the tag team"),
        (Passed(tags=tags("a"), transitive=("b",)), "must be included in the requested tags"),
    ],
)
def test_what_is_not(passed, words):
    with pytest.raises(RequestInvalid, match=words.replace("*", r"\*")):
        passed.check()


@pytest.mark.parametrize("policy", ["{", "[]", "{}", '{"Statement": []}', "null"])
def test_policies_that_are_none(policy):
    with pytest.raises(PolicyMalformed):
        Passed(policy=policy).check()


def test_a_session_policy_names_no_principal():
    statement = {**allow("s3:*"), "Principal": "*"}
    with pytest.raises(PolicyMalformed, match="Principal"):
        Passed(policy=json.dumps({"Statement": statement})).check()


def test_there_is_room_for_so_much():
    many = tuple((f"tag-{n}", hashlib.shake_128(bytes((n,))).hexdigest(128)) for n in range(50))
    Passed(tags=many[:5]).packed_percent()
    with pytest.raises(PackedPolicyTooLarge, match="% of allotted space") as caught:
        Passed(tags=many).packed_percent()
    assert caught.value.percent > 100
