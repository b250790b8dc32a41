"""ACR's documents as literal bytes, one of each kind of content: acr-behaviour 4.3, field by field.

`test_acr` compares with documents that are built; here they are typed, which shows a mistake that
the builder and the registry share.
"""

import json
import re

import pytest

from fake_registry import FakeRegistry
from fake_registry.spec import media_types
from fake_registry.spec.names import Digest, digest_of
from tests.support.http import put_blob, put_manifest, registry_of, send

REPOSITORY = "library/busybox"
ROOT = "/acr/v1/library%2Fbusybox"
ATTRIBUTES = '"changeableAttributes":{"deleteEnabled":true,"writeEnabled":true,"readEnabled":true,"listEnabled":true}'
CONFIG = b'{"architecture":"arm64","os":"linux","config":{}}'
LAYER = b"layer" * 100


def descriptor_of(content: bytes, media_type: str, **members: object) -> dict[str, object]:
    return {"mediaType": media_type, "size": len(content), "digest": digest_of(content), **members}


def document_of(media_type: str, **members: object) -> bytes:
    return json.dumps({"schemaVersion": 2, "mediaType": media_type, **members}).encode()


DOCKER_IMAGE = document_of(
    media_types.DOCKER_MANIFEST,
    config=descriptor_of(CONFIG, media_types.DOCKER_CONFIG),
    layers=[descriptor_of(LAYER, "application/vnd.docker.image.rootfs.diff.tar.gzip")],
)
DOCKER_LIST = document_of(
    media_types.DOCKER_LIST,
    manifests=[
        descriptor_of(DOCKER_IMAGE, media_types.DOCKER_MANIFEST, platform={"architecture": "arm64", "os": "linux"}),
    ],
)
OCI_INDEX = document_of(media_types.OCI_INDEX, manifests=[descriptor_of(DOCKER_IMAGE, media_types.DOCKER_MANIFEST)])
OCI_IMAGE = document_of(
    media_types.OCI_MANIFEST,
    config=descriptor_of(CONFIG, media_types.OCI_CONFIG),
    layers=[descriptor_of(LAYER, media_types.OCI_LAYER)],
)
OCI_INDEX_OF_BOTH = document_of(
    media_types.OCI_INDEX,
    manifests=[
        descriptor_of(
            OCI_IMAGE, media_types.OCI_MANIFEST, platform={"architecture": "arm64", "os": "linux", "variant": "v8"}
        ),
        descriptor_of(DOCKER_IMAGE, media_types.DOCKER_MANIFEST, platform={"architecture": "amd64", "os": "windows"}),
    ],
)
ARTIFACT = document_of(
    media_types.OCI_MANIFEST,
    config=descriptor_of(b"{}", "application/vnd.acme.rocket.config"),
    layers=[descriptor_of(LAYER, "text/plain")],
)


class StandingClock:
    """A clock that always says the same, to a nanosecond: the others go on by microseconds."""

    def __init__(self, ns: int) -> None:
        self._ns = ns

    def now(self) -> int:
        return self._ns

    def wait(self, seconds: float) -> None:
        raise AssertionError(f"nothing here waits, asked for {seconds} s")


@pytest.fixture
def busybox() -> FakeRegistry:
    """The blobs of all of them, and no manifest yet."""
    registry = registry_of()
    put_blob(registry, REPOSITORY, CONFIG, LAYER, b"{}")
    return registry


def push(registry: FakeRegistry, content: bytes, reference: str | None = None) -> Digest:
    digest = digest_of(content)
    media_type = json.loads(content)["mediaType"]
    assert put_manifest(registry, REPOSITORY, reference or digest, content, media_type).status == 201
    return digest


def times(registry: FakeRegistry, target: str) -> str:
    """Return the two times of an item that was just pushed; `test_acr` checks them."""
    found = send(registry, "GET", target).json
    item = found.get("manifest") or found.get("tag") or found
    return f'"createdTime":"{item["createdTime"]}","lastUpdateTime":"{item["lastUpdateTime"]}"'


def manifest_body(registry: FakeRegistry, digest: Digest) -> tuple[str, str]:
    """Return the document of a manifest, and its times."""
    target = f"{ROOT}/_manifests/{digest}"
    return send(registry, "GET", target).body.decode(), times(registry, target)


def test_docker_image(busybox: FakeRegistry) -> None:
    digest = push(busybox, DOCKER_IMAGE, "latest")

    found, when = manifest_body(busybox, digest)

    size = len(DOCKER_IMAGE) + len(CONFIG) + len(LAYER)
    assert found == (
        '{"registry":"fake.azurecr.io","imageName":"library/busybox","manifest":{'
        f'"digest":"{digest}","imageSize":{size},{when},"architecture":"arm64","os":"linux",'
        '"mediaType":"application/vnd.docker.distribution.manifest.v2+json",'
        '"configMediaType":"application/vnd.docker.container.image.v1+json","tags":["latest"],'
        f"{ATTRIBUTES}}}}}\n"
    )


