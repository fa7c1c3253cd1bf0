"""The operations of CloudTrail, by resource."""
