"""Valid documents of S3's operations, from which the bent ones are made."""

TEMPLATES: dict[str, tuple[str, ...]] = {
    "CreateBucket": (
        "<CreateBucketConfiguration><LocationConstraint>us-east-1</LocationConstraint>"
        "</CreateBucketConfiguration>",
    ),
    "DeleteObjects": (
        "<Delete><Quiet>true</Quiet><Object><Key>a</Key></Object>"
        "<Object><Key>b/c</Key><VersionId>null</VersionId></Object></Delete>",
    ),
    "PutBucketAcl": (
        "<AccessControlPolicy><Owner><ID>{owner}</ID></Owner><AccessControlList><Grant>"
        '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser">'
        "<ID>{owner}</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>"
        "</AccessControlList></AccessControlPolicy>",
    ),
    "PutBucketCors": (
        "<CORSConfiguration><CORSRule><ID>one</ID><AllowedMethod>GET</AllowedMethod>"
        "<AllowedOrigin>https://*.example</AllowedOrigin><AllowedHeader>*</AllowedHeader>"
        "<ExposeHeader>x-amz-meta-a</ExposeHeader><MaxAgeSeconds>60</MaxAgeSeconds></CORSRule>"
        "</CORSConfiguration>",
    ),
    "PutBucketEncryption": (
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
        "<SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault>"
        "<BucketKeyEnabled>true</BucketKeyEnabled></Rule></ServerSideEncryptionConfiguration>",
        "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>"
        "<SSEAlgorithm>aws:kms</SSEAlgorithm><KMSMasterKeyID>{key}</KMSMasterKeyID>"
        "</ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>",
    ),
    "PutBucketLifecycleConfiguration": (
        "<LifecycleConfiguration><Rule><ID>one</ID><Status>Enabled</Status><Filter><And>"
        "<Prefix>b/</Prefix><Tag><Key>a</Key><Value>b</Value></Tag>"
        "<ObjectSizeGreaterThan>10</ObjectSizeGreaterThan></And></Filter>"
        "<Expiration><Days>30</Days></Expiration>"
        "<Transition><Days>1</Days><StorageClass>GLACIER</StorageClass></Transition>"
        "<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays>"
        "<NewerNoncurrentVersions>2</NewerNoncurrentVersions></NoncurrentVersionExpiration>"
        "</Rule><Rule><ID>two</ID><Status>Disabled</Status><Filter><Prefix></Prefix></Filter>"
        "<AbortIncompleteMultipartUpload><DaysAfterInitiation>1</DaysAfterInitiation>"
        "</AbortIncompleteMultipartUpload></Rule></LifecycleConfiguration>",
        "<LifecycleConfiguration><Rule><Status>Enabled</Status><Prefix>folder/</Prefix>"
        "<Expiration><Date>2020-01-01T00:00:00Z</Date></Expiration></Rule>"
        "</LifecycleConfiguration>",
    ),
    "PutBucketLogging": (
        "<BucketLoggingStatus><LoggingEnabled><TargetBucket>{target}</TargetBucket>"
        "<TargetPrefix>log/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>",
        "<BucketLoggingStatus/>",
    ),
    "PutBucketNotificationConfiguration": (
        "<NotificationConfiguration><EventBridgeConfiguration/></NotificationConfiguration>",
        "<NotificationConfiguration><QueueConfiguration><Id>one</Id>"
        "<Queue>arn:aws:sqs:us-east-1:{account}:q</Queue><Event>s3:ObjectCreated:*</Event>"
        "<Filter><S3Key><FilterRule><Name>prefix</Name><Value>a</Value></FilterRule></S3Key>"
        "</Filter></QueueConfiguration></NotificationConfiguration>",
    ),
    "PutBucketOwnershipControls": (
        "<OwnershipControls><Rule><ObjectOwnership>ObjectWriter</ObjectOwnership></Rule>"
        "</OwnershipControls>",
    ),
    "PutBucketTagging": (
        "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag>"
        "<Tag><Key>project</Key><Value>c</Value></Tag></TagSet></Tagging>",
    ),
    "PutBucketVersioning": (
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
        "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>",
    ),
    "PutBucketWebsite": (
        "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument>"
        "<ErrorDocument><Key>a</Key></ErrorDocument><RoutingRules><RoutingRule><Condition>"
        "<KeyPrefixEquals>b/</KeyPrefixEquals></Condition><Redirect><HostName>example.org</HostName>"
        "<ReplaceKeyPrefixWith>c/</ReplaceKeyPrefixWith></Redirect></RoutingRule></RoutingRules>"
        "</WebsiteConfiguration>",
        "<WebsiteConfiguration><RedirectAllRequestsTo><HostName>example.org</HostName>"
        "</RedirectAllRequestsTo></WebsiteConfiguration>",
    ),
    "PutObjectLegalHold": ("<LegalHold><Status>ON</Status></LegalHold>",),
    "PutObjectLockConfiguration": (
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule>"
        "<DefaultRetention><Mode>GOVERNANCE</Mode><Days>1</Days></DefaultRetention></Rule>"
        "</ObjectLockConfiguration>",
        "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled>"
        "</ObjectLockConfiguration>",
    ),
    "PutObjectRetention": (
        "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2030-01-01T00:00:00Z"
        "</RetainUntilDate></Retention>",
    ),
    "PutPublicAccessBlock": (
        "<PublicAccessBlockConfiguration><BlockPublicAcls>false</BlockPublicAcls>"
        "<BlockPublicPolicy>false</BlockPublicPolicy></PublicAccessBlockConfiguration>",
    ),
    "RestoreObject": (
        "<RestoreRequest><Days>2</Days><GlacierJobParameters><Tier>Expedited</Tier>"
        "</GlacierJobParameters></RestoreRequest>",
    ),
    "SelectObjectContent": (
        "<SelectObjectContentRequest><Expression>{select}</Expression>"
        "<ExpressionType>SQL</ExpressionType><InputSerialization><CSV>"
        "<FileHeaderInfo>USE</FileHeaderInfo><FieldDelimiter>,</FieldDelimiter>"
        "<QuoteCharacter>'</QuoteCharacter></CSV></InputSerialization><OutputSerialization><CSV>"
        "<QuoteFields>ALWAYS</QuoteFields></CSV></OutputSerialization>"
        "<ScanRange><Start>0</Start><End>9</End></ScanRange></SelectObjectContentRequest>",
        "<SelectObjectContentRequest><Expression>{select}</Expression>"
        "<ExpressionType>SQL</ExpressionType><RequestProgress><Enabled>true</Enabled>"
        "</RequestProgress><InputSerialization><JSON><Type>LINES</Type></JSON>"
        "</InputSerialization><OutputSerialization><JSON><RecordDelimiter>;</RecordDelimiter></JSON>"
        "</OutputSerialization></SelectObjectContentRequest>",
        "<SelectObjectContentRequest><Expression>{select}</Expression>"
        "<ExpressionType>SQL</ExpressionType><InputSerialization><Parquet/></InputSerialization>"
        "<OutputSerialization><JSON/></OutputSerialization></SelectObjectContentRequest>",
    ),
}
TEMPLATES["PutObjectAcl"] = TEMPLATES["PutBucketAcl"]
TEMPLATES["PutObjectTagging"] = TEMPLATES["PutBucketTagging"]
TEMPLATES["PutBucketLifecycle"] = TEMPLATES["PutBucketLifecycleConfiguration"]
TEMPLATES["PutBucketNotification"] = TEMPLATES["PutBucketNotificationConfiguration"]

