"""A wrong argument of `network`, `connect`, a credential, a model or a strategy is refused at once."""

from collections.abc import Callable
from typing import Any

import pytest

from fake_registry import FakeEntra, FakeRegistry, Settings
from pytest_acr import (
    AcrAioCredential,
    AcrCredential,
    AcrNetwork,
    OciAnnotations,
    OciDescriptor,
    OciImageManifest,
    connect,
    network,
)
from pytest_acr.strategies import blobs, chunkings, digests

DESCRIPTOR = OciDescriptor(media_type="text/plain", digest="sha256:0", size=1)


@pytest.mark.parametrize(
    ("function", "arguments", "options", "message"),
    [
        (network, ("contoso",), {}, "registries: expected FakeRegistry, found str"),
        (network, (Settings(name="contoso"),), {}, "registries: expected FakeRegistry, found Settings"),
        (network, ([FakeRegistry()],), {}, "registries: expected FakeRegistry, found list"),
        (network, (FakeRegistry,), {}, "registries: expected FakeRegistry, found the class FakeRegistry"),
        (network, (), {"entra": "x"}, "entra: expected FakeEntra or None, found str"),
        (network, (), {"allow": "example.com"}, "allow: expected an iterable of str, found str: put it in a list"),
        (network, (), {"allow": [5]}, "allow: expected an iterable of str, found int among its items"),
        (AcrNetwork, (["contoso"],), {}, "registries: expected FakeRegistry, found str"),
        (connect, ("contoso",), {}, "registry: expected FakeRegistry, found str"),
        (connect, (FakeRegistry(),), {"certificates": True}, "certificates: expected Certificates, found bool"),
        (AcrCredential, (5,), {}, "clock: expected Clock, found int"),
        (AcrAioCredential, (FakeRegistry().clock,), {"principal": 5}, "principal: expected str, found int"),
        (OciAnnotations, (), {"title": 5}, "title: expected str or None, found int"),
        (OciDescriptor, (), {"media_type": "a/b", "digest": "x", "size": "1"}, "size: expected int or None, found str"),
        (OciImageManifest, (), {"config": {}}, "config: expected OciDescriptor, found dict"),
        (OciImageManifest, (), {"config": DESCRIPTOR, "layers": [{}]}, "layers: expected an iterable of OciDescriptor"),
        (blobs, ("5",), {}, "max_size: expected int, found str"),
        (chunkings, ("text",), {}, "content: expected bytes, found str"),
        (digests, (256,), {}, "algorithm: expected one of sha256, sha512 or None, found int"),
    ],
)
def test_wrong_argument_is_refused(function: Callable[..., object], arguments: Any, options: Any, message: str) -> None:
    with pytest.raises(TypeError) as refused:
        function(*arguments, **options)
    assert str(refused.value).startswith(message)


def test_unknown_algorithm_is_a_value_error() -> None:
    wrong: Any = "md5"
    with pytest.raises(ValueError, match="algorithm: expected one of sha256, sha512 or None, found 'md5'"):
        digests(wrong)


@pytest.mark.parametrize("transport", ["https ", "tls", None, ["memory"]])
def test_unknown_transport_is_a_value_error(transport: Any) -> None:
    with pytest.raises(ValueError, match=r"transport: expected one of [a-z, ]{19}, found "):
        connect(FakeRegistry(), transport=transport)


def test_wrong_argument_of_a_method_of_a_network_is_refused() -> None:
    wrong: Any = "contoso"
    with network(FakeRegistry(), entra=FakeEntra()) as inside:
        with pytest.raises(TypeError, match="registry: expected FakeRegistry or None, found str"):
            inside.environment(wrong)
        with pytest.raises(TypeError, match="identity: expected ManagedIdentity, found str"):
            inside.app_service_environment(wrong)


def test_repository_of_a_content_client_is_text() -> None:
    wrong: Any = 5
    with connect(FakeRegistry()) as connection:
        for make in (connection.content_client, connection.aio_content_client):
            with pytest.raises(TypeError, match="repository: expected str, found int"):
                make(wrong)
