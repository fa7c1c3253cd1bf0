"""The operations of Globus Transfer, by resource."""

from lenticular.apis.globus.transfer.operations.endpoints import EndpointOperations

__all__ = ["EndpointOperations"]
