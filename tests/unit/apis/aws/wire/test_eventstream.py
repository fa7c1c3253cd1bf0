"""Messages of event streams are read by botocore as they were written."""

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from lenticular.apis.aws.wire import eventstream


def read(data):
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    return list(buffer)


@given(
    headers=st.dictionaries(st.text(max_size=20), st.text(max_size=100), max_size=5),
    payload=st.binary(max_size=1000),
)
def test_a_message_is_read_as_it_was_written(headers, payload):
    message, again = read(eventstream.message(headers, payload) * 2)
    assert message.headers == again.headers == headers
    assert message.payload == again.payload == payload


def test_events_and_errors_have_the_headers_that_clients_look_for():
    event, error = read(
        eventstream.event("Records", b"a,b", "application/octet-stream")
        + eventstream.error("CastFailed", "no number")
    )
    assert event.headers == {
        ":message-type": "event",
        ":event-type": "Records",
        ":content-type": "application/octet-stream",
    }
    assert event.payload == b"a,b"
    assert error.headers[":message-type"] == "error"
    assert error.headers[":error-code"] == "CastFailed"
    assert error.headers[":error-message"] == "no number"


def test_what_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="most"):
        eventstream.message({}, bytes(eventstream.MAX_PAYLOAD + 1))
    for headers in ({"n" * 256: ""}, {"n": "v" * 65536}):
        with pytest.raises(ValueError, match="too long"):
            eventstream.message(headers)
