"""The operations of DynamoDB that are written, by resource."""
