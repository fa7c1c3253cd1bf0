"""Fine-grained policies look at the same item that the operation is about."""

import json

from ..statements import allow, unique
from .raw import Raw, credentials


def test_an_item_of_ones_own_beside_the_key_of_another(dynamodb, cloud, make_user):
    name = unique("table")
    key = {"AttributeName": "owner"}
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{**key, "KeyType": "HASH"}],
        AttributeDefinitions=[{**key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName=name, Item={"owner": {"S": "bob"}, "note": {"S": "hidden"}})
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["mallory"]}}
    mallory = make_user(allow("dynamodb:GetItem", Condition=own))
    body = {
        "TableName": name,
        "Item": {"owner": {"S": "mallory"}},
        "Key": {"owner": {"S": "bob"}},
    }
    request = Raw(
        "POST",
        cloud.configuration.url("aws") + "/",
        {"content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.GetItem"},
        json.dumps(body).encode(),
    )
    answer = request.signed(credentials(mallory), "dynamodb").send()
    assert answer.status_code == 400
    assert "hidden" not in answer.text
