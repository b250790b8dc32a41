"""`fake-registry serve` with several registries: host names, settings, certificates, bad options."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from fake_registry import FakeRegistry, Settings
from fake_registry.cli import main
from fake_registry.cli.chosen_settings import all_settings_of
from fake_registry.cli.serve_options import OptionError
from tests.server.commands import Serve, commands

LEFT = {"Host": "left.azurecr.io"}
RIGHT = {"Host": "right.azurecr.io"}


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with commands(tmp_path) as start:
        yield start


def test_host_decides_which_registry_answers(serve: Serve, tmp_path: Path) -> None:
    hosts_file = tmp_path / "hosts"
    command = serve(
        *("--registry", "left", "--registry", "Right:oci", "--clock", "manual"),
        *("--setting", "right.auth=token", "--hosts-file", str(hosts_file)),
    )
    url = command.url

    def get(path: str, headers: dict[str, str] | None = None) -> requests.Response:
        return requests.get(f"{url}{path}", headers=headers, timeout=5)

    assert command.ready["name"] == "left.azurecr.io,right.azurecr.io"
    assert command.ready["auth"] == "off,token"
    assert [get("/v2/", headers).status_code for headers in (LEFT, RIGHT, None)] == [200, 401, 421]
    assert get("/_fake/health", RIGHT).json()["profile"] == "oci"
    assert get("/_fake/health").status_code == 200
    assert get("/_fake/state").status_code == 400

    before = get("/_fake/clock", RIGHT).json()["time"]
    requests.post(f"{url}/_fake/clock?registry=left", json={"advance_seconds": 9}, timeout=5)
    assert get("/_fake/clock", RIGHT).json()["time"] - before >= 9_000_000_000
    assert hosts_file.read_text().splitlines() == [
        "127.0.0.1 left.azurecr.io",
        "127.0.0.1 left.eastus.data.azurecr.io",
        "127.0.0.1 right.azurecr.io",
        "127.0.0.1 right.eastus.data.azurecr.io",
    ]


def test_one_registry_answers_for_any_host(serve: Serve) -> None:
    command = serve("--registry", "Left:oci")

    assert command.ready["name"] == "left.azurecr.io"
    assert requests.get(f"{command.url}/v2/", timeout=5).status_code == 200
    assert requests.get(f"{command.url}/v2/", headers=RIGHT, timeout=5).status_code == 200
    assert requests.get(f"{command.url}/_fake/state", timeout=5).status_code == 200


def test_each_registry_loads_the_layout(serve: Serve, tmp_path: Path) -> None:
    source = FakeRegistry(Settings(auth="off"))
    source.push_image("hello:1")
    layout = source.save_layout(tmp_path / "layout")
    command = serve("--registry", "left", "--registry", "right", "--dir", str(layout))

    for headers in (LEFT, RIGHT):
        catalog = requests.get(f"{command.url}/v2/_catalog", headers=headers, timeout=5)
        assert catalog.json() == {"repositories": ["hello"]}


def test_hosts_file_has_no_addresses(serve: Serve, tmp_path: Path) -> None:
    hosts_file = tmp_path / "hosts"
    names = ("--tls-name", "10.1.2.3", "--tls-name", "registry.internal")
    serve("--tls", *names, "--hosts-file", str(hosts_file))
    assert hosts_file.read_text().split()[1::2] == [
        "fake.azurecr.io",
        "fake.eastus.data.azurecr.io",
        "registry.internal",
    ]


def test_certificate_has_all_names(serve: Serve, tmp_path: Path) -> None:
    ca_file = str(tmp_path / "ca.pem")
    command = serve(
        *("--registry", "left", "--registry", "right", "--tls", "--write-ca", ca_file),
        *("--tls-name", "registry.internal"),
    )
    context = ssl.create_default_context(cafile=ca_file)

    def connect(name: str) -> None:
        with (
            socket.create_connection(command.address, timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=name),
        ):
            pass

    for name in ("left.azurecr.io", "right.eastus.data.azurecr.io", "registry.internal"):
        connect(name)
    with pytest.raises(ssl.SSLCertVerificationError):
        connect("other.internal")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--registry my-registry", "--registry: name: expected ASCII letters and digits, found 'my-registry'"),
        ("--registry=", "--registry: name: expected"),
        ("--registry a:docker", "--registry: expected one of acr, oci, found 'docker'"),
        ("--registry a --registry A:oci", "--registry: expected each name once, found 'a' twice"),
        ("--registry a --name b", "expected --registry or --name, not both"),
        ("--registry a --setting name=b", "expected --registry or --setting name=, not both"),
        (
            "--registry a --setting a.name=b",
            "--setting a.name: a registry gets its name from --registry NAME",
        ),
        ("--registry a --setting c.auth=off", "--setting c.auth: expected one of the registries a, found 'c'"),
        ("--registry a --setting a.colour=red", "there is no setting 'colour'"),
        ("--registry a --setting a.auth=basic", "auth: expected"),
        ("--tls-name a", "--tls-name requires --tls"),
        ("--tls --tls-name https://a", "--tls-name: expected a host name such as registry.internal"),
    ],
)
def test_wrong_option_is_status_2_in_one_sentence(
    capfd: pytest.CaptureFixture[str],
    tmp_path: Path,
    arguments: str,
    message: str,
) -> None:
    port_file = tmp_path / "port"
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", "0", "--port-file", str(port_file), *arguments.split()])

    out, err = capfd.readouterr()
    assert (ended.value.code, out, port_file.exists()) == (2, "", False)
    assert message in err
    assert err.count("\n") == 1


def test_setting_of_one_registry_wins_over_that_of_all() -> None:
    settings = [("left.max_page_size", 3), ("max_page_size", 7)]
    left, right = all_settings_of({"registry": [("left", None), ("right", "oci")], "setting": settings})

    assert (left.max_page_size, right.max_page_size) == (3, 7)
    assert (left.profile, right.profile) == ("acr", "oci")


def test_setting_can_name_the_only_registry() -> None:
    [settings] = all_settings_of({"name": "Mine", "setting": [("mine.max_page_size", 3)]})

    assert (settings.name, settings.max_page_size) == ("Mine", 3)
    with pytest.raises(OptionError, match=r"--setting fake\.auth: expected one of the registries mine"):
        all_settings_of({"name": "mine", "setting": [("fake.auth", "off")]})


def test_registries_on_the_command_line_replace_those_of_the_environment() -> None:
    environment, given = {"registry": [("a", None)]}, {"registry": [("b", None), ("c", None)]}

    assert [one.name for one in all_settings_of(environment, given)] == ["b", "c"]
