"""Markers on a module, its classes and its tests. Run by test_markers.py."""

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import HttpResponseError

from fake_registry import FakeRegistry, Fault, FaultPlan, Refuse

pytestmark = [
    pytest.mark.acr(name="module", default_page_size=1, max_page_size=1),
    pytest.mark.acr_image("samples/module:v1"),
]


def names(registry: FakeRegistry) -> list[str]:
    return list(registry.content.list_repositories().items)


def settings_of(registry: FakeRegistry) -> tuple[str, int | None, int | None]:
    settings = registry.settings
    return settings.name, settings.default_page_size, settings.max_page_size


def test_module(acr: FakeRegistry) -> None:
    assert settings_of(acr) == ("module", 1, 1)
    assert names(acr) == ["samples/module"]


@pytest.mark.acr(name="function")
def test_function_beats_module(acr: FakeRegistry, acr_endpoint: str) -> None:
    assert settings_of(acr) == ("function", 1, 1)
    assert acr_endpoint == "https://function.azurecr.io"


@pytest.mark.acr(name="class", default_page_size=2)
class TestClass:
    def test_class_beats_module(self, acr: FakeRegistry) -> None:
        assert settings_of(acr) == ("class", 2, 1)

    @pytest.mark.acr(name="function")
    def test_function_beats_class(self, acr: FakeRegistry) -> None:
        assert settings_of(acr) == ("function", 2, 1)

    @pytest.mark.acr_image("samples/function:v1")
    def test_images_of_all_marks_are_pushed(self, acr: FakeRegistry) -> None:
        assert names(acr) == ["samples/function", "samples/module"]


@pytest.mark.acr(profile="oci", name="other")
def test_unset_values_follow_the_new_profile(acr: FakeRegistry) -> None:
    assert (settings_of(acr), acr.settings.blob_redirect) == (("other", 1, 1), False)


@pytest.mark.acr_image("samples/one:v1", "samples/two:v1", "samples/two:v2", layers=[b"layer"], platform="linux/arm64")
def test_several_images_with_options(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    assert list(acr_client.list_repository_names()) == [
        "samples/module",
        "samples/one",
        "samples/two",
    ]
    tags = [tag.name for tag in acr_client.list_tag_properties("samples/two")]
    (manifest,) = acr_client.list_manifest_properties("samples/two")
    assert (tags, manifest.tags, manifest.architecture) == (["v1", "v2"], ["v1", "v2"], "arm64")


@pytest.mark.acr_image("samples/hello:v1")
def test_images_are_pushed_before_the_first_request(acr: FakeRegistry) -> None:
    assert (names(acr), len(acr.requests)) == (["samples/hello", "samples/module"], 0)


@pytest.mark.acr_image("samples/hello:v1")
@pytest.mark.acr_fault("acr.catalog", Refuse(status=400), skip=1, times=1)
def test_fault_is_in_force(acr_faults: FaultPlan, acr_client: ContainerRegistryClient) -> None:
    (fault,) = acr_faults
    assert fault.fault == Fault("acr.catalog", Refuse(status=400), skip=1, times=1)
    with pytest.raises(HttpResponseError):
        list(acr_client.list_repository_names())  # its second page
    assert fault.hits == 1


@pytest.mark.acr_fault(Fault("acr.catalog", Refuse(), optional=True))
def test_fault_of_a_constant_is_in_force(acr_faults: FaultPlan) -> None:
    assert [active.fault for active in acr_faults] == [Fault("acr.catalog", Refuse(), optional=True)]


@pytest.mark.acr_fault("acr.tag.get", Refuse(), optional=True)
@pytest.mark.acr_fault("acr.catalog", Refuse(), optional=True)
def test_faults_are_in_the_order_of_their_marks(acr_faults: FaultPlan) -> None:
    assert [active.fault.endpoint for active in acr_faults] == ["acr.tag.get", "acr.catalog"]


def test_faults_end_with_the_test(acr_faults: FaultPlan) -> None:
    assert len(acr_faults) == 0
