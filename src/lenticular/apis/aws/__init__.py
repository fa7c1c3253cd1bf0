"""The interfaces of AWS: ``wire`` once for all services, then one folder per service."""
