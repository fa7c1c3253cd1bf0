"""Requests without a signature: nobody may do anything, but what S3's owners open to all."""

import json

import httpx

from ..statements import document, unique


def test_a_secret_whose_policy_names_everybody_is_not_for_strangers(aws, cloud):
    secretsmanager = aws("secretsmanager")
    arn = secretsmanager.create_secret(Name=unique("shared"), SecretString="hidden")["ARN"]
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "secretsmanager:*"}
    policy = json.dumps(document({**everybody, "Resource": "*"}))
    secretsmanager.put_resource_policy(SecretId=arn, ResourcePolicy=policy)
    for operation in ("GetSecretValue", "DescribeSecret", "DeleteSecret"):
        answer = httpx.post(
            cloud.configuration.url("aws"),
            headers={
                "content-type": "application/x-amz-json-1.1",
                "x-amz-target": f"secretsmanager.{operation}",
            },
            content=json.dumps({"SecretId": arn}),
        )
        assert answer.status_code == 400
        assert "MissingAuthenticationToken" in answer.text
        assert "hidden" not in answer.text


def test_a_stranger_chooses_what_a_public_object_is_taken_for(s3, bucket, cloud):
    # A text of somebody else's must not become a page with scripts by a link alone.
    s3.put_object(Bucket=bucket, Key="note.txt", Body=b"<script>", ACL="public-read")
    url = f"{cloud.configuration.url('aws')}/{bucket}/note.txt"
    assert httpx.get(url).status_code == 200
    for name in ("response-content-type", "response-content-disposition"):
        answer = httpx.get(url, params={name: "text/html"})
        assert answer.status_code == 400
        assert "<Code>InvalidRequest</Code>" in answer.text
