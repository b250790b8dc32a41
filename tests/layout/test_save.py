"""Saving a registry to a new folder: image-spec v1.1, Image Layout."""

import json
import tracemalloc
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from fake_registry.core.blobs import Blob
from fake_registry.core.memory import MemoryRegistry
from fake_registry.images import push_artifact, push_image, push_index
from fake_registry.layout import save_layout
from fake_registry.layout.folder import LayoutFolder
from fake_registry.spec import media_types
from fake_registry.spec.errors import DigestInvalid
from fake_registry.spec.manifest import Descriptor, read_manifest
from fake_registry.spec.names import digest_of
from tests.support.images import HELLO, SBOM, V1, Built, cache_index, image, index, push
from tests.support.layouts import REF_NAME, empty_registry, file_of, files_in


@pytest.fixture
def registry() -> Iterator[MemoryRegistry]:
    with empty_registry() as opened:
        yield opened


def names_in(path: Path) -> list[str]:
    entries = json.loads((path / "index.json").read_bytes())["manifests"]
    return [entry["annotations"][REF_NAME] for entry in entries]


def test_layout_has_the_files_of_the_specification(registry: MemoryRegistry, tmp_path: Path) -> None:
    pushed = push_image(registry, "samples/hello:1.0", layers=[b"layer"], config=b"{}")
    path = save_layout(registry, tmp_path / "layout")
    files = files_in(path)
    assert json.loads(files.pop("oci-layout")) == {"imageLayoutVersion": "1.0.0"}
    assert json.loads(files.pop("index.json")) == {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_INDEX,
        "manifests": [
            {
                "mediaType": media_types.OCI_MANIFEST,
                "digest": pushed.digest,
                "size": len(pushed.manifest.content),
                "annotations": {REF_NAME: "samples/hello:1.0"},
            }
        ],
    }
    contents = (b"layer", b"{}", pushed.manifest.content)
    assert files == {f"blobs/{digest_of(content).replace(':', '/')}": content for content in contents}


def test_empty_registry_is_an_empty_layout(registry: MemoryRegistry, tmp_path: Path) -> None:
    path = save_layout(registry, tmp_path / "not" / "there" / "yet")
    assert names_in(path) == []
    assert (path / "blobs").is_dir()


def test_entries_are_sorted_and_children_of_an_index_have_none(registry: MemoryRegistry, tmp_path: Path) -> None:
    multi = push_index(registry, "b:multi")
    push_image(registry, "b:_first")
    sbom = push_artifact(registry, "b", artifact_type=SBOM, subject=multi.children[0])
    push_image(registry, "a:1")
    assert names_in(save_layout(registry, tmp_path / "layout")) == ["a:1", "b:_first", "b:multi", f"b@{sbom.digest}"]


def test_untagged_manifest_is_saved_if_a_catalog_lists_it(registry: MemoryRegistry, tmp_path: Path) -> None:
    untagged = push_image(registry, "a")
    assert names_in(save_layout(registry, tmp_path / "without")) == []
    assert names_in(save_layout(registry, tmp_path / "with", catalog=registry)) == [str(untagged)]


def test_manifests_and_blobs_that_the_registry_lacks_are_left_out(registry: MemoryRegistry, tmp_path: Path) -> None:
    """image-spec v1.1, Image Layout, Blobs: the directory MAY be missing referenced blobs."""
    gone, kept = image(b"gone"), image(b"kept")
    push(registry, HELLO, gone, kept, index(gone.manifest, kept.manifest), tags=[V1])
    registry.delete_manifest(HELLO, gone.digest)
    registry.delete_blob(HELLO, digest_of(b"kept"))

    path = save_layout(registry, tmp_path / "layout")
    digests = (gone.digest, kept.digest, digest_of(b"kept"))
    assert [file_of(path, digest).exists() for digest in digests] == [False, True, False]


def test_children_of_an_index_that_are_blobs_are_saved(registry: MemoryRegistry, tmp_path: Path) -> None:
    """moby/buildkit#2251. One that was deleted is left out."""
    cache = cache_index(b"cached", b"gone", b"config")
    push(registry, HELLO, cache, tags=[V1])
    registry.delete_blob(HELLO, digest_of(b"gone"))

    path = save_layout(registry, tmp_path / "layout")
    assert [file_of(path, digest_of(blob)).exists() for blob in cache.blobs] == [True, False, True]
    assert names_in(path) == ["samples/hello:v1"]

    save_layout(registry, path)  # again: they are needed, and not removed
    assert file_of(path, digest_of(b"cached")).read_bytes() == b"cached"


def test_foreign_layer_is_saved_if_the_registry_has_it(registry: MemoryRegistry, tmp_path: Path) -> None:
    foreign = image(b"foreign", layer_type="application/vnd.oci.image.layer.nondistributable.v1.tar")
    push(registry, HELLO, foreign, tags=[V1])
    path = save_layout(registry, tmp_path / "layout")
    assert file_of(path, digest_of(b"foreign")).read_bytes() == b"foreign"


def test_lists_are_read_to_their_end(registry: MemoryRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a:1", "a:2", "b:1", "b"):
        pushed = push_image(registry, name)
        push_artifact(registry, pushed.repository, artifact_type=SBOM, subject=pushed)
        push_artifact(registry, pushed.repository, artifact_type=SBOM, subject=pushed, blobs=[b"another"])
    whole = save_layout(registry, tmp_path / "whole", catalog=registry)
    for method in ("list_repositories", "list_tags", "list_referrers", "list_manifests"):
        monkeypatch.setattr(registry, method, partial(getattr(registry, method), limit=1))
    assert files_in(save_layout(registry, tmp_path / "paged", catalog=registry)) == files_in(whole)


def test_content_with_another_digest_is_not_saved(
    registry: MemoryRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(registry, HELLO, image(b"layer"), tags=[V1])
    monkeypatch.setattr(registry, "get_blob", lambda *_: Blob((b"something", b"else")))
    with pytest.raises(DigestInvalid, match="other content"):
        save_layout(registry, tmp_path / "layout")
    assert list(tmp_path.iterdir()) == []


def test_blob_is_written_and_checked_in_pieces(registry: MemoryRegistry, tmp_path: Path) -> None:
    size = 64 * 1024 * 1024
    pieces = [bytes(1024 * 1024)] * 64
    registry.put_blob(HELLO, digest_of(pieces), pieces)
    layer = Descriptor(media_type=media_types.OCI_LAYER, digest=digest_of(pieces), size=size)
    push(registry, HELLO, image_of(layer), tags=[V1])
    tracemalloc.start()
    path = save_layout(registry, tmp_path / "layout")
    LayoutFolder(path).verify(layer)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 1024 * 1024


def image_of(layer: Descriptor) -> Built:
    """Build an image with a layer that is pushed separately."""
    config = {"mediaType": media_types.OCI_EMPTY, "digest": digest_of(b"{}"), "size": 2}
    entry = {"mediaType": layer.media_type, "digest": layer.digest, "size": layer.size}
    document = {"schemaVersion": 2, "config": config, "layers": [entry]}
    return Built(manifest=read_manifest(json.dumps(document).encode(), media_types.OCI_MANIFEST), blobs=(b"{}",))
