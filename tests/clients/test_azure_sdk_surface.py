"""Every public method of the Azure SDK's clients, and every failure that their docstrings name: where it is shown.

The table is checked against the clients themselves: a method or failure that it lacks, and a test that is gone, fail.
Each test it names takes the fixture `client`, so that it runs with the sync client and with the aio one.
"""

import ast
import asyncio
import inspect
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest
from azure.containerregistry import ContainerRegistryClient, DigestValidationError
from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient
from azure.core.exceptions import HttpResponseError

from fake_registry import FakeRegistry, Fault
from fake_registry.http.answers import Answer
from fake_registry.http.faults import Scene, When
from pytest_acr import Connection
from tests.support.clients import HELLO, UNKNOWN_DIGEST, blocking, download, image_manifest, upload

SUCCESS = "success"

UNKNOWN_REPOSITORY = "listings::test_lists_of_an_unknown_repository_are_not_found"

SHOWN: dict[tuple[str, str], str] = {
    ("__init__", SUCCESS): "surface::test_both_api_versions_are_accepted",
    ("__init__", "ValueError"): "surface::test_unknown_api_version_is_a_value_error",
    ("close", SUCCESS): "surface::test_closed_client_leaves_the_registry_open",
    ("delete_blob", SUCCESS): "blobs::test_deleted_blob_is_not_found",
    ("delete_manifest", SUCCESS): "deletes::test_deleting_by_digest_removes_every_tag",
    ("delete_manifest", "HttpResponseError"): "properties::test_locked_is_405",
    ("delete_repository", SUCCESS): "deletes::test_deleting_a_repository_removes_its_content",
    ("delete_repository", "HttpResponseError"): "properties::test_locked_is_405",
    ("delete_tag", SUCCESS): "deletes::test_deleting_a_tag_keeps_the_manifest",
    ("delete_tag", "HttpResponseError"): "properties::test_locked_is_405",
    ("download_blob", SUCCESS): "blobs::test_blob_of_any_size_is_returned_whole",
    ("download_blob", "DigestValidationError"): "faults::test_damaged_blob_fails_the_clients_digest_check",
    ("download_blob", "ValueError"): "surface::test_download_without_a_usable_content_range_is_a_value_error",
    ("get_manifest", SUCCESS): "manifests::test_image_is_returned_by_tag_and_by_digest",
    ("get_manifest", "DigestValidationError"): "manifests::test_damaged_manifest_fails_the_clients_digest_check",
    ("get_manifest", "ValueError"): "surface::test_manifest_without_a_usable_length_is_a_value_error",
    ("get_manifest_properties", SUCCESS): "properties::test_manifest_properties_are_complete",
    ("get_manifest_properties", "ResourceNotFoundError"): "properties::test_unknown_is_not_found",
    ("get_repository_properties", SUCCESS): "properties::test_repository_properties_are_complete",
    ("get_repository_properties", "ResourceNotFoundError"): "properties::test_unknown_is_not_found",
    ("get_tag_properties", SUCCESS): "properties::test_tag_properties_are_complete",
    ("get_tag_properties", "ResourceNotFoundError"): "properties::test_unknown_is_not_found",
    ("list_manifest_properties", SUCCESS): "listings::test_manifests_are_ordered_by_digest_or_time",
    ("list_manifest_properties", "ResourceNotFoundError"): UNKNOWN_REPOSITORY,
    ("list_manifest_properties", "HttpResponseError"): UNKNOWN_REPOSITORY,  # the aio docstring's wider word for it
    ("list_repository_names", SUCCESS): "listings::test_repositories_are_listed_in_order_in_pages",
    ("list_repository_names", "HttpResponseError"): "surface::test_refused_list_is_an_http_response_error",
    ("list_tag_properties", SUCCESS): "listings::test_tags_are_ordered_by_name_or_time",
    ("list_tag_properties", "ResourceNotFoundError"): UNKNOWN_REPOSITORY,
    ("set_manifest", SUCCESS): "manifests::test_image_is_returned_by_tag_and_by_digest",
    ("set_manifest", "ValueError"): "manifests::test_none_is_a_value_error",
    ("set_manifest", "DigestValidationError"): "surface::test_digest_that_the_server_computed_otherwise_is_an_error",
    ("update_manifest_properties", SUCCESS): "properties::test_all_four_switches_can_be_set_and_reset",
    ("update_repository_properties", SUCCESS): "properties::test_all_four_switches_can_be_set_and_reset",
    ("update_tag_properties", SUCCESS): "properties::test_all_four_switches_can_be_set_and_reset",
    ("upload_blob", SUCCESS): "blobs::test_blob_of_any_size_is_returned_whole",
    ("upload_blob", "ValueError"): "blobs::test_none_is_a_value_error",
    ("upload_blob", "DigestValidationError"): "surface::test_digest_that_the_server_computed_otherwise_is_an_error",
}
"""Method and outcome -> the module `test_azure_sdk_*` and the test."""

_RAISES = re.compile(r":raises:?\s+~?([\w.]+Error)")


