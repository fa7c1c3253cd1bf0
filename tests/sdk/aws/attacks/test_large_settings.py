"""Settings that would fill the memory of the cloud, for each request to a bucket reads them."""

import pytest

MANY = 10_000


@pytest.fixture
def put(s3, bucket):
    def put(kind, **configuration):
        getattr(s3, f"put_bucket_{kind}")(Bucket=bucket, **configuration)

    return put


def test_rules_of_any_number_of_origins_are_refused(put, refused):
    origins = [f"https://{number}.{'x' * 40}.example" for number in range(MANY)]
    rules = [{"AllowedMethods": ["GET"], "AllowedOrigins": origins}]
    configuration = {"CORSConfiguration": {"CORSRules": rules}}
    assert refused(put, kind="cors", **configuration)[0] == "MaxMessageLengthExceeded"


def test_a_page_of_any_length_is_refused(put, refused):
    website = {"IndexDocument": {"Suffix": "i" * 200_000}}
    code, _ = refused(put, kind="website", WebsiteConfiguration=website)
    assert code == "MaxMessageLengthExceeded"


def test_an_event_that_is_named_again_and_again_is_named_once(s3, cloud, bucket, put):
    queue = {
        "QueueArn": f"arn:aws:sqs:us-east-1:{cloud.credentials.account_id}:queue",
        "Events": ["s3:ObjectCreated:*"] * MANY,
    }
    put(
        "notification_configuration",
        NotificationConfiguration={"QueueConfigurations": [queue]},
        SkipDestinationValidation=True,
    )
    [kept] = s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
    assert kept["Events"] == ["s3:ObjectCreated:*"]
