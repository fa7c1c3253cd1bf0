"""Files of an HTTP server: read in ranges (RFC 9110, section 14), listed where it lists itself."""

from lenticular.engines.connectors.web.files import WebFiles

__all__ = ["WebFiles"]
