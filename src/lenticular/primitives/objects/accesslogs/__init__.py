"""Access logs: what is asked of a bucket, written into another one, as Amazon S3 does.

Amazon S3 User Guide, "Logging requests with server access logging".
"""
