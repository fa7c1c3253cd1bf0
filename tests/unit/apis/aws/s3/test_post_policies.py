"""Post policies: what they let through, and what is no policy."""

import json
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenticular.apis.aws.s3.post_policies import read_policy
from lenticular.apis.aws.wire.errors import AwsError

LATER = "2030-01-01T00:00:00Z"
NOW = 1_800_000_000.0
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


def encoded(document):
    return b64encode(json.dumps(document).encode()).decode()


def policy(*conditions, expiration=LATER):
    return read_policy(encoded({"expiration": expiration, "conditions": list(conditions)}))


def refusal(policy, **fields):
    """Return why fields are refused; None: they are not."""
    try:
        policy.check({name.replace("_", "-"): value for name, value in fields.items()}, NOW)
    except AwsError as error:
        refused = error
    else:
        return None
    assert (refused.code, refused.status) == ("AccessDenied", 403)
    return refused.message.removeprefix("Invalid according to Policy: ")


def malformed(document):
    with pytest.raises(AwsError) as caught:
        read_policy(document if isinstance(document, str) else encoded(document))
    assert (caught.value.code, caught.value.status) == ("InvalidPolicyDocument", 400)
    return caught.value.message.removeprefix("Invalid Policy: ")


@pytest.mark.parametrize(
    ("condition", "value", "fits"),
    [
        ({"key": "a"}, "a", True),
        ({"KEY": "a"}, "a", True),
        ({"key": "a"}, "A", False),
        ({"key": "a"}, "ab", False),
        (["eq", "$key", "a"], "a", True),
        (["EQ", "$KEY", "a"], "a", True),
        (["eq", "$key", "a"], "b", False),
        (["starts-with", "$key", "user/"], "user/x", True),
        (["Starts-With", "$key", "user/"], "user", False),
        (["starts-with", "$key", ""], "", True),
    ],
)
def test_a_condition_holds_a_field(condition, value, fits):
    assert (refusal(policy(condition), key=value) is None) is fits


def test_a_refusal_names_the_condition_as_it_is_written():
    assert refusal(policy(["eq", "$key", "a"]), key="b") == (
        'Policy Condition failed: ["eq", "$key", "a"]'
    )
    assert refusal(policy({"acl": "private"}), acl="public-read") == (
        'Policy Condition failed: ["eq", "$acl", "private"]'
    )


def test_every_condition_counts():
    both = policy(["starts-with", "$key", "a"], ["eq", "$key", "ab"])
    assert refusal(both, key="ab") is None
    assert refusal(both, key="ac") is not None


def test_a_field_that_is_missing_is_as_good_as_an_empty_one():
    assert refusal(policy(["starts-with", "$acl", ""])) is None
    assert refusal(policy(["starts-with", "$acl", "p"])) is not None
    assert refusal(policy(["eq", "$acl", "private"])) is not None


def test_every_field_must_be_covered():
    only_key = policy({"key": "a"})
    assert refusal(only_key, key="a", acl="public-read") == "Extra input fields: acl"
    assert refusal(only_key, key="a", x_amz_meta_a="1") == "Extra input fields: x-amz-meta-a"
    assert refusal(only_key, key="a", x_ignore_me="1") is None
    assert refusal(only_key, key="a", x_amz_signature="1", signature="1") is None
    assert refusal(only_key, key="a", x_amz_checksum_sha256="1") is None


def test_each_of_several_content_types_must_begin_as_asked():
    images = policy(["starts-with", "$Content-Type", "image/"])
    assert refusal(images, content_type="image/png, image/gif") is None
    assert refusal(images, content_type="image/png,text/html") is not None


def test_a_policy_is_over_at_its_time():
    assert refusal(policy(expiration="2020-01-01T00:00:00Z")) == "Policy expired."
    assert refusal(policy(expiration="2030-01-01T00:00:00.5Z")) is None


def test_length_ranges_are_narrowed_by_one_another():
    limits = policy(["content-length-range", 10, 100], ["content-length-range", "20", 200])
    assert (limits.smallest, limits.largest) == (20, 100)


@pytest.mark.parametrize(
    "document",
    [
        "no base64!",
        "é",
        b64encode(b"{").decode(),
        b64encode(b"\xff").decode(),
        b64encode(b"[" * 5000).decode(),
        [],
        {"conditions": []},
        {"expiration": LATER},
        {"Expiration": LATER, "conditions": []},
        {"expiration": LATER, "CONDITIONS": []},
        {"expiration": LATER, "conditions": [], "more": 1},
        {"expiration": "2030-01-01 00:00:00", "conditions": []},
        {"expiration": 5, "conditions": []},
        {"expiration": LATER, "conditions": {"key": "a"}},
        *(
            {"expiration": LATER, "conditions": [condition]}
            for condition in (
                {},
                {"a": "1", "b": "2"},
                {"key": 1},
                [],
                ["eq", "$key"],
                ["eq", "key", "a"],
                ["ends-with", "$key", "a"],
                ["eq", "$key", 1],
                ["content-length-range", 0],
                ["content-length-range", -1, 5],
                ["content-length-range", 5, 1],
                ["content-length-range", 0, 1.5],
                ["content-length-range", 0, True],
                "key",
                None,
            )
        ),
    ],
)
def test_what_is_no_policy_is_refused(document):
    assert malformed(document)


@given(expiration=JSON | st.just(LATER), conditions=JSON, more=st.text(max_size=10))
def test_no_document_raises_anything_else(expiration, conditions, more):
    document = {"expiration": expiration, "conditions": conditions}
    for given_ in (document, {"expiration": LATER, "conditions": [conditions]}, conditions):
        code = None
        try:
            read_policy(encoded(given_)).check({"key": more}, NOW)
        except AwsError as error:
            code = error.code
        assert code in (None, "InvalidPolicyDocument", "AccessDenied")
