"""All clients log in at docker-registry: with htpasswd, and with a token service at another port."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.core.exceptions import ClientAuthenticationError

from fake_registry.cli import main
from fake_registry.remote import RemoteRegistry
from fake_registry.server import RegistryServer
from fake_registry.spec.errors import Unauthorized
from fake_registry.spec.names import RepositoryName, digest_of
from pytest_acr import ContainerRegistryContentClient
from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient
from tests.support.docker_registry import PASSWORD, USER, htpasswd_auth, serve_docker_registry
from tests.support.signing_token_service import SigningTokenService

HELLO = RepositoryName("samples/hello")
CONTENT = b"hello"
BASIC = "Basic bWU6c2VjcmV0"

Push = Callable[[str, str, tuple[str, ...]], str]
"""Pushes CONTENT to a registry as USER with a password; returns its digest."""


def push_with_remote_registry(url: str, password: str, realm_hosts: tuple[str, ...] = ()) -> str:
    with RemoteRegistry(url, username=USER, password=password, realm_hosts=realm_hosts, timeout=10) as remote:
        return remote.put_blob(HELLO, digest_of(CONTENT), iter([CONTENT])).digest


def push_with_content_client(url: str, password: str, realm_hosts: tuple[str, ...] = ()) -> str:
    credential = AzureNamedKeyCredential(USER, password)
    with ContainerRegistryContentClient(url, HELLO, credential, enforce_https=False, realm_hosts=realm_hosts) as client:
        digest = client.upload_blob(CONTENT).digest
        assert client.download_blob_content(digest).content == CONTENT
        return digest


def push_with_aio_content_client(url: str, password: str, realm_hosts: tuple[str, ...] = ()) -> str:
    async def push() -> str:
        credential = AzureNamedKeyCredential(USER, password)
        async with AioContainerRegistryContentClient(
            url, HELLO, credential, enforce_https=False, realm_hosts=realm_hosts
        ) as client:
            return (await client.upload_blob(CONTENT)).digest

    return asyncio.run(push())


every_client = pytest.mark.parametrize(
    "push", [push_with_remote_registry, push_with_content_client, push_with_aio_content_client]
)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@every_client
def test_user_of_htpasswd_logs_in(stack: ExitStack, tmp_path: Path, push: Push) -> None:
    url = stack.enter_context(serve_docker_registry(tmp_path, auth=htpasswd_auth(tmp_path)))
    with pytest.raises((Unauthorized, ClientAuthenticationError)):
        push(url, "wrong", ())
    assert push(url, PASSWORD, ()) == digest_of(CONTENT)


@every_client
def test_token_service_at_another_port_must_be_named(stack: ExitStack, tmp_path: Path, push: Push) -> None:
    tokens = SigningTokenService(BASIC)
    server = stack.enter_context(RegistryServer(tokens))
    auth = tokens.registry_auth(tmp_path, f"{server.url}/token")
    url = stack.enter_context(serve_docker_registry(tmp_path, auth=auth))
    realm_host = f"127.0.0.1:{server.port}"

    with pytest.raises((Unauthorized, ClientAuthenticationError), match=realm_host):
        push(url, PASSWORD, ())
    assert tokens.authorizations == []

    assert push(url, PASSWORD, (realm_host,)) == digest_of(CONTENT)
    assert set(tokens.authorizations) == {BASIC}


def test_export_sends_the_password_to_a_named_realm_host(
    stack: ExitStack, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = SigningTokenService(BASIC)
    server = stack.enter_context(RegistryServer(tokens))
    auth = tokens.registry_auth(tmp_path, f"{server.url}/token")
    url = stack.enter_context(serve_docker_registry(tmp_path, auth=auth))
    realm_host = f"127.0.0.1:{server.port}"
    arguments = ["export", str(tmp_path / "layout"), "--from", url, "--username", USER, "--password", PASSWORD]

    assert main(arguments) == 1
    assert f"another host; --realm-host {realm_host} allows it\n" in capfd.readouterr().err
    assert tokens.authorizations == []

    assert main([*arguments, "--realm-host", "unused.example", "--realm-host", realm_host]) == 0
    monkeypatch.setenv("FAKE_REGISTRY_REALM_HOST", f"unused.example,{realm_host}")
    assert main([*arguments, "--realm-host", "another.example"]) == 0
    assert set(tokens.authorizations) == {BASIC}
