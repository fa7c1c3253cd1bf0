"""Two accounts that know each other's names, and every way in which one may ask for the other's."""

import json
import uuid

from botocore.exceptions import ClientError

from ..statements import allow, document

NAMES = 3
"""Things of each kind that an account has, or may make."""


class Account:
    """An account whose every name and datum bears its marker, and clients of it."""

    def __init__(self, cloud, aws):
        self.marker = f"m{uuid.uuid4().hex[:12]}"
        self.root = cloud.create_account(f"{self.marker} account")
        self.id = self.root.account_id
        self.admin = cloud.create_user(
            f"{self.marker}-admin",
            account=self.id,
            policies=[document(allow("*"))],
            email=f"{self.marker}@example.org",
        )
        self.clients = {
            who: {service: aws(service, keys) for service in ("s3", "dynamodb", "iam", "sts")}
            for who, keys in (("root", self.root), ("admin", self.admin))
        }
        self.upload = ""
        """The id of an upload of the first key."""
        self.secrets = (
            self.marker,
            self.root.secret_access_key,
            self.admin.secret_access_key,
            self.admin.identity_id,
            self.admin.access_key_id,
            self.root.access_key_id,
        )

    def name(self, kind, number):
        return f"{self.marker}-{kind}-{number}"

    def arn(self, kind, number):
        name = self.name(kind, number)
        if kind == "table":
            return f"arn:aws:dynamodb:us-east-1:{self.id}:table/{name}"
        return f"arn:aws:iam::{self.id}:{kind}/{name}"

    def furnish(self):
        """Make one of everything."""
        for operation in (
            *("create_bucket", "put_object", "put_bucket_tagging", "create_multipart_upload"),
            *("create_table", "put_item", "create_user", "create_group", "create_role"),
            *("create_policy", "create_instance_profile", "create_account_alias"),
            *("create_access_key", "put_user_policy", "create_virtual_mfa_device"),
        ):
            service, method, params = call(operation, self, self, 0)
            self.ask("root", service, method, params)

    def ask(self, who, service, method, params):
        """Call something; return whether it went well, and all that was answered, as a text."""
        try:
            answer = getattr(self.clients[who][service], method)(**params)
        except ClientError as error:
            answer = error.response
            assert answer["ResponseMetadata"]["HTTPStatusCode"] < 500, (method, answer)
            return False, repr(answer)
        text = repr(answer)
        if "Body" in answer:
            text += answer["Body"].read().decode()
        if method == "create_multipart_upload" and not self.upload:
            self.upload = answer["UploadId"]
        return True, text


MAKING = {
    "create_bucket",
    "create_table",
    "create_user",
    "create_group",
    "create_role",
    "create_policy",
    "create_instance_profile",
    "create_account_alias",
    "create_virtual_mfa_device",
    "create_access_key",
    "put_user_policy",
}
"""What names something of the caller's own, under any name that it likes."""

LISTING = {
    "s3": ("list_buckets",),
    "dynamodb": ("list_tables", "describe_limits"),
    "iam": (
        "list_users",
        "list_groups",
        "list_roles",
        "list_policies",
        "list_instance_profiles",
        "list_account_aliases",
        "list_virtual_mfa_devices",
        "list_open_id_connect_providers",
        "list_access_keys",
        "get_account_authorization_details",
        "get_account_summary",
        "generate_credential_report",
        "get_credential_report",
        "get_user",
    ),
    "sts": ("get_caller_identity", "get_session_token"),
}
"""What takes no name: it is about the caller's account."""

ON_OBJECTS = ("put_object", "get_object", "head_object", "delete_object", "get_object_tagging")
ON_BUCKETS = (
    "head_bucket",
    "delete_bucket",
    "list_objects_v2",
    "list_objects",
    "list_object_versions",
    "list_multipart_uploads",
    "get_bucket_location",
    "get_bucket_acl",
    "get_bucket_policy",
    "delete_bucket_policy",
    "get_bucket_tagging",
    "get_bucket_versioning",
)
ON_TABLES = ("describe_table", "scan", "delete_table", "describe_time_to_live")
ON_USERS = (
    "get_user",
    "delete_user",
    "list_user_policies",
    "list_attached_user_policies",
    "list_groups_for_user",
    "list_user_tags",
)
ON_ROLES = ("get_role", "delete_role", "list_role_policies", "list_role_tags")
ON_POLICIES = ("get_policy", "list_entities_for_policy", "list_policy_versions", "delete_policy")

OPERATIONS = [
    *sorted(MAKING),
    *(name for names in LISTING.values() for name in names),
    *ON_OBJECTS,
    *ON_BUCKETS,
    *ON_TABLES,
    *ON_USERS,
    *ON_ROLES,
    *ON_POLICIES,
    *("copy_object", "upload_part_copy", "list_parts", "put_bucket_tagging", "delete_objects"),
    *("create_multipart_upload", "put_item", "get_item", "query", "update_item"),
    *("batch_get_item", "transact_get_items", "list_tags_of_resource"),
    *("get_group", "get_access_key_last_used", "get_user_policy", "attach_user_policy"),
    *("add_user_to_group", "update_assume_role_policy", "get_instance_profile"),
    *("assume_role", "get_access_key_info", "simulate_principal_policy"),
]


