"""Operations of S3 that browsers use and that botocore's model does not have.

They are written as the model writes its own, over shapes that it has. Amazon S3 API
Reference, "POST Object" and "OPTIONS object"; User Guide, "Website endpoints".
"""

from collections.abc import Mapping
from typing import Any

POST_OBJECT = "PostObject"
OPTIONS_OBJECT = "OptionsObject"
GET_WEBSITE_OBJECT = "GetWebsiteObject"

BY_FORM = "form"
"""The signature is in the fields of a form."""

BY_NOBODY = "nobody"
"""No signature is looked at: whoever asks is nobody."""

OPERATIONS: Mapping[str, Mapping[str, Mapping[str, Any]]] = {
    "s3": {
        POST_OBJECT: {
            "http": {"method": "POST", "requestUri": "/{Bucket}"},
            "input": {"shape": "PutObjectRequest"},
            "authentication": BY_FORM,
        },
        OPTIONS_OBJECT: {
            "http": {"method": "OPTIONS", "requestUri": "/{Bucket}"},
            "input": {"shape": "HeadBucketRequest"},
            "authentication": BY_NOBODY,
        },
        GET_WEBSITE_OBJECT: {
            "http": {"method": "GET", "requestUri": "//{Bucket}.s3-website/{Key+}"},
            "input": {"shape": "GetObjectRequest"},
            "authentication": BY_NOBODY,
        },
    }
}
"""By service and name. The path of a website is none of S3's own: its host is told by."""
