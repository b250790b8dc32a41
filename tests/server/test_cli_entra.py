"""`fake-registry serve --service-principal`: the fake Entra on the port of the registry."""

from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
import requests
from azure.identity import ClientSecretCredential

from fake_registry.cli import main
from tests.server.commands import RunningCommand, Serve, commands

LOGIN = {"Host": "login.microsoftonline.com"}
OPTIONS = ("--tls", "--auth", "token", "--service-principal", "app:s3cret")


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with commands(tmp_path) as start:
        yield start


def log_in(
    command: RunningCommand,
    ca_file: Path,
    secret: str,
    headers: dict[str, str] | None = None,
) -> requests.Response:
    """Send the request of a client credential (RFC 6749 §4.4.2)."""
    form = {
        "grant_type": "client_credentials",
        "client_id": "app",
        "client_secret": secret,
        "scope": "https://containerregistry.azure.net/.default",
    }
    url = f"{command.ready['entra']}/{command.ready['tenant']}/oauth2/v2.0/token"
    return requests.post(url, data=form, headers=headers, verify=str(ca_file), timeout=5)


def exchange(command: RunningCommand, ca_file: Path, token: str) -> int:
    """Return the status of the exchange of an Entra token for a refresh token."""
    form = {
        "grant_type": "access_token",
        "service": command.url.partition("//")[2],
        "access_token": token,
    }
    url = f"{command.url}/oauth2/exchange"
    return requests.post(url, data=form, verify=str(ca_file), timeout=5).status_code


@pytest.mark.parametrize("headers", [None, LOGIN])
def test_service_principal_logs_in(
    serve: Serve,
    tmp_path: Path,
    headers: dict[str, str] | None,
) -> None:
    ca_file = tmp_path / "ca.pem"
    command = serve(*OPTIONS, "--write-ca", str(ca_file))

    assert log_in(command, ca_file, "a-wrong-one", headers).status_code == 401
    token = log_in(command, ca_file, "s3cret", headers).json()["access_token"]
    assert exchange(command, ca_file, token) == 200

    claims = jwt.decode(token, options={"verify_signature": False})
    forged = jwt.encode(claims, "k" * 32, algorithm="HS256")
    assert exchange(command, ca_file, forged) == 401
    assert requests.get(f"{command.url}/v2/", verify=str(ca_file), timeout=5).status_code == 401


@pytest.mark.parametrize("registries", [(), ("--registry", "left", "--registry", "right")])
def test_wrong_tenant_is_refused_by_entra(
    serve: Serve,
    tmp_path: Path,
    registries: tuple[str, ...],
) -> None:
    """With the address of the server in AZURE_AUTHORITY_HOST (AADSTS90002)."""
    ca_file = tmp_path / "ca.pem"
    command = serve(*OPTIONS, *registries, "--write-ca", str(ca_file))
    tenant = f"{command.url}/33333333-3333-4333-8333-333333333333"

    form = {"grant_type": "client_credentials", "client_id": "app"}
    refused = requests.post(f"{tenant}/oauth2/v2.0/token", data=form, verify=str(ca_file), timeout=5)
    configuration = f"{tenant}/v2.0/.well-known/openid-configuration"
    unknown = requests.get(configuration, verify=str(ca_file), timeout=5)

    assert (refused.status_code, refused.json()["error_codes"]) == (400, [90002])
    assert (unknown.status_code, unknown.json()["error_codes"]) == (400, [90002])


def test_hosts_file_has_the_login_hosts(serve: Serve, tmp_path: Path) -> None:
    hosts_file = tmp_path / "hosts"
    serve(*OPTIONS, "--hosts-file", str(hosts_file))

    assert "127.0.0.1 login.microsoftonline.com" in hosts_file.read_text().splitlines()


def test_azure_identity_logs_in(serve: Serve, tmp_path: Path) -> None:
    ca_file = tmp_path / "ca.pem"
    command = serve(*OPTIONS, "--write-ca", str(ca_file))

    with ClientSecretCredential(
        command.ready["tenant"],
        "app",
        "s3cret",
        authority=command.ready["entra"],
        disable_instance_discovery=True,
        connection_verify=str(ca_file),
    ) as credential:
        token = credential.get_token("https://containerregistry.azure.net/.default").token

    assert exchange(command, ca_file, token) == 200


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--tls --auth token --service-principal hush", "expected CLIENT_ID:SECRET"),
        ("--tls --service-principal a:b", "--service-principal requires --auth token"),
        ("--auth token --service-principal a:b", "--service-principal requires --tls"),
        ("--tls --auth token --service-principal a:b --service-principal a:c", "--service-principal: "),
    ],
)
def test_wrong_principal_is_status_2_in_one_sentence(
    capfd: pytest.CaptureFixture[str],
    arguments: str,
    message: str,
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", "0", *arguments.split()])

    out, err = capfd.readouterr()
    assert (ended.value.code, out) == (2, "")
    assert message in err
    assert (err.count("\n"), "hush" in err) == (1, False)
