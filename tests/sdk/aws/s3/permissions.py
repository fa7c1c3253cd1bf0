"""What every S3 operation needs: the actions that the Service Authorization Reference names."""

from datetime import UTC, datetime, timedelta

TAGS = {"TagSet": [{"Key": "team", "Value": "ice"}]}
CORS = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}
WEBSITE = {"IndexDocument": {"Suffix": "index.html"}}
LIFECYCLE = {"Rules": [{"Status": "Enabled", "Filter": {}, "Expiration": {"Days": 9}}]}
OWNERSHIP = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}

ENCRYPTION = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]}


def inventory(name):
    destination = {"Bucket": f"arn:aws:s3:::{name}", "Format": "CSV"}
    return {
        "Id": "list",
        "IsEnabled": False,
        "IncludedObjectVersions": "Current",
        "Schedule": {"Frequency": "Daily"},
        "Destination": {"S3BucketDestination": destination},
    }


# Operation: its parameters, and the actions that it needs on the bucket and on its objects.
OPERATIONS = {
    "abort_multipart_upload": (lambda at: at.upload, [], ["AbortMultipartUpload"]),
    "complete_multipart_upload": (
        lambda at: at.upload | {"MultipartUpload": {"Parts": [at.part]}},
        [],
        ["PutObject"],
    ),
    "copy_object": (
        lambda at: at.bucket | {"Key": "copy", "CopySource": f"{at.name}/key"},
        [],
        ["GetObject", "PutObject"],
    ),
    "create_bucket": (lambda at: {"Bucket": f"{at.name}-new"}, ["CreateBucket"], []),
    "create_multipart_upload": (lambda at: at.object, [], ["PutObject"]),
    "delete_bucket": (lambda at: {"Bucket": at.empty}, ["DeleteBucket"], []),
    "delete_bucket_cors": (lambda at: at.bucket, ["PutBucketCORS"], []),
    "delete_bucket_inventory_configuration": (
        lambda at: at.bucket | {"Id": "list"},
        ["PutInventoryConfiguration"],
        [],
    ),
    "delete_bucket_metrics_configuration": (
        lambda at: at.bucket | {"Id": "all"},
        ["PutMetricsConfiguration"],
        [],
    ),
    "delete_bucket_lifecycle": (lambda at: at.bucket, ["PutLifecycleConfiguration"], []),
    "delete_bucket_ownership_controls": (lambda at: at.bucket, ["PutBucketOwnershipControls"], []),
    "delete_bucket_encryption": (lambda at: at.bucket, ["PutEncryptionConfiguration"], []),
    "delete_bucket_policy": (lambda at: at.bucket, ["DeleteBucketPolicy"], []),
    "delete_bucket_tagging": (lambda at: at.bucket, ["PutBucketTagging"], []),
    "delete_bucket_website": (lambda at: at.bucket, ["DeleteBucketWebsite"], []),
    "delete_object": (lambda at: at.object, [], ["DeleteObject"]),
    "delete_object_tagging": (lambda at: at.object, [], ["DeleteObjectTagging"]),
    "delete_objects": (
        lambda at: at.bucket | {"Delete": {"Objects": [{"Key": "key"}]}},
        [],
        ["DeleteObject"],
    ),
    "delete_public_access_block": (lambda at: at.bucket, ["PutBucketPublicAccessBlock"], []),
    "get_bucket_accelerate_configuration": (
        lambda at: at.bucket,
        ["GetAccelerateConfiguration"],
        [],
    ),
    "get_bucket_acl": (lambda at: at.bucket, ["GetBucketAcl"], []),
    "get_bucket_encryption": (lambda at: at.bucket, ["GetEncryptionConfiguration"], []),
    "get_bucket_cors": (lambda at: at.bucket, ["GetBucketCORS"], []),
    "get_bucket_lifecycle_configuration": (
        lambda at: at.bucket,
        ["GetLifecycleConfiguration"],
        [],
    ),
    "get_bucket_inventory_configuration": (
        lambda at: at.bucket | {"Id": "list"},
        ["GetInventoryConfiguration"],
        [],
    ),
    "get_bucket_logging": (lambda at: at.bucket, ["GetBucketLogging"], []),
    "get_bucket_metrics_configuration": (
        lambda at: at.bucket | {"Id": "all"},
        ["GetMetricsConfiguration"],
        [],
    ),
    "get_bucket_location": (lambda at: at.bucket, ["GetBucketLocation"], []),
    "get_bucket_notification_configuration": (
        lambda at: at.bucket,
        ["GetBucketNotification"],
        [],
    ),
    "get_bucket_ownership_controls": (lambda at: at.bucket, ["GetBucketOwnershipControls"], []),
    "get_bucket_policy": (lambda at: at.bucket, ["GetBucketPolicy"], []),
    "get_bucket_policy_status": (lambda at: at.bucket, ["GetBucketPolicyStatus"], []),
    "get_bucket_replication": (lambda at: at.bucket, ["GetReplicationConfiguration"], []),
    "get_bucket_request_payment": (lambda at: at.bucket, ["GetBucketRequestPayment"], []),
    "get_bucket_tagging": (lambda at: at.bucket, ["GetBucketTagging"], []),
    "get_bucket_website": (lambda at: at.bucket, ["GetBucketWebsite"], []),
    "get_bucket_versioning": (lambda at: at.bucket, ["GetBucketVersioning"], []),
    "get_object": (lambda at: at.object, [], ["GetObject"]),
    "get_object_acl": (lambda at: at.object, [], ["GetObjectAcl"]),
    "get_object_attributes": (
        lambda at: at.object | {"ObjectAttributes": ["ETag"]},
        [],
        ["GetObject", "GetObjectAttributes"],
    ),
    "get_object_legal_hold": (lambda at: at.locked, [], ["GetObjectLegalHold"]),
    "get_object_lock_configuration": (
        lambda at: at.bucket,
        ["GetBucketObjectLockConfiguration"],
        [],
    ),
    "get_object_retention": (lambda at: at.locked, [], ["GetObjectRetention"]),
    "get_object_tagging": (lambda at: at.object, [], ["GetObjectTagging"]),
    "get_public_access_block": (lambda at: at.bucket, ["GetBucketPublicAccessBlock"], []),
    "get_object_torrent": (lambda at: at.object, [], ["GetObjectTorrent"]),
    "head_bucket": (lambda at: at.bucket, ["ListBucket"], []),
    "head_object": (lambda at: at.object, [], ["GetObject"]),
    "list_bucket_analytics_configurations": (
        lambda at: at.bucket,
        ["GetAnalyticsConfiguration"],
        [],
    ),
    "list_bucket_intelligent_tiering_configurations": (
        lambda at: at.bucket,
        ["GetIntelligentTieringConfiguration"],
        [],
    ),
    "list_bucket_inventory_configurations": (
        lambda at: at.bucket,
        ["GetInventoryConfiguration"],
        [],
    ),
    "list_bucket_metrics_configurations": (lambda at: at.bucket, ["GetMetricsConfiguration"], []),
    "list_buckets": (lambda at: {}, ["ListAllMyBuckets"], []),
    "list_multipart_uploads": (lambda at: at.bucket, ["ListBucketMultipartUploads"], []),
    "list_object_versions": (lambda at: at.bucket, ["ListBucketVersions"], []),
    "list_objects": (lambda at: at.bucket, ["ListBucket"], []),
    "list_objects_v2": (lambda at: at.bucket, ["ListBucket"], []),
    "list_parts": (lambda at: at.upload, [], ["ListMultipartUploadParts"]),
    "post_object": (lambda at: at.object, [], ["PutObject"]),
    "put_bucket_acl": (lambda at: at.bucket | {"ACL": "private"}, ["PutBucketAcl"], []),
    "put_bucket_encryption": (
        lambda at: at.bucket | {"ServerSideEncryptionConfiguration": ENCRYPTION},
        ["PutEncryptionConfiguration"],
        [],
    ),
    "put_bucket_inventory_configuration": (
        lambda at: at.bucket | {"Id": "list", "InventoryConfiguration": inventory(at.name)},
        ["PutInventoryConfiguration"],
        [],
    ),
    "put_bucket_logging": (
        lambda at: at.bucket | {"BucketLoggingStatus": {}},
        ["PutBucketLogging"],
        [],
    ),
    "put_bucket_metrics_configuration": (
        lambda at: at.bucket | {"Id": "all", "MetricsConfiguration": {"Id": "all"}},
        ["PutMetricsConfiguration"],
        [],
    ),
    "put_bucket_notification_configuration": (
        lambda at: at.bucket | {"NotificationConfiguration": {}},
        ["PutBucketNotification"],
        [],
    ),
    "put_bucket_cors": (
        lambda at: at.bucket | {"CORSConfiguration": CORS},
        ["PutBucketCORS"],
        [],
    ),
    "put_bucket_website": (
        lambda at: at.bucket | {"WebsiteConfiguration": WEBSITE},
        ["PutBucketWebsite"],
        [],
    ),
    "put_bucket_lifecycle_configuration": (
        lambda at: at.bucket | {"LifecycleConfiguration": LIFECYCLE},
        ["PutLifecycleConfiguration"],
        [],
    ),
    "put_bucket_ownership_controls": (
        lambda at: at.bucket | {"OwnershipControls": OWNERSHIP},
        ["PutBucketOwnershipControls"],
        [],
    ),
    "put_bucket_policy": (
        lambda at: at.bucket | {"Policy": at.policy},
        ["PutBucketPolicy"],
        [],
    ),
    "put_bucket_request_payment": (
        lambda at: at.bucket | {"RequestPaymentConfiguration": {"Payer": "BucketOwner"}},
        ["PutBucketRequestPayment"],
        [],
    ),
    "put_bucket_tagging": (lambda at: at.bucket | {"Tagging": TAGS}, ["PutBucketTagging"], []),
    "put_bucket_versioning": (
        lambda at: at.bucket | {"VersioningConfiguration": {"Status": "Enabled"}},
        ["PutBucketVersioning"],
        [],
    ),
    "put_object": (lambda at: at.object | {"Body": b"new"}, [], ["PutObject"]),
    "put_object_acl": (lambda at: at.object | {"ACL": "private"}, [], ["PutObjectAcl"]),
    "put_object_legal_hold": (
        lambda at: at.object | {"LegalHold": {"Status": "OFF"}},
        [],
        ["PutObjectLegalHold"],
    ),
    "put_object_lock_configuration": (
        lambda at: at.bucket | {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}},
        ["PutBucketObjectLockConfiguration"],
        [],
    ),
    "put_object_retention": (
        lambda at: at.object | {"Retention": at.retention},
        [],
        ["PutObjectRetention"],
    ),
    "put_object_tagging": (lambda at: at.object | {"Tagging": TAGS}, [], ["PutObjectTagging"]),
    "put_public_access_block": (
        lambda at: at.bucket | {"PublicAccessBlockConfiguration": {}},
        ["PutBucketPublicAccessBlock"],
        [],
    ),
    "restore_object": (
        lambda at: at.archived | {"RestoreRequest": {"Days": 1}},
        [],
        ["RestoreObject"],
    ),
    "select_object_content": (
        lambda at: (
            at.object
            | {
                "Expression": "SELECT * FROM S3Object",
                "ExpressionType": "SQL",
                "InputSerialization": {"CSV": {}},
                "OutputSerialization": {"CSV": {}},
            }
        ),
        [],
        ["GetObject"],
    ),
    "upload_part": (lambda at: at.upload | {"PartNumber": 2, "Body": b"x"}, [], ["PutObject"]),
    "upload_part_copy": (
        lambda at: at.upload | {"PartNumber": 2, "CopySource": f"{at.name}/key"},
        [],
        ["GetObject", "PutObject"],
    ),
}

