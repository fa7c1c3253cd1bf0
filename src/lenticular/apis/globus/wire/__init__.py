"""What all Globus services share on the wire: routes, credentials, documents and errors."""