def test_docker_list_has_references_with_platforms(busybox: FakeRegistry) -> None:
    """Go recording GetManifestProperties: on the single GET, behind the attributes. No architecture
    of its own."""
    child = push(busybox, DOCKER_IMAGE)
    digest = push(busybox, DOCKER_LIST)

    found, when = manifest_body(busybox, digest)

    size = len(DOCKER_LIST) + len(DOCKER_IMAGE) + len(CONFIG) + len(LAYER)
    assert found == (
        '{"registry":"fake.azurecr.io","imageName":"library/busybox","manifest":{'
        f'"digest":"{digest}","imageSize":{size},{when},'
        '"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json",'
        f'{ATTRIBUTES},"references":[{{"digest":"{child}","architecture":"arm64","os":"linux"}}]}}}}\n'
    )


def test_index_with_a_child_without_platform(busybox: FakeRegistry) -> None:
    """[I]: the reference then has none either."""
    child = push(busybox, DOCKER_IMAGE)

    found, _ = manifest_body(busybox, push(busybox, OCI_INDEX))

    assert found.endswith(f'{ATTRIBUTES},"references":[{{"digest":"{child}"}}]}}}}\n')


def test_oci_image_without_a_tag_has_no_tags_key(busybox: FakeRegistry) -> None:
    digest = push(busybox, OCI_IMAGE)

    found, when = manifest_body(busybox, digest)

    size = len(OCI_IMAGE) + len(CONFIG) + len(LAYER)
    assert found == (
        '{"registry":"fake.azurecr.io","imageName":"library/busybox","manifest":{'
        f'"digest":"{digest}","imageSize":{size},{when},"architecture":"arm64","os":"linux",'
        '"mediaType":"application/vnd.oci.image.manifest.v1+json",'
        f'"configMediaType":"application/vnd.oci.image.config.v1+json",{ATTRIBUTES}}}}}\n'
    )


def test_oci_index_has_its_children_in_its_own_order(busybox: FakeRegistry) -> None:
    """A variant is left out (Go recording GetManifestProperties: digest, architecture, os).
    imageSize is the sum of the children's, so a blob of two children counts twice."""
    oci, docker = push(busybox, OCI_IMAGE), push(busybox, DOCKER_IMAGE)
    digest = push(busybox, OCI_INDEX_OF_BOTH, "multi")

    found, when = manifest_body(busybox, digest)

    size = len(OCI_INDEX_OF_BOTH) + len(OCI_IMAGE) + len(DOCKER_IMAGE) + 2 * (len(CONFIG) + len(LAYER))
    assert found == (
        '{"registry":"fake.azurecr.io","imageName":"library/busybox","manifest":{'
        f'"digest":"{digest}","imageSize":{size},{when},'
        f'"mediaType":"application/vnd.oci.image.index.v1+json","tags":["multi"],{ATTRIBUTES},"references":['
        f'{{"digest":"{oci}","architecture":"arm64","os":"linux"}},'
        f'{{"digest":"{docker}","architecture":"amd64","os":"windows"}}]}}}}\n'
    )


def test_index_without_children_has_no_references(busybox: FakeRegistry) -> None:
    """[I]: a key without items is missing, as `tags` is."""
    empty = document_of(media_types.OCI_INDEX, manifests=[])

    found, when = manifest_body(busybox, push(busybox, empty))

    assert found == (
        '{"registry":"fake.azurecr.io","imageName":"library/busybox","manifest":{'
        f'"digest":"{digest_of(empty)}","imageSize":{len(empty)},{when},'
        f'"mediaType":"application/vnd.oci.image.index.v1+json",{ATTRIBUTES}}}}}\n'
    )


def test_list_of_manifests_is_by_digest_and_without_references(busybox: FakeRegistry) -> None:
    push(busybox, DOCKER_IMAGE, "b")
    push(busybox, DOCKER_IMAGE, "a")
    push(busybox, DOCKER_LIST)

    found = send(busybox, "GET", f"{ROOT}/_manifests").body.decode()

    size = len(DOCKER_IMAGE) + len(CONFIG) + len(LAYER)
    image, index = digest_of(DOCKER_IMAGE), digest_of(DOCKER_LIST)
    items = {
        image: f'{{"digest":"{image}","imageSize":{size},{times(busybox, f"{ROOT}/_manifests/{image}")},'
        '"architecture":"arm64","os":"linux",'
        '"mediaType":"application/vnd.docker.distribution.manifest.v2+json",'
        f'"configMediaType":"application/vnd.docker.container.image.v1+json","tags":["a","b"],{ATTRIBUTES}}}',
        index: f'{{"digest":"{index}","imageSize":{size + len(DOCKER_LIST)},'
        f"{times(busybox, f'{ROOT}/_manifests/{index}')},"
        f'"mediaType":"application/vnd.docker.distribution.manifest.list.v2+json",{ATTRIBUTES}}}',
    }
    head = '{"registry":"fake.azurecr.io","imageName":"library/busybox",'
    assert found == f'{head}"manifests":[{",".join(items[digest] for digest in sorted(items))}]}}\n'


