"""Specs: what keys there are, and what each is for.

AWS KMS API reference, "CreateKey", KeySpec and KeyUsage.
"""

SYMMETRIC_DEFAULT = "SYMMETRIC_DEFAULT"
"""AES-256-GCM: one material encrypts and decrypts."""

ENCRYPT_DECRYPT = "ENCRYPT_DECRYPT"
SIGN_VERIFY = "SIGN_VERIFY"
GENERATE_VERIFY_MAC = "GENERATE_VERIFY_MAC"