def call(operation, caller, owner, number):
    """Return service, method and parameters of an operation of `caller` on things of `owner`."""
    for service, names in LISTING.items():
        if operation in names and operation != "get_user":
            return service, operation, {}
    bucket, table = owner.name("bucket", number), owner.name("table", number)
    user, role = owner.name("user", number), owner.name("role", number)
    key = {"Bucket": bucket, "Key": owner.name("key", number)}
    item_key = {"p": {"S": owner.name("key", number)}}
    mine = caller.marker
    tags = [{"Key": mine, "Value": mine}]
    policy = json.dumps(document(allow("s3:*", resource=f"arn:aws:s3:::{mine}*")))
    trust = json.dumps(
        document({"Effect": "Allow", "Principal": {"AWS": caller.id}, "Action": "sts:AssumeRole"})
    )
    if operation in ON_OBJECTS:
        return "s3", operation, key | ({"Body": mine} if operation == "put_object" else {})
    if operation in ON_BUCKETS:
        return "s3", operation, {"Bucket": bucket}
    if operation in ON_TABLES:
        return "dynamodb", operation, {"TableName": owner.arn("table", number)}
    if operation in ON_USERS:
        return "iam", operation, {"UserName": user}
    if operation in ON_ROLES:
        return "iam", operation, {"RoleName": role}
    if operation in ON_POLICIES:
        return "iam", operation, {"PolicyArn": owner.arn("policy", number)}
    target = {"Bucket": caller.name("bucket", number), "Key": f"{mine}-copy"}
    other = {
        "create_bucket": ("s3", {"Bucket": bucket}),
        "put_bucket_tagging": ("s3", {"Bucket": bucket, "Tagging": {"TagSet": tags}}),
        "create_multipart_upload": ("s3", key),
        "copy_object": ("s3", {**target, "CopySource": key}),
        "upload_part_copy": (
            "s3",
            {
                "Bucket": caller.name("bucket", 0),
                "Key": caller.name("key", 0),
                "UploadId": caller.upload,
                "PartNumber": 1,
                "CopySource": key,
            },
        ),
        "list_parts": ("s3", {**key, "UploadId": owner.upload}),
        "delete_objects": (
            "s3",
            {"Bucket": bucket, "Delete": {"Objects": [{"Key": key["Key"]}, {"Key": "no"}]}},
        ),
        "create_table": (
            "dynamodb",
            {
                "TableName": table,
                "KeySchema": [{"AttributeName": "p", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "p", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
                "Tags": tags,
            },
        ),
        "put_item": ("dynamodb", {"TableName": table, "Item": {**item_key, "v": {"S": mine}}}),
        "get_item": ("dynamodb", {"TableName": owner.arn("table", number), "Key": item_key}),
        "update_item": ("dynamodb", {"TableName": owner.arn("table", number), "Key": item_key}),
        "query": (
            "dynamodb",
            {
                "TableName": owner.arn("table", number),
                "KeyConditionExpression": "p = :p",
                "ExpressionAttributeValues": {":p": item_key["p"]},
            },
        ),
        "batch_get_item": (
            "dynamodb",
            {"RequestItems": {owner.arn("table", number): {"Keys": [item_key]}}},
        ),
        "transact_get_items": (
            "dynamodb",
            {
                "TransactItems": [
                    {"Get": {"TableName": owner.arn("table", number), "Key": item_key}}
                ]
            },
        ),
        "list_tags_of_resource": ("dynamodb", {"ResourceArn": owner.arn("table", number)}),
        "create_user": ("iam", {"UserName": user, "Tags": tags}),
        "create_group": ("iam", {"GroupName": owner.name("group", number)}),
        "create_role": (
            "iam",
            {"RoleName": role, "AssumeRolePolicyDocument": trust, "Description": mine},
        ),
        "create_policy": (
            "iam",
            {"PolicyName": owner.name("policy", number), "PolicyDocument": policy},
        ),
        "create_instance_profile": (
            "iam",
            {"InstanceProfileName": owner.name("profile", number)},
        ),
        "create_account_alias": ("iam", {"AccountAlias": owner.name("alias", number)}),
        "create_virtual_mfa_device": ("iam", {"VirtualMFADeviceName": owner.name("mfa", number)}),
        "create_access_key": ("iam", {"UserName": user}),
        "put_user_policy": (
            "iam",
            {"UserName": user, "PolicyName": mine, "PolicyDocument": policy},
        ),
        "get_user_policy": ("iam", {"UserName": user, "PolicyName": owner.marker}),
        "get_group": ("iam", {"GroupName": owner.name("group", number)}),
        "get_instance_profile": ("iam", {"InstanceProfileName": owner.name("profile", number)}),
        "get_access_key_last_used": ("iam", {"AccessKeyId": owner.admin.access_key_id}),
        "attach_user_policy": (
            "iam",
            {"UserName": caller.name("user", number), "PolicyArn": owner.arn("policy", number)},
        ),
        "add_user_to_group": (
            "iam",
            {"UserName": user, "GroupName": caller.name("group", number)},
        ),
        "update_assume_role_policy": ("iam", {"RoleName": role, "PolicyDocument": trust}),
        "simulate_principal_policy": (
            "iam",
            {"PolicySourceArn": owner.admin.arn, "ActionNames": ["s3:GetObject"]},
        ),
        "assume_role": ("sts", {"RoleArn": owner.arn("role", number), "RoleSessionName": mine}),
        "get_access_key_info": ("sts", {"AccessKeyId": owner.admin.access_key_id}),
    }
    service, params = other[operation]
    return service, operation, params