def test_artifact_has_the_type_of_its_config_and_no_platform(busybox: FakeRegistry) -> None:
    """[I]: an OCI artifact without an image's config."""
    digest = push(busybox, ARTIFACT)

    found, when = manifest_body(busybox, digest)

    assert found == (
        '{"registry":"fake.azurecr.io","imageName":"library/busybox","manifest":{'
        f'"digest":"{digest}","imageSize":{len(ARTIFACT) + 2 + len(LAYER)},{when},'
        '"mediaType":"application/vnd.oci.image.manifest.v1+json",'
        f'"configMediaType":"application/vnd.acme.rocket.config",{ATTRIBUTES}}}}}\n'
    )


def test_tag_has_the_same_document_in_a_list(busybox: FakeRegistry) -> None:
    digest = push(busybox, ARTIFACT, "v1")

    when = times(busybox, f"{ROOT}/_tags/v1")

    tag = f'{{"name":"v1","digest":"{digest}",{when},"signed":false,{ATTRIBUTES}}}'
    head = '{"registry":"fake.azurecr.io","imageName":"library/busybox",'
    assert send(busybox, "GET", f"{ROOT}/_tags/v1").body.decode() == f'{head}"tag":{tag}}}\n'
    assert send(busybox, "GET", f"{ROOT}/_tags").body.decode() == f'{head}"tags":[{tag}]}}\n'


def test_repository_has_counts_of_manifests_and_tags(busybox: FakeRegistry) -> None:
    push(busybox, DOCKER_IMAGE, "v1")
    push(busybox, ARTIFACT, "v2")
    push(busybox, ARTIFACT, "v3")

    assert send(busybox, "GET", ROOT).body.decode() == (
        '{"registry":"fake.azurecr.io","imageName":"library/busybox",'
        f'{times(busybox, ROOT)},"manifestCount":2,"tagCount":3,{ATTRIBUTES}}}\n'
    )


def test_empty_lists_are_null(busybox: FakeRegistry) -> None:
    """Recorded for tags; for the catalogue [I] from Go's nil slices."""
    empty = send(busybox, "GET", "/acr/v1/_catalog").body
    push(busybox, ARTIFACT)

    assert empty == b'{"repositories":null}\n'
    assert send(busybox, "GET", f"{ROOT}/_tags").body == (
        b'{"registry":"fake.azurecr.io","imageName":"library/busybox","tags":null}\n'
    )
    assert send(busybox, "GET", "/acr/v1/_catalog").body == b'{"repositories":["library/busybox"]}\n'


def test_moved_tag_keeps_only_its_created_time(busybox: FakeRegistry) -> None:
    """acr-behaviour 4.3."""
    push(busybox, ARTIFACT, "v1")
    before = send(busybox, "GET", f"{ROOT}/_tags/v1").json["tag"]
    push(busybox, DOCKER_IMAGE, "v1")
    after = send(busybox, "GET", f"{ROOT}/_tags/v1").json["tag"]

    assert after["createdTime"] == before["createdTime"]
    assert after["lastUpdateTime"] > before["lastUpdateTime"]


def test_repository_stays_when_its_last_tag_is_deleted(busybox: FakeRegistry) -> None:
    """Recorded: `"tags":null`; the manifest then has no such key, and the count is zero."""
    digest = push(busybox, ARTIFACT, "v1")
    assert send(busybox, "DELETE", f"{ROOT}/_tags/v1").status == 202

    assert send(busybox, "GET", f"{ROOT}/_tags").body == (
        b'{"registry":"fake.azurecr.io","imageName":"library/busybox","tags":null}\n'
    )
    assert "tags" not in send(busybox, "GET", f"{ROOT}/_manifests/{digest}").json["manifest"]
    assert '"manifestCount":1,"tagCount":0,' in send(busybox, "GET", ROOT).body.decode()


@pytest.mark.parametrize(
    ("nanoseconds", "fraction"),
    [(0, ""), (100_000_000, ".1"), (927_259_000, ".927259"), (711_207_600, ".7112076"), (711_207_699, ".7112076")],
)
def test_times_have_seven_digits_without_trailing_zeros(nanoseconds: int, fraction: str) -> None:
    """Recorded: `2024-08-08T00:59:58.7112076Z`, `2024-01-24T06:16:24.927259Z`."""
    registry = FakeRegistry(registry_of().settings, clock=StandingClock(1_723_078_798 * 1_000_000_000 + nanoseconds))
    put_blob(registry, REPOSITORY, LAYER, b"{}")
    digest = push(registry, ARTIFACT, "v1")

    when = f'"createdTime":"2024-08-08T00:59:58{fraction}Z","lastUpdateTime":"2024-08-08T00:59:58{fraction}Z"'
    for target in (ROOT, f"{ROOT}/_tags", f"{ROOT}/_tags/v1", f"{ROOT}/_manifests", f"{ROOT}/_manifests/{digest}"):
        assert re.findall(
            r'"createdTime":"[^"]*","lastUpdateTime":"[^"]*"', send(registry, "GET", target).body.decode()
        ) == [when]
