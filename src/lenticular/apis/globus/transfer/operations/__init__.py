"""The operations of Globus Transfer, by resource."""

from lenticular.apis.globus.transfer.operations.endpoints import EndpointOperations
from lenticular.apis.globus.transfer.operations.files import FileOperations

__all__ = ["EndpointOperations", "FileOperations"]
