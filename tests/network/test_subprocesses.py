"""`network.environment()`: subprocesses in Python, JavaScript and Go, which no patch reaches."""

import os
import shutil
import subprocess
import sys

import pytest

from fake_registry import FakeRegistry, Settings
from pytest_acr import AcrNetwork, network

PYTHON = """
import os
from azure.containerregistry import ContainerRegistryClient
from azure.identity import DefaultAzureCredential

with DefaultAzureCredential() as credential:
    with ContainerRegistryClient(os.environ["REGISTRY_ENDPOINT"], credential) as client:
        print(*client.list_repository_names())
"""

NODE = """
const endpoint = process.env.REGISTRY_ENDPOINT, user = process.env.REGISTRY_USERNAME;
const basic = Buffer.from(user + ":" + process.env.REGISTRY_PASSWORD).toString("base64");
const service = new URL(endpoint).host, scope = "registry:catalog:*";
const asked = new URLSearchParams({service, scope});
fetch(`${endpoint}/oauth2/token?${asked}`, {headers: {Authorization: `Basic ${basic}`}})
  .then((answer) => answer.json())
  .then(({access_token}) => fetch(`${endpoint}/v2/_catalog`, {headers: {Authorization: `Bearer ${access_token}`}}))
  .then((answer) => answer.json())
  .then(({repositories}) => console.log(repositories.join(" ")));
"""


def run(inside: AcrNetwork, *command: str, registry: FakeRegistry | None = None) -> str:
    """Run a program in the environment of a network, and return its output."""
    environment = inside.environment(registry)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(autouse=True)
def _proxies_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")


@pytest.mark.acr_image("samples/hello:1.0")
def test_python_with_its_default_credential(acr: FakeRegistry, acr_network: AcrNetwork) -> None:
    assert run(acr_network, sys.executable, "-c", PYTHON) == "samples/hello"
    assert acr.requests.where(endpoint="oauth.exchange", status=200)


CREDENTIALS = """
import os, socket, sys
from azure import identity

looked_up = []
resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *args, **options: looked_up.append(host) or resolve(host, *args, **options)
for name in sys.argv[1:]:
    looked_up.clear()
    try:
        with getattr(identity, name)() as credential:
            credential.get_token("https://containerregistry.azure.net/.default")
        print(name, "token", *set(looked_up))
    except Exception as error:
        print(name, type(error).__name__, *set(looked_up))
"""


@pytest.mark.parametrize(
    "own",
    [
        {"AZURE_CLIENT_SECRET": "mine", "AZURE_TOKEN_CREDENTIALS": "dev"},
        pytest.param({}, marks=pytest.mark.exhaustive),
        pytest.param({"AZURE_CLIENT_SECRET": "mine"}, marks=pytest.mark.exhaustive),
        pytest.param({"AZURE_TOKEN_CREDENTIALS": "dev"}, marks=pytest.mark.exhaustive),
    ],
    ids=["both", "nothing", "secret", "dev"],
)
def test_environment_may_be_merged_over_that_of_the_process(
    acr_network: AcrNetwork, monkeypatch: pytest.MonkeyPatch, own: dict[str, str]
) -> None:
    """The subprocess logs in at the fake or fails; it asks no other host."""
    for name, value in own.items():
        monkeypatch.setenv(name, value)
    merged = {**os.environ, **acr_network.environment()}

    names = ["DefaultAzureCredential", "ManagedIdentityCredential", "EnvironmentCredential"]
    command = [sys.executable, "-c", CREDENTIALS, *names]
    done = subprocess.run(command, env=merged, capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout.splitlines() == [
        "DefaultAzureCredential token 127.0.0.1",
        "ManagedIdentityCredential token 127.0.0.1",
        "EnvironmentCredential ValueError",
    ]


def test_environment_alone_has_no_service_principal(acr_network: AcrNetwork) -> None:
    alone = acr_network.environment()
    command = [sys.executable, "-c", CREDENTIALS, "EnvironmentCredential"]
    done = subprocess.run(command, env=alone, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "EnvironmentCredential CredentialUnavailableError"


@pytest.mark.acr_image("samples/hello:1.0")
def test_roles_of_the_principal_hold_in_a_subprocess(acr: FakeRegistry, acr_network: AcrNetwork) -> None:
    acr.grant("another principal", "Owner")
    with pytest.raises(AssertionError, match="ClientAuthenticationError"):
        run(acr_network, sys.executable, "-c", PYTHON)
    acr.grant(acr_network.principal.object_id, "Reader")
    assert run(acr_network, sys.executable, "-c", PYTHON) == "samples/hello"


def test_registry_may_be_reset_inside(acr: FakeRegistry) -> None:
    with network(acr) as inside:
        inside.environment()
        acr.reset()
    with network() as nowhere, pytest.raises(ValueError, match="found a network without any"):
        nowhere.environment()


@pytest.mark.acr_image("samples/hello:1.0")
def test_node(acr_network: AcrNetwork) -> None:
    node = program("node")
    assert run(acr_network, node, "-e", NODE) == "samples/hello"


@pytest.mark.acr_image("samples/hello:1.0")
def test_skopeo(acr: FakeRegistry, acr_network: AcrNetwork) -> None:
    """skopeo is written in Go, which reads SSL_CERT_FILE."""
    skopeo = program("skopeo")
    variables = acr_network.environment()
    user = f"{variables['REGISTRY_USERNAME']}:{variables['REGISTRY_PASSWORD']}"
    host = variables["REGISTRY_ENDPOINT"].removeprefix("https://")
    listed = run(acr_network, skopeo, "list-tags", "--creds", user, f"docker://{host}/samples/hello")
    assert '"1.0"' in listed


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def test_each_registry_has_an_environment() -> None:
    registries = [FakeRegistry(Settings(name=name)) for name in ("one", "two")]
    for registry in registries:
        registry.push_image(f"samples/{registry.settings.name}:1")
    with network(*registries) as inside:
        names = [run(inside, sys.executable, "-c", PYTHON, registry=registry) for registry in registries]
        assert inside.environment(registries[1]) == inside.environment(registries[1])
        with pytest.raises(
            ValueError, match="registry: expected one of this network's registries, found <FakeRegistry"
        ):
            inside.environment(FakeRegistry())
    assert names == ["samples/one", "samples/two"]


def test_environment_requires_the_network(acr: FakeRegistry) -> None:
    inside = network(acr)
    before = dict(os.environ)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="only inside the network"):
            inside.environment()
        with inside:
            assert inside.environment()["REGISTRY_ENDPOINT"].startswith("https://127.0.0.1:")
    assert dict(os.environ) == before
