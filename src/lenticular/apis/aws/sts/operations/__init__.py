"""The operations of STS, by what they are about."""
