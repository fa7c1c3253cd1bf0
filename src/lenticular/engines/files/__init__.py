"""Places where named files are kept whole: what is not the cloud's own, such as its backups."""
