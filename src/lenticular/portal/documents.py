"""Policy documents as people read and write them."""

import json
from typing import Any
from urllib.parse import unquote


def written(document: Any) -> str:
    """Return a document, which botocore may have parsed or not, indented."""
    if isinstance(document, str):
        try:
            document = json.loads(unquote(document))
        except ValueError:
            return str(document)
    return json.dumps(document, indent=2, ensure_ascii=False)
