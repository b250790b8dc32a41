"""Planted bugs in the catalogue: empty, hidden and deleted repositories."""

from typing import Final

from fake_registry import FakeRegistry
from tests.support.http import begin, put_blob
from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit
from tests.support.planted.steps import (
    ACR,
    A,
    B,
    artifact,
    has_blob,
    json_of,
    lock,
    manifest_target,
    pages_of,
    put_index,
    status_of,
)


def catalogue_of(registry: FakeRegistry) -> list[str]:
    """Return the listed repositories."""
    return json_of(registry, "/acr/v1/_catalog")["repositories"] or []


def list_a_repository_of_blobs(registry: FakeRegistry) -> object:
    put_blob(registry, A, b"four")
    return catalogue_of(registry)


def hide_a_repository(registry: FakeRegistry) -> object:
    for repository in (A, B):
        put_index(registry, artifact(1), repository=repository)
    lock(registry, list=False)
    return pages_of(registry, "/acr/v1/_catalog?n=1", "repositories")


def delete_the_last_image(registry: FakeRegistry) -> object:
    put_blob(registry, A, b"four")
    put_index(registry, artifact(1))
    status_of(registry, "DELETE", manifest_target(artifact(1)))
    return catalogue_of(registry), status_of(registry, "GET", ACR)


def delete_the_last_image_of_a_locked_repository(registry: FakeRegistry) -> object:
    """Hide a repository, delete its last image, push the image again, and look for it."""
    put_blob(registry, A, b"four")
    put_index(registry, artifact(1))
    lock(registry, list=False)
    status_of(registry, "DELETE", manifest_target(artifact(1)))
    put_index(registry, artifact(1))
    return catalogue_of(registry)


def delete_a_repository_with_a_blob(registry: FakeRegistry) -> object:
    put_blob(registry, A, b"four")
    put_index(registry, artifact(1))
    return status_of(registry, "DELETE", ACR), has_blob(registry, b"four")


def delete_a_repository_with_an_upload(registry: FakeRegistry) -> object:
    put_index(registry, artifact(1))
    location = begin(registry, A, b"four")
    return status_of(registry, "DELETE", ACR), status_of(registry, "GET", location)


def count_after_a_delete(registry: FakeRegistry) -> object:
    put_index(registry, artifact(1), "v1", "v2")
    put_index(registry, artifact(2))
    status_of(registry, "DELETE", f"{ACR}/_tags/v1")
    found = json_of(registry, ACR)
    return found["manifestCount"], found["tagCount"]


CATALOGUE: Final = (
    PlantedBug(
        name="repository-of-blobs-alone-is-listed",
        kind="catalogue: empty repositories",
        profile="acr",
        plant=edit(
            "core.state:RepositoryState.exists",
            "self.manifests or self.tags",
            "not self.empty",
        ),
        witness=list_a_repository_of_blobs,
        right=[],
    ),
    PlantedBug(
        name="hidden-repository-is-listed",
        kind="catalogue: hidden repositories",
        profile="acr",
        plant=edit(
            "core.repositories:Repositories.list_names",
            "states[name].attributes.list_enabled",
            "states[name].exists",
        ),
        witness=hide_a_repository,
        right=[[B]],
    ),
    PlantedBug(
        name="repository-without-images-is-listed-while-it-has-blobs",
        kind="catalogue: deleted repositories",
        profile="acr",
        plant=edit(
            "core.repositories:Repositories._register",
            "    else:\n        self._index.discard",
            "    elif state.empty:\n        self._index.discard",
        ),
        witness=delete_the_last_image,
        right=([], 404),
    ),
    PlantedBug(
        name="repository-that-was-deleted-keeps-its-locks",
        kind="catalogue: deleted repositories",
        profile="acr",
        plant=edit("core.content:delete_manifest", "if not state.exists:", "if state.empty:"),
        witness=delete_the_last_image_of_a_locked_repository,
        right=[A],
    ),
    PlantedBug(
        name="blobs-outlive-their-repository",
        kind="catalogue: deleted repositories",
        profile="acr",
        plant=edit("core.state:RepositoryState.clear", "self.blobs.clear()", "pass"),
        witness=delete_a_repository_with_a_blob,
        right=(202, False),
    ),
    PlantedBug(
        name="uploads-outlive-their-repository",
        kind="catalogue: deleted repositories",
        profile="acr",
        plant=edit("core.state:RepositoryState.clear", "self.uploads.clear()", "pass"),
        witness=delete_a_repository_with_an_upload,
        right=(202, 404),
    ),
    PlantedBug(
        name="counts-of-a-repository-are-of-tagged-manifests",
        kind="catalogue: deleted repositories",
        profile="acr",
        plant=edit(
            "core.catalog:repository_properties",
            "manifest_count=len(state.manifests)",
            "manifest_count=len({tag.digest for tag in state.tags.values()})",
        ),
        witness=count_after_a_delete,
        right=(2, 1),
    ),
)