def outcomes_of(client: type) -> set[tuple[str, str]]:
    """Return the public methods of a client class, each with success and with the failures its docstring names."""
    methods = inspect.getmembers(client, inspect.isroutine)
    public = [(name, method) for name, method in methods if name == "__init__" or not name.startswith("_")]
    outcomes = {
        (name, failure.rpartition(".")[2])
        for name, method in public
        for failure in _RAISES.findall(inspect.getdoc(method) or "")
    }
    return outcomes | {(name, SUCCESS) for name, _ in public}


def test_every_method_and_documented_failure_has_its_test() -> None:
    assert outcomes_of(ContainerRegistryClient) | outcomes_of(AioContainerRegistryClient) == set(SHOWN)


@pytest.mark.parametrize("shown", sorted(set(SHOWN.values())))
def test_named_test_exists_and_runs_with_both_clients(shown: str) -> None:
    module, _, name = shown.partition("::")
    path = Path(__file__).with_name(f"test_azure_sdk_{module}.py")
    tests = {node.name: node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}
    taken = {argument.arg for argument in tests[name].args.args}

    assert taken & {"client", "new_client"}


@pytest.fixture
def new_client(connection: Connection, flavour: str, runner: asyncio.Runner) -> Callable[..., ContainerRegistryClient]:
    """Make clients with other options."""
    if flavour == "sync":
        return connection.client
    return lambda **options: blocking(connection.aio_client(**options), runner)


@dataclass(frozen=True)
class Header:
    """An effect: replaces a header of the answer; None removes it."""

    default_when: ClassVar[When] = "after"

    name: str
    value: str | None

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        others = tuple(header for header in answer.headers if header[0] != self.name)
        assert others != answer.headers, f"the answer has no {self.name}"
        return replace(answer, headers=others if self.value is None else (*others, (self.name, self.value)))


@pytest.mark.parametrize("version", ["2021-07-01", "2019-08-15-preview"])
def test_both_api_versions_are_accepted(
    acr: FakeRegistry, new_client: Callable[..., ContainerRegistryClient], version: str
) -> None:
    """acr-behaviour 15.2: what the client accepts, it says on all calls but lists."""
    acr.push_image(f"{HELLO}:v1")
    client = new_client(api_version=version)

    assert client.get_tag_properties(HELLO, "v1").name == "v1"
    assert acr.requests.one(endpoint="acr.tag.get", status=200).query == f"api-version={version}"

    client.delete_repository(HELLO)
    assert list(client.list_repository_names()) == []


def test_unknown_api_version_is_a_value_error(new_client: Callable[..., ContainerRegistryClient]) -> None:
    with pytest.raises(ValueError, match="Unsupported API version"):
        new_client(api_version="2018-01-01")


def test_closed_client_leaves_the_registry_open(
    acr: FakeRegistry, client: ContainerRegistryClient, new_client: Callable[..., ContainerRegistryClient]
) -> None:
    acr.push_image(f"{HELLO}:v1")

    assert list(client.list_repository_names()) == [HELLO]
    client.close()
    assert list(new_client().list_repository_names()) == [HELLO]


def test_refused_list_is_an_http_response_error(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 4.2 [I]: an invalid page size."""
    with pytest.raises(HttpResponseError, match="invalid number of results requested") as caught:
        list(client.list_repository_names(results_per_page=-1))
    assert caught.value.status_code == 400


@pytest.mark.parametrize("value", [None, "bytes 0-4/five"])
def test_download_without_a_usable_content_range_is_a_value_error(
    acr: FakeRegistry, client: ContainerRegistryClient, value: str | None
) -> None:
    digest = upload(client, b"hello")
    acr.faults.add(Fault("storage.blob", Header("Content-Range", value)))

    with pytest.raises(ValueError, match=r"content-range|invalid literal for int"):
        download(client, digest)


@pytest.mark.parametrize("value", [None, str(4 * 1024 * 1024 + 1)])
def test_manifest_without_a_usable_length_is_a_value_error(
    acr: FakeRegistry, client: ContainerRegistryClient, value: str | None
) -> None:
    """A missing length is a KeyError in 1.2.0, whatever the docstring says (azure-sdk-quirks)."""
    client.set_manifest(HELLO, image_manifest(client), tag="v1")
    acr.faults.add(Fault("manifest.get", Header("Content-Length", value)))

    with pytest.raises(KeyError if value is None else ValueError, match=r"(?i)content-length|manifest size"):
        client.get_manifest(HELLO, "v1")


@pytest.mark.parametrize("endpoint", ["upload.finish", "manifest.put"])
def test_digest_that_the_server_computed_otherwise_is_an_error(
    acr: FakeRegistry, client: ContainerRegistryClient, endpoint: str
) -> None:
    manifest = image_manifest(client)
    acr.faults.add(Fault(endpoint, Header("Docker-Content-Digest", UNKNOWN_DIGEST)))
    attempts: dict[str, Callable[[], object]] = {
        "manifest.put": lambda: client.set_manifest(HELLO, manifest, tag="v1"),
        "upload.finish": lambda: client.upload_blob(HELLO, io.BytesIO(b"hello")),
    }

    with pytest.raises(DigestValidationError, match="does not match"):
        attempts[endpoint]()
