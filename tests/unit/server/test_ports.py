"""Ports: free or held, by whom, and sockets in folders that lie deep."""

import os
import socket
from pathlib import Path
from threading import Thread

import pytest

from lenticular.server import ports
from lenticular.server.configuration import PORTS

HOST = "127.0.0.1"


def test_free_ports_pass():
    ports.check(HOST, ports.free_base(HOST))


def test_a_held_port_is_named_with_its_holder_and_a_way_out():
    base = ports.free_base(HOST)
    with socket.create_server((HOST, base + PORTS["aws"])):
        with pytest.raises(ports.PortUnavailable) as caught:
            ports.check(HOST, base)
        message = str(caught.value)
    assert f"port {base + PORTS['aws']} (aws) is in use" in message
    assert f"process {os.getpid()}" in message
    assert "--port-base" in message


def test_an_address_of_another_machine_is_refused():
    with pytest.raises(ports.PortUnavailable, match=r"cannot listen on 192\.0\.2\.1"):
        ports.check("192.0.2.1", 4200)
    with pytest.raises(ports.PortUnavailable, match=r"cannot listen on 192\.0\.2\.1"):
        ports.free_base("192.0.2.1")


def test_a_port_that_nobody_serves_does_not_answer():
    assert not ports.answers(HOST, ports.free_base(HOST))


def test_a_port_that_does_not_speak_http_does_not_answer():
    base = ports.free_base(HOST)
    with socket.create_server((HOST, base)) as server:
        server.settimeout(5)
        client_sees = []
        asking = Thread(target=lambda: client_sees.append(ports.answers(HOST, base)))
        asking.start()
        connection, _ = server.accept()
        connection.sendall(b"220 mail.example\r\n")
        connection.close()
        asking.join(10)
    assert client_sees == [False]


@pytest.mark.parametrize("depth", [1, 12])
def test_a_socket_can_be_reached_however_deep_its_folder(tmp_path, depth):
    folder = tmp_path.joinpath(*["a folder"] * depth)
    folder.mkdir(parents=True)
    path: Path = folder / "admin.sock"
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        with ports.socket_address(path) as address:
            server.bind(address)
        server.listen()
        assert path.is_socket()
        with ports.socket_address(path) as address:
            client.connect(address)
        client.sendall(b"hello")
        connection, _ = server.accept()
        with connection:
            assert connection.recv(5) == b"hello"