SELECTIONS = (
    "SELECT * FROM S3Object",
    "SELECT s.a, s.b FROM S3Object s WHERE CAST(s.a AS INT) > 1 LIMIT 3",
    "SELECT COUNT(*), MAX(s.a), AVG(CAST(a AS FLOAT)) FROM S3Object s",
    "SELECT s._1 FROM S3Object s",
    "SELECT s.a.b[3] FROM S3Object[*] s",
    "SELECT * FROM S3Object[*].a.b[*] s",
    "SELECT s.a FROM S3Object s WHERE s.b LIKE 'x%' ESCAPE '\\'",
    "SELECT CASE WHEN s.a IS NULL THEN 1 ELSE 1/0 END FROM S3Object s",
    "SELECT TO_TIMESTAMP('x'), SUBSTRING(s.a, 0, -5), UTCNOW() FROM S3Object s",
    "SELECT CAST('9999999999999999999999' AS INT), s.\"a\" FROM S3Object s",
    "SELECT 1e400, -9223372036854775809, 'é😀' || s.a FROM S3Object s",
    "SELECT * FROM S3Object; DROP TABLE x",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT getenv('HOME') FROM S3Object",
    "SELECT a FROM S3Object s, S3Object t",
    "SELECT (SELECT 1) FROM S3Object",
    "SELEC",
    "",
    "SELECT " + "(" * 300 + "1" + ")" * 300 + " FROM S3Object",
    "SELECT '" + "a" * 3000 + "' FROM S3Object",
    "SELECT " + ",".join("a" for _ in range(500)) + " FROM S3Object",
    "SELECT s.a FROM S3Object s WHERE " + " OR ".join("s.a='1'" for _ in range(300)),
)
"""Statements of S3 Select, right and wrong."""