OF_NOBODY = {"get_website_object", "options_object"}
"""Operations that no signature is looked at for: their own tests are about who sees what."""

FURTHER = {
    "put_object with tags": (
        "put_object",
        lambda at: at.object | {"Tagging": "team=ice"},
        ["PutObject", "PutObjectTagging"],
    ),
    "put_object with a grant": (
        "put_object",
        lambda at: at.object | {"ACL": "public-read"},
        ["PutObject", "PutObjectAcl"],
    ),
    "create_bucket with object lock": (
        "create_bucket",
        lambda at: {"Bucket": f"{at.name}-new", "ObjectLockEnabledForBucket": True},
        ["CreateBucket", "PutBucketObjectLockConfiguration", "PutBucketVersioning"],
    ),
    "put_object retained": (
        "put_object",
        lambda at: (
            at.object
            | {
                "ObjectLockMode": "GOVERNANCE",
                "ObjectLockRetainUntilDate": at.retention["RetainUntilDate"],
            }
        ),
        ["PutObject", "PutObjectRetention"],
    ),
    "put_object on hold": (
        "put_object",
        lambda at: at.object | {"ObjectLockLegalHoldStatus": "ON"},
        ["PutObject", "PutObjectLegalHold"],
    ),
    "delete_object of a retained version": (
        "delete_object",
        lambda at: at.locked | {"VersionId": at.locked_version, "BypassGovernanceRetention": True},
        ["DeleteObjectVersion", "BypassGovernanceRetention"],
    ),
    "put_object_retention for less time": (
        "put_object_retention",
        lambda at: (
            at.locked
            | {
                "Retention": at.retention
                | {"RetainUntilDate": datetime.now(UTC) + timedelta(hours=1)},
                "BypassGovernanceRetention": True,
            }
        ),
        ["PutObjectRetention", "BypassGovernanceRetention"],
    ),
    "get_object of a version": (
        "get_object",
        lambda at: at.object | {"VersionId": "null"},
        ["GetObjectVersion"],
    ),
    "delete_object of a version": (
        "delete_object",
        lambda at: at.object | {"VersionId": "null"},
        ["DeleteObjectVersion"],
    ),
}
