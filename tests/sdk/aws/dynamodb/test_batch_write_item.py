"""BatchWriteItem."""


def test_puts_and_deletes(dynamodb, name, key):
    dynamodb.put_item(TableName=name, Item=key(s=1))
    puts = [{"PutRequest": {"Item": key(s=number, color="red")}} for number in range(2, 6)]
    delete = {"DeleteRequest": {"Key": key(s=1)}}
    answer = dynamodb.batch_write_item(RequestItems={name: [*puts, delete]})
    assert answer["UnprocessedItems"] == {}
    found = dynamodb.scan(TableName=name)["Items"]
    assert found == [key(s=number, color="red") for number in range(2, 6)]


def test_the_batch_writer_of_boto3(table):
    with table.batch_writer(overwrite_by_pkeys=["p", "s"]) as batch:
        for number in range(130):
            batch.put_item(Item={"p": "a", "s": number % 100, "n": number})
        batch.delete_item(Key={"p": "a", "s": 5})
    found = {int(item["s"]): int(item["n"]) for item in table.scan()["Items"]}
    assert len(found) == 99
    assert found[0] == 100


def test_an_item_twice(dynamodb, name, key, refused):
    request = {"PutRequest": {"Item": key()}}
    with refused("ValidationException", "Provided list of item keys contains duplicates"):
        dynamodb.batch_write_item(RequestItems={name: [request, request]})


def test_more_than_twenty_five(dynamodb, name, key, refused):
    requests = [{"PutRequest": {"Item": key(s=number)}} for number in range(26)]
    with refused("ValidationException"):
        dynamodb.batch_write_item(RequestItems={name: requests})
    assert dynamodb.scan(TableName=name)["Count"] == 0


def test_other_accounts_write_nothing(stranger, dynamodb, name, key, refused):
    with refused("ResourceNotFoundException"):
        stranger.batch_write_item(RequestItems={name: [{"PutRequest": {"Item": key()}}]})
    assert dynamodb.scan(TableName=name)["Count"] == 0
