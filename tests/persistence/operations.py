"""Operations that change a registry, each with two small numbers that choose what it is about."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final

from fake_registry import FakeRegistry
from fake_registry.core.losses import lose_manifest
from fake_registry.spec.attributes import AttributeChanges
from fake_registry.spec.errors import RegistryError
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from tests.support.images import Built, artifact, cache_index, docker_image, image, index, push

REPOSITORIES: Final = tuple(map(RepositoryName, ("one", "one/two", "three")))
TAGS: Final = tuple(map(Tag, ("latest", "v1", "v2")))

_PLAIN: Final = image(b"plain")
BUILT: Final[tuple[Built, ...]] = (
    _PLAIN,
    docker_image(b"docker"),
    image(b"referrer", subject=_PLAIN.manifest.descriptor),
    index(_PLAIN.manifest),
    artifact(b"sbom", subject=_PLAIN.manifest.descriptor),
    image(b"long", algorithm="sha512", blob_algorithm="sha512"),
    cache_index(b"cached", b"{}", children=(_PLAIN.manifest,)),
)

_CHANGES: Final = (
    AttributeChanges(delete_enabled=False),
    AttributeChanges(write_enabled=False, quarantine_state="Passed"),
    AttributeChanges(list_enabled=False),
    AttributeChanges(
        delete_enabled=True, write_enabled=True, read_enabled=True, list_enabled=True, quarantine_details="{}"
    ),
)

Operation = Callable[[FakeRegistry, int, int], object]


def _repository(number: int) -> RepositoryName:
    return REPOSITORIES[number % len(REPOSITORIES)]


def _built(number: int) -> Built:
    return BUILT[number % len(BUILT)]


def _tag(number: int) -> Tag:
    return TAGS[number % len(TAGS)]


def _push(registry: FakeRegistry, where: int, what: int) -> None:
    push(registry.content, _repository(where), _built(what), tags=TAGS[: what % 3])


def _put_manifest_alone(registry: FakeRegistry, where: int, what: int) -> None:
    registry.content.put_manifest(_repository(where), _built(what).manifest, tags=[_tag(where + what)])


def _upload(registry: FakeRegistry, where: int, what: int) -> None:
    content = b"upload %d" % what
    repository = _repository(where)
    upload = registry.content.start_upload(repository).upload
    registry.content.append_chunk(repository, upload, [content[:3], content[3:]])
    if what % 2:
        registry.content.finish_upload(repository, upload, digest_of(content))


def _mount(registry: FakeRegistry, where: int, what: int) -> None:
    digest = digest_of(_built(what).blobs[0]) if _built(what).blobs else digest_of(b"")
    registry.content.mount_blob(_repository(where), digest, source=_repository(where + 1))


def _delete_blob(registry: FakeRegistry, where: int, what: int) -> None:
    state = {one.name: one for one in registry.content.snapshot().repositories}.get(_repository(where))
    for digest in sorted(state.blobs if state else ())[: 1 + what % 2]:
        registry.content.delete_blob(_repository(where), digest)


def _lock(registry: FakeRegistry, where: int, what: int) -> None:
    changes = _CHANGES[what % len(_CHANGES)]
    repository = _repository(where)
    registry.content.update_repository_attributes(repository, changes)
    registry.content.update_tag_attributes(repository, _tag(what), changes)
    registry.content.update_manifest_attributes(repository, _built(what).digest, changes)


def _roles(registry: FakeRegistry, where: int, what: int) -> None:
    if what % 3:
        registry.grant(f"principal {what}", "AcrPull", repository=_repository(where))
    else:
        registry.revoke()


def _tokens(registry: FakeRegistry, where: int, what: int) -> None:
    if what % 3:
        registry.add_token(f"token{what}", {_repository(where): ["content/read"], "*": []}, password="pässword")
    else:
        registry.remove_tokens()


def _go_back(registry: FakeRegistry, where: int, what: int) -> None:
    """Restore the content of before a push, of which a part is deleted meanwhile."""
    snapshot = registry.snapshot()
    with suppress(RegistryError):
        registry.content.delete_repository(_repository(where))
    with suppress(RegistryError):
        _push(registry, where, what)
    registry.restore(snapshot)


OPERATIONS: Final[Mapping[str, Operation]] = {
    "push": _push,
    "manifest alone": _put_manifest_alone,
    "upload": _upload,
    "mount": _mount,
    "delete blob": _delete_blob,
    "delete manifest": lambda registry, where, what: registry.content.delete_manifest(
        _repository(where), _built(what).digest
    ),
    "delete tag": lambda registry, where, what: registry.content.delete_tag(_repository(where), _tag(what)),
    "delete repository": lambda registry, where, _: registry.content.delete_repository(_repository(where)),
    "lose manifest": lambda registry, where, what: lose_manifest(
        registry.content, _repository(where), _built(what).digest
    ),
    "lock": _lock,
    "import": lambda registry, where, what: registry.import_image(
        registry, f"{_repository(where)}:{_tag(what)}", image=f"{_repository(where + 1)}:{_tag(what)}"
    ),
    "roles": _roles,
    "tokens": _tokens,
    "restore": _go_back,
    "reset": lambda registry, *_: registry.reset(),
}


def perform(registry: FakeRegistry, name: str, where: int, what: int) -> None:
    """Perform an operation. It may be refused; then it has changed nothing, or a part."""
    with suppress(RegistryError, ValueError):
        OPERATIONS[name](registry, where, what)
