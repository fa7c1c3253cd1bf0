"""Notifications and subscribers: made, changed, removed, and alarmed when a threshold is passed."""

import pytest

PI = {"SubscriptionType": "EMAIL", "Address": "pi@lab.example"}
STUDENT = {"SubscriptionType": "EMAIL", "Address": "student@lab.example"}


def notification(threshold=80.0, **more):
    return {
        "NotificationType": "ACTUAL",
        "ComparisonOperator": "GREATER_THAN",
        "Threshold": threshold,
        "ThresholdType": "PERCENTAGE",
    } | more


@pytest.fixture
def name(made):
    return made("100", notifications=[notification()])


@pytest.fixture
def about(account, name):
    return {"AccountId": account.account_id, "BudgetName": name}


def thresholds(budgets, about):
    found = budgets.describe_notifications_for_budget(**about)["Notifications"]
    return [each["Threshold"] for each in found]


def test_notifications_come_and_go(budgets, about, refused):
    budgets.create_notification(**about, Notification=notification(90.0), Subscribers=[PI])
    assert thresholds(budgets, about) == [80.0, 90.0]
    budgets.update_notification(
        **about, OldNotification=notification(), NewNotification=notification(95.0)
    )
    assert sorted(thresholds(budgets, about)) == [90.0, 95.0]
    budgets.delete_notification(**about, Notification=notification(90.0))
    assert thresholds(budgets, about) == [95.0]
    refused(
        "NotFoundException",
        budgets.delete_notification,
        **about,
        Notification=notification(90.0),
    )


def test_the_same_one_twice_and_too_many(budgets, about, refused):
    again = {"Notification": notification(), "Subscribers": [PI]}
    refused("DuplicateRecordException", budgets.create_notification, **about, **again)
    for threshold in range(9):
        budgets.create_notification(
            **about, Notification=notification(float(threshold)), Subscribers=[PI]
        )
    refused(
        "CreationLimitExceededException",
        budgets.create_notification,
        **about,
        Notification=notification(99.0),
        Subscribers=[PI],
    )
    refused(
        "DuplicateRecordException",
        budgets.update_notification,
        **about,
        OldNotification=notification(1.0),
        NewNotification=notification(2.0),
    )


def subscribers(budgets, about):
    found = budgets.describe_subscribers_for_notification(**about, Notification=notification())
    return [each["Address"] for each in found["Subscribers"]]


def test_subscribers_come_and_go_and_with_the_last_the_notification(budgets, about, refused):
    here = {**about, "Notification": notification()}
    budgets.create_subscriber(**here, Subscriber=STUDENT)
    assert subscribers(budgets, about) == ["pi@lab.example", "student@lab.example"]
    refused("DuplicateRecordException", budgets.create_subscriber, **here, Subscriber=STUDENT)
    new = STUDENT | {"Address": "doctor@lab.example"}
    budgets.update_subscriber(**here, OldSubscriber=STUDENT, NewSubscriber=new)
    assert subscribers(budgets, about) == ["pi@lab.example", "doctor@lab.example"]
    refused("NotFoundException", budgets.delete_subscriber, **here, Subscriber=STUDENT)
    budgets.delete_subscriber(**here, Subscriber=PI)
    budgets.delete_subscriber(**here, Subscriber=new)
    assert thresholds(budgets, about) == []


@pytest.mark.parametrize(
    "subscriber",
    [
        {"SubscriptionType": "EMAIL", "Address": "nobody"},
        {"SubscriptionType": "EMAIL", "Address": "a b@c"},
        {"SubscriptionType": "SNS", "Address": "topic"},
    ],
)
def test_an_address_must_be_one(budgets, about, refused, subscriber):
    refused(
        "InvalidParameterException",
        budgets.create_subscriber,
        **about,
        Notification=notification(),
        Subscriber=subscriber,
    )


def test_ten_by_mail_and_one_topic(budgets, about, refused):
    here = {**about, "Notification": notification()}
    topic = {"SubscriptionType": "SNS", "Address": "arn:aws:sns:us-east-1:111111111111:a"}
    budgets.create_subscriber(**here, Subscriber=topic)
    other = topic | {"Address": topic["Address"] + "b"}
    refused("CreationLimitExceededException", budgets.create_subscriber, **here, Subscriber=other)
    for number in range(9):
        budgets.create_subscriber(
            **here, Subscriber={"SubscriptionType": "EMAIL", "Address": f"{number}@b.c"}
        )
    refused("CreationLimitExceededException", budgets.create_subscriber, **here, Subscriber=STUDENT)


def test_an_alarm_is_shown_where_its_threshold_is_passed(aws, cloud, budgets, account, made):
    given = [
        notification(0.00001),
        notification(99.0),
        notification(1.0, NotificationType="FORECASTED"),
    ]
    name = made("100", notifications=given)
    about = {"AccountId": account.account_id, "BudgetName": name}
    s3 = aws("s3", account)
    s3.create_bucket(Bucket=f"alarm-{name}")
    for number in range(3):
        s3.put_object(Bucket=f"alarm-{name}", Key=str(number), Body=b"")
    cloud.run(cloud.engines.evaluation.evaluate())
    found = budgets.describe_notifications_for_budget(**about)["Notifications"]
    states = {each["Threshold"]: each["NotificationState"] for each in found}
    assert states == {0.00001: "ALARM", 99.0: "OK", 1.0: "OK"}
    of_account = budgets.describe_budget_notifications_for_account(AccountId=account.account_id)
    [listed] = [
        each["Notifications"]
        for each in of_account["BudgetNotificationsForAccount"]
        if each["BudgetName"] == name
    ]
    assert listed == found
    alarms = cloud.run(cloud.engines.budgets.alarms(account.account_id))
    [alarm] = [alarm for alarm in alarms if alarm.budget == name]
    assert alarm.subscribers[0].address == "pi@lab.example"
