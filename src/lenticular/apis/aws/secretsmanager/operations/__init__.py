"""The operations of Secrets Manager, by resource."""
