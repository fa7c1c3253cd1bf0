"""Fixtures: servers of one's own, and one that many tests share because it bears them all."""

import uuid

import pytest

from .server import Server
from .zygote import Zygote


def pytest_terminal_summary(terminalreporter):
    """Print what tests have counted (`record_property`)."""
    ended = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    for report in ended:
        if report.when == "call":
            for name, count in report.user_properties:
                terminalreporter.line(f"{count:>10,}  {name}")


@pytest.fixture(scope="session")
def zygote():
    """What forks servers, which takes a tenth of the time of a start."""
    zygote = Zygote()
    yield zygote
    zygote.close()


@pytest.fixture
def make_server(tmp_path):
    """Makes servers, which are gone when the test is."""
    servers = []

    def make(**settings):
        server = Server(tmp_path / f"cloud{len(servers)}", **settings)
        servers.append(server)
        return server

    yield make
    for server in servers:
        server.close()


@pytest.fixture
def server(make_server):
    """A server that runs."""
    server = make_server()
    server.start()
    return server


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory):
    """A server for all tests of a module."""
    server = Server(tmp_path_factory.mktemp("shared") / "cloud")
    server.start()
    yield server
    server.close()


@pytest.fixture
def make_bucket():
    """Makes a bucket with a name of its own on a server."""

    def make(server):
        name = f"faults-{uuid.uuid4().hex[:8]}"
        server.client("s3").create_bucket(Bucket=name)
        return name

    return make


@pytest.fixture
def bucket(server, make_bucket):
    return make_bucket(server)


@pytest.fixture
def s3(server):
    return server.client("s3")
