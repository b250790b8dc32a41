"""`make_acr` and `connect` in the tests of a user. Run by test_make_acr.py."""

import io
from collections.abc import Callable

import pytest
from azure.containerregistry import ContainerRegistryClient
from hypothesis import given
from hypothesis import strategies as st

from fake_registry import FakeRegistry, ManualClock, Settings
from pytest_acr import Transport, connect

MakeAcr = Callable[..., FakeRegistry]

EXAMPLES: list[bytes] = []
LEFT_OPEN: list[FakeRegistry] = []


def repositories(registry: FakeRegistry) -> list[str]:
    return list(registry.content.list_repositories().items)


def copy(source: ContainerRegistryClient, target: ContainerRegistryClient, repository: str, tag: str) -> None:
    """Copy an image from one registry to another, as a user's code might."""
    found = source.get_manifest(repository, tag)
    assert found.manifest is not None
    for blob in (found.manifest["config"], *found.manifest["layers"]):
        target.upload_blob(repository, io.BytesIO(b"".join(source.download_blob(repository, blob["digest"]))))
    target.set_manifest(repository, dict(found.manifest), tag=tag)


@given(content=st.binary(max_size=64))
def test_one_registry_per_example(make_acr: MakeAcr, content: bytes) -> None:
    EXAMPLES.append(content)
    with make_acr() as registry, connect(registry) as connection:
        assert (repositories(registry), len(registry.requests)) == ([], 0)
        digest, size = connection.client().upload_blob("samples/hello", io.BytesIO(content))
        assert size == len(content)
        assert registry.push_image("samples/hello:v1", layers=[content]).layers[0].digest == digest


def test_there_were_examples() -> None:
    assert len(EXAMPLES) >= 10


@pytest.mark.parametrize("transport", ["memory", "https"])
def test_two_registries_copy(make_acr: MakeAcr, transport: Transport) -> None:
    with (
        make_acr(Settings(name="source")) as source,
        make_acr(Settings(name="target")) as target,
        connect(source, transport=transport) as from_source,
        connect(target, transport=transport) as to_target,
    ):
        image = source.push_image("samples/hello:v1", layers=[b"one", b"two"])
        copy(from_source.client(), to_target.client(), "samples/hello", "v1")
        copied = target.content.get_manifest(image.repository, image.reference)
        assert copied.facts == image.manifest.facts


def test_registry_of_the_test_and_another(acr: FakeRegistry, make_acr: MakeAcr) -> None:
    other = make_acr(Settings(name="other", auth="off"))
    other.push_image("samples/hello:v1")
    assert (repositories(acr), repositories(other)) == ([], ["samples/hello"])
    assert (other.login_server, other.settings.auth) == ("other.azurecr.io", "off")
    LEFT_OPEN.append(other)


def test_clock_of_a_made_registry_is_set_by_hand(make_acr: MakeAcr) -> None:
    with make_acr() as one, make_acr() as two:
        assert isinstance(one.clock, ManualClock)
        assert isinstance(two.clock, ManualClock)
        before = two.clock.now()
        one.clock.advance(3600)
        assert two.clock.now() - before < 10**9


def test_closed_registry_is_empty(make_acr: MakeAcr) -> None:
    with make_acr() as registry:
        registry.push_image("samples/hello:v1")
    assert repositories(registry) == []


def test_registries_left_open_are_open_until_the_end() -> None:
    assert repositories(LEFT_OPEN[0]) == ["samples/hello"]
