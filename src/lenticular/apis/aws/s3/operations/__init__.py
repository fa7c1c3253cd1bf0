"""The operations of S3, by the resource that they are about."""
