"""Lines of access logs: whatever a client sends, a line has its fields and one end."""

import csv
import re

from hypothesis import given
from hypothesis import strategies as st

from lenticular.primitives.objects.accesslogs.lines import Request, line

HEADER = st.text(st.characters(max_codepoint=255), max_size=40)
TEXT = st.text(max_size=40)
FIELDS = 27
"""Fields of the format, the time counting as two for csv."""


def request(**given):
    known = {"owner": "o" * 64, "bucket": "samples", "time": 1.0, "operation": "REST.GET.OBJECT"}
    return Request(**known, id="ID", **given)


def test_a_line_of_the_user_guide():
    told = line(
        request(
            key="photos/2026/a b.jpg",
            ip="192.0.2.3",
            requester="arn:aws:iam::111111111111:user/alice",
            method="GET",
            target="/samples/photos/2026/a%20b.jpg?x=1",
            status=200,
            sent=1500,
            size=3000,
            total=0.0701,
            processing=0.01,
            referer="https://lab.example/",
            user_agent="curl/7.15.1",
            version_id="null",
            host_id="s9lzHYrFp76ZVxRcpX9",
            signature="SigV4",
            cipher="ECDHE-RSA-AES128-GCM-SHA256",
            authentication="AuthHeader",
            host="s3.lab.example:8000",
            tls="TLSv1.3",
        )
    )
    assert told.decode() == (
        f"{'o' * 64} samples [01/Jan/1970:00:00:01 +0000] 192.0.2.3 "
        "arn:aws:iam::111111111111:user/alice ID REST.GET.OBJECT photos/2026/a%20b.jpg "
        '"GET /samples/photos/2026/a%20b.jpg?x=1 HTTP/1.1" 200 - 1500 3000 70 10 '
        '"https://lab.example/" "curl/7.15.1" null s9lzHYrFp76ZVxRcpX9 SigV4 '
        "ECDHE-RSA-AES128-GCM-SHA256 AuthHeader s3.lab.example:8000 TLSv1.3 - -\n"
    )


def test_what_is_not_there_is_told_as_a_dash():
    row = next(csv.reader([line(request()).decode()], delimiter=" "))
    assert len(row) == FIELDS
    assert set(row[8:]) == {"-"}


@given(key=TEXT, target=HEADER, agent=HEADER, referer=HEADER, host=HEADER, version=TEXT)
def test_no_field_gets_out_of_its_place(key, target, agent, referer, host, version):
    told = line(
        request(
            key=key,
            method="GET",
            target=target,
            user_agent=agent,
            referer=referer,
            host=host,
            version_id=version,
            status=200,
        )
    )
    assert told.count(b"\n") == 1
    assert told.endswith(b"\n")
    text = told.decode("ascii")
    assert text[:-1].isprintable()
    [row] = csv.reader([text], delimiter=" ", quotechar='"', escapechar="\\")
    assert len(row) == FIELDS
    assert row[10] == "200"
    # The expression of AWS's own documentation for Athena reads it alike.
    found = re.findall(r'"[^"]*"|\[[^\]]*\]|[^ ]+', text[:-1])
    assert len(found) == FIELDS - 1


def test_secrets_are_taken_out_of_addresses():
    names = ["Signature", "X-Amz-Signature", "x-amz-security-token"]
    names.append("x-amz-server-side-encryption-customer-key")
    for name in names:
        target = f"/samples/key?{name}=SECRET&x=1&{name.upper()}=SECRET&not{name}=1"
        told = line(request(method="GET", target=target)).decode()
        assert "SECRET" not in told
        assert f"{name}=REDACTED&x=1&" in told
        assert f"not{name}=1" in told
