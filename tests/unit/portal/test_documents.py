"""Policy documents as people read them."""

import json
from urllib.parse import quote

from lenticular.portal.documents import written

DOCUMENT = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}


def test_a_document_is_indented_however_it_came():
    expected = json.dumps(DOCUMENT, indent=2)
    for form in (DOCUMENT, json.dumps(DOCUMENT), quote(json.dumps(DOCUMENT))):
        assert written(form) == expected


def test_what_is_no_json_stays_as_it_is():
    assert written("not {json") == "not {json"
