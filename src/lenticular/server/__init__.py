"""The server: the request path, configuration, and the wiring of engines to primitives to APIs."""
