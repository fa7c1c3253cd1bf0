"""The Globus interface: what globus-sdk and the globus command line speak."""
