"""Settings: where they come from, which source wins, and what is said about wrong ones."""

from pathlib import Path

import pytest

from lenticular.server.configuration import LISTENING, PORTS, Configuration, ConfigurationError
from lenticular.server.settings import load, settings


@pytest.fixture
def data(tmp_path):
    return tmp_path / "cloud"


def write(folder: Path, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / "lenticular.toml"
    file.write_text(text)
    return file


def test_defaults_suit_one_machine(data):
    configuration = load({"data": data}, environment={})
    assert (configuration.host, configuration.port_base) == ("127.0.0.1", 4200)
    assert configuration.region == "us-east-1"
    assert not data.exists()


def test_data_folder_lies_under_the_users_data_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert load(environment={}).data == tmp_path / "lenticular"


def test_flags_win_over_environment_over_file_over_default(data):
    write(data, 'region = "file"\nhost = "file"\nlog_level = "error"')
    environment = {"LENTICULAR_REGION": "environment", "LENTICULAR_HOST": "environment"}
    configuration = load({"data": data, "region": "flag"}, environment=environment)
    assert configuration.region == "flag"
    assert configuration.host == "environment"
    assert configuration.log_level == "error"
    assert configuration.log_format == "text"


def test_a_flag_that_was_not_given_is_none_and_changes_nothing(data):
    environment = {"LENTICULAR_PORT_BASE": "5000"}
    assert load({"data": data, "port_base": None}, environment=environment).port_base == 5000


@pytest.mark.parametrize("named_by", ["argument", "environment"])
def test_another_file_may_name_the_data_folder(tmp_path, data, named_by):
    file = write(tmp_path / "elsewhere", f'data = "{data}"\nport_base = 5000')
    if named_by == "argument":
        configuration = load(file=file, environment={})
    else:
        configuration = load(environment={"LENTICULAR_CONFIG": str(file)})
    assert (configuration.data, configuration.port_base) == (data, 5000)


def test_values_get_their_types(data):
    environment = {
        "LENTICULAR_DOMAINS": "cloud.example, localhost",
        "LENTICULAR_IDLE_TIMEOUT": "5",
        "LENTICULAR_DATA": str(data),
    }
    configuration = load(environment=environment)
    assert configuration.domains == ("cloud.example", "localhost")
    assert configuration.idle_timeout == 5.0
    assert configuration.data == data


def test_a_relative_data_folder_is_made_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert load({"data": "here"}, environment={}).data == tmp_path / "here"


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"LENTICULAR_PORT_BSE": "1"}, "LENTICULAR_PORT_BSE: .* nearest is port_base"),
        ({"LENTICULAR_PORT_BASE": "many"}, "LENTICULAR_PORT_BASE is 'many': Expected `int`"),
        ({"LENTICULAR_PORT_BASE": "65530"}, "LENTICULAR_PORT_BASE .* <= 65528"),
        ({"LENTICULAR_LOG_FORMAT": "xml"}, "LENTICULAR_LOG_FORMAT is 'xml'"),
        ({"LENTICULAR_DATA": ""}, "LENTICULAR_DATA is '': Expected a path"),
        ({"LENTICULAR_CONFIG": "/no/such.toml"}, "/no/such.toml cannot be read"),
    ],
)
def test_wrong_variables_are_named(environment, message):
    with pytest.raises(ConfigurationError, match=message):
        load(environment=environment)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("reigon = 'lab'", "lenticular.toml: reigon: .* nearest is region"),
        ("qqqq = 1", "qqqq: there is no such setting; there are data, host"),
        ("port_base = '4200x'", "port_base is '4200x'"),
        ("idle_timeout = 0", "idle_timeout is 0: Expected `float` > 0"),
        ("region = 'Not A Region'", "region is 'Not A Region'"),
        ("this is not toml", "is not TOML"),
        ("data = '/elsewhere'", "data cannot be set in the data folder itself"),
    ],
)
def test_wrong_lines_of_the_file_are_named(data, text, message):
    write(data, text)
    with pytest.raises(ConfigurationError, match=message):
        load({"data": data}, environment={})


def test_a_wrong_flag_is_named(data):
    with pytest.raises(ConfigurationError, match="flag max_connections is '0'"):
        load({"data": data, "max_connections": "0"}, environment={})


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:4201"),
        ("0.0.0.0", "http://127.0.0.1:4201"),
        ("::", "http://[::1]:4201"),
        ("::1", "http://[::1]:4201"),
        ("lab.example", "http://lab.example:4201"),
    ],
)
def test_urls_can_be_reached(host, url):
    assert Configuration(host=host).url("aws") == url


def test_ports_are_those_of_the_contract():
    order = ["portal", "aws", "azure", "google", "openstack", "globus", "hadoop", "data"]
    assert [name for name, _ in sorted(PORTS.items(), key=lambda item: item[1])] == order
    assert [Configuration(port_base=5000).port(name) for name in order] == list(range(5000, 5008))
    assert set(LISTENING) <= set(PORTS)


def test_every_setting_says_what_it_is():
    named = {setting.name: setting for setting in settings()}
    assert named.keys() == set(Configuration.__struct_fields__)
    for setting in named.values():
        assert setting.description.endswith(".")
        assert setting.variable == f"LENTICULAR_{setting.name.upper()}"
        assert setting.expected


def test_a_cloud_tells_others_the_name_they_reach_it_by():
    configuration = Configuration(host="0.0.0.0", public_host="cloud.example", tls=True)
    assert configuration.url("globus") == "https://cloud.example:4205"
