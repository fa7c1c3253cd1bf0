"""Single values as text."""

import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from botocore.utils import parse_timestamp
from hypothesis import given
from hypothesis import strategies as st

from lenticular.apis.aws.wire.models import Shape
from lenticular.apis.aws.wire.protocols import text, timestamps
from lenticular.apis.aws.wire.protocols.contract import Malformed
from lenticular.apis.aws.wire.protocols.xml import escape


def shape(type_name: str, **traits: object) -> Shape:
    return Shape("Made", {"type": type_name, **traits}, lambda reference: shape("string"))


AT = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-03T04:05:06Z",
        "2026-02-03T04:05:06.000Z",
        "2026-02-03T06:05:06+02:00",
        "2026-02-03T04:05:06",
        "20260203T040506Z",
        "Tue, 03 Feb 2026 04:05:06 GMT",
        "Tuesday, 03-Feb-26 04:05:06 GMT",
        "Tue Feb  3 04:05:06 2026",
        "Tue, 03 Feb 2026 06:05:06 +0200",
        " 1770091506 ",
        "1770091506.0",
        1770091506,
        1770091506.0,
    ],
)
def test_a_timestamp_is_read_in_every_form(written):
    assert timestamps.read_timestamp(written) == AT
    assert timestamps.read_timestamp(written).tzinfo is UTC


@pytest.mark.parametrize(
    "written",
    ["", "now", "2026-13-01T00:00:00Z", "1e5", "nan", "1" * 30, 1e300, -1e15, float("nan"), "Tue,"],
)
def test_what_is_no_timestamp(written):
    with pytest.raises(ValueError, match="is not a timestamp"):
        timestamps.read_timestamp(written)


def test_a_date_alone_is_its_midnight():
    assert timestamps.read_timestamp("2026-02-03") == datetime(2026, 2, 3, tzinfo=UTC)


def test_seconds_before_the_epoch():
    assert timestamps.read_timestamp(-1.5) == datetime(1969, 12, 31, 23, 59, 58, 500000, UTC)
    assert timestamps.epoch_seconds(-1.5) == -1.5


@given(
    st.datetimes(
        min_value=datetime(1970, 1, 1),
        max_value=datetime(2200, 1, 1),
        timezones=st.sampled_from(
            [UTC, timezone(timedelta(hours=-7)), timezone(timedelta(minutes=90))]
        ),
    )
)
def test_every_form_is_read_back_by_us_and_by_botocore(at):
    for form, write in timestamps.WRITERS.items():
        lost = timedelta(seconds=1) if form == "rfc822" else timedelta(milliseconds=1)
        for read in (timestamps.read_timestamp, parse_timestamp):
            assert abs(read(write(at)) - at) < lost


@pytest.mark.parametrize(
    ("type_name", "written", "value"),
    [
        ("string", " as it is ", " as it is "),
        ("integer", "-2147483648", -(1 << 31)),
        ("integer", " +7 ", 7),
        ("long", "9223372036854775807", (1 << 63) - 1),
        ("double", "-1.5e3", -1500.0),
        ("double", ".5", 0.5),
        ("float", "Infinity", math.inf),
        ("float", "-Infinity", -math.inf),
        ("boolean", "true", True),
        ("boolean", "FALSE", False),
        ("blob", "AP8=", b"\x00\xff"),
        ("blob", "AP\n8=\n", b"\x00\xff"),
        ("blob", "", b""),
    ],
)
def test_values_are_read(type_name, written, value):
    read = text.text_reader(shape(type_name))(written)
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize(
    ("type_name", "written"),
    [
        ("integer", "2147483648"),
        ("integer", "-2147483649"),
        ("long", "9223372036854775808"),
        ("long", "1" * 5000),
        ("integer", "1_000"),
        ("integer", "0x10"),
        ("integer", ""),
        ("integer", "\N{ARABIC-INDIC DIGIT ONE}"),
        ("double", "1_0.0"),
        ("double", "nan"),
        ("double", "1e99999"),
        ("double", "."),
        ("boolean", "yes"),
        ("boolean", "1"),
        ("blob", "AP8"),
        ("blob", "****"),
        ("blob", "\N{WATCH}"),
        ("timestamp", "soon"),
    ],
)
def test_what_cannot_be_read(type_name, written):
    with pytest.raises(Malformed):
        text.text_reader(shape(type_name))(written)


@pytest.mark.parametrize(
    ("type_name", "value", "written"),
    [
        ("integer", 7, "7"),
        ("double", 1, "1.0"),
        ("double", math.nan, "NaN"),
        ("double", math.inf, "Infinity"),
        ("double", -math.inf, "-Infinity"),
        ("boolean", True, "true"),
        ("boolean", False, "false"),
        ("blob", b"\x00\xff", "AP8="),
        ("timestamp", AT, "2026-02-03T04:05:06.000Z"),
    ],
)
def test_values_are_written(type_name, value, written):
    assert text.text_writer(shape(type_name))(value) == written


def test_the_format_of_a_timestamp_is_the_models_before_the_protocols():
    assert text.text_writer(shape("timestamp"), "rfc822")(AT) == "Tue, 03 Feb 2026 04:05:06 GMT"
    own = shape("timestamp", timestampFormat="unixTimestamp")
    assert text.text_writer(own, "rfc822")(AT) == "1770091506"


@pytest.mark.parametrize("type_name", ["structure", "list"])
def test_what_has_no_form_as_text(type_name):
    with pytest.raises(TypeError):
        text.text_reader(shape(type_name))
    with pytest.raises(TypeError):
        text.text_writer(shape(type_name))


@pytest.mark.parametrize(
    ("plain", "escaped"),
    [
        ("plain \N{WATCH}\n\t", "plain \N{WATCH}\n\t"),
        ('<a b="c">&amp;]]></a>', "&lt;a b=&quot;c&quot;&gt;&amp;amp;]]&gt;&lt;/a&gt;"),
        ("\x00\x01\r\x7f\uffff", "&#x0;&#x1;&#xd;&#x7f;&#xffff;"),
    ],
)
def test_text_is_escaped_for_xml(plain, escaped):
    assert escape(plain) == escaped
