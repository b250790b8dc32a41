"""Planted bugs in mounts: the source, its permission, and other repositories."""

from typing import Final

from fake_registry import FakeRegistry
from fake_registry.spec.names import digest_of
from tests.support.http import LAYER, put_blob, put_image
from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit
from tests.support.planted.steps import A, B, has_blob, lock, status_of
from tests.support.planted.tokens import WITH_TOKENS, add_tokens, header_of

C: Final = "samples/c"


def mount(registry: FakeRegistry, content: bytes, *, source: str | None = B) -> int:
    """Mount a blob in A, and return the status."""
    where = "" if source is None else f"&from={source}"
    return status_of(registry, "POST", f"/v2/{A}/blobs/uploads/?mount={digest_of(content)}{where}", b"")


def mount_and_look_at_the_source(registry: FakeRegistry) -> object:
    put_blob(registry, B, b"four")
    return mount(registry, b"four"), has_blob(registry, b"four"), has_blob(registry, b"four", B)


def mount_from_a_repository_that_lacks_the_blob(registry: FakeRegistry) -> object:
    put_blob(registry, C, b"four")
    return mount(registry, b"four"), has_blob(registry, b"four")


def mount_from_a_locked_repository(registry: FakeRegistry) -> object:
    put_image(registry, B, "v1")
    lock(registry, "/acr/v1/samples%2Fb", read=False)
    return mount(registry, LAYER), has_blob(registry, LAYER)


def mount_as(registry: FakeRegistry, user: str, source: str | None) -> object:
    """Mount a blob of C in A, with the token of a user for A."""
    with_admin = {"Content-Type": "application/octet-stream", **header_of(registry, "admin", "repository:*:*")}
    target = f"/v2/{C}/blobs/uploads/?digest={digest_of(b'four')}"
    assert status_of(registry, "POST", target, b"four", with_admin) == 201

    where = "" if source is None else f"&from={source}"
    scopes = f"repository:{A}:pull,push repository:{B}:pull repository:{C}:pull"
    target = f"/v2/{A}/blobs/uploads/?mount={digest_of(b'four')}{where}"
    return status_of(registry, "POST", target, b"", header_of(registry, user, scopes))


def mount_without_permission(registry: FakeRegistry) -> object:
    """Mount from C, of which the user may pull nothing."""
    add_tokens(registry)
    return mount_as(registry, "pusher", C)


def mount_through_another_source(registry: FakeRegistry) -> object:
    """Mount a blob that C alone has from B, which the user may pull."""
    add_tokens(registry)
    return mount_as(registry, "pusher", B)


def mount_without_a_source(registry: FakeRegistry) -> object:
    """Mount a blob that C alone has from any repository, of which the user may pull two."""
    add_tokens(registry)
    return mount_as(registry, "pusher", None)


MOUNTS: Final = (
    PlantedBug(
        name="mount-takes-the-blob-away-from-its-source",
        kind="mounts: source",
        plant=edit(
            "core.uploads:Uploads._find_mountable",
            "return state.blobs.get(digest) if",
            "return state.blobs.pop(digest, None) if",
        ),
        witness=mount_and_look_at_the_source,
        right=(201, True, True),
    ),
    PlantedBug(
        name="mounted-blob-is-acknowledged-and-not-stored",
        kind="mounts: source",
        plant=edit(
            "core.uploads:Uploads.mount_blob",
            "return self._store(repository, digest, blob)",
            "return content.describe_blob(digest, blob)",
        ),
        witness=mount_and_look_at_the_source,
        right=(201, True, True),
    ),
    PlantedBug(
        name="mount-reads-a-repository-that-is-not-read-enabled",
        kind="mounts: source",
        profile="acr",
        plant=edit(
            "core.uploads:Uploads._find_mountable",
            "state.blobs.get(digest) if state.attributes.read_enabled else None",
            "state.blobs.get(digest)",
        ),
        witness=mount_from_a_locked_repository,
        right=(202, False),
    ),
    PlantedBug(
        name="mount-finds-the-blob-outside-of-its-source",
        kind="mounts: other repositories",
        profile="acr",
        plant=edit(
            "core.uploads:Uploads.mount_blob",
            "source)",
            "source) or self._repositories.find_blob(digest)",
        ),
        witness=mount_from_a_repository_that_lacks_the_blob,
        right=(202, False),
    ),
    PlantedBug(
        name="mount-needs-no-permission-for-its-source",
        kind="mounts: permission",
        part="authorization machine",
        plant=edit(
            "http.scopes:scopes_of", "return (target,) if source is None else", "return (target,) if target else"
        ),
        witness=mount_without_permission,
        right=401,
        settings=WITH_TOKENS,
    ),
    PlantedBug(
        name="mount-from-a-permitted-source-reads-other-repositories",
        kind="mounts: permission",
        part="authorization machine",
        plant=edit(
            "core.uploads:Uploads.mount_blob",
            "source)",
            "source) or self._repositories.find_blob(digest)",
        ),
        witness=mount_through_another_source,
        right=202,
        settings=WITH_TOKENS,
    ),
    PlantedBug(
        name="mount-without-a-source-reads-every-repository",
        kind="mounts: permission",
        part="authorization machine",
        plant=edit("http.blobs:_mount", "if source is None and not call.reads_all:", "if False:"),
        witness=mount_without_a_source,
        right=202,
        settings=WITH_TOKENS,
    ),
)
