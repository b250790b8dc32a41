"""An OCI image layout (image-spec v1.1.1, OCI Image Layout) in a folder: what the tools push."""

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Final

OCI: Final = "application/vnd.oci.image"
Descriptor = dict[str, object]


def write_image(folder: Path, tag: str = "1.0") -> str:
    """Write a layout with one image of two layers, and return the image's digest."""
    image = _add_image(folder, "amd64")
    _write_index(folder, image, tag)
    return str(image["digest"])


def write_index(folder: Path, tag: str = "1.0") -> str:
    """Write a layout with an index of two platforms, and return the index's digest."""
    images = [_add_image(folder, architecture) for architecture in ("amd64", "arm64")]
    index_type = f"{OCI}.index.v1+json"
    index = _add(folder, index_type, _json({"schemaVersion": 2, "mediaType": index_type, "manifests": images}))
    _write_index(folder, index, tag)
    return str(index["digest"])


def write_tar(path: Path, name: str) -> None:
    path.write_bytes(_tar_of(name))


def _add_image(folder: Path, architecture: str) -> Descriptor:
    tars = [_tar_of(f"{architecture}-{number}") for number in (1, 2)]
    layers = [_add(folder, f"{OCI}.layer.v1.tar+gzip", gzip.compress(tar, mtime=0)) for tar in tars]
    platform = {"architecture": architecture, "os": "linux"}
    rootfs = {"type": "layers", "diff_ids": [_digest_of(tar) for tar in tars]}
    config = _add(folder, f"{OCI}.config.v1+json", _json({**platform, "rootfs": rootfs}))
    manifest_type = f"{OCI}.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": manifest_type, "config": config, "layers": layers}
    return _add(folder, manifest_type, _json(manifest)) | {"platform": platform}


def _add(folder: Path, media_type: str, content: bytes) -> Descriptor:
    digest = _digest_of(content)
    path = folder / "blobs/sha256" / digest.removeprefix("sha256:")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {"mediaType": media_type, "digest": digest, "size": len(content)}


def _write_index(folder: Path, target: Descriptor, tag: str) -> None:
    named = target | {"annotations": {"org.opencontainers.image.ref.name": tag}}
    (folder / "oci-layout").write_bytes(_json({"imageLayoutVersion": "1.0.0"}))
    (folder / "index.json").write_bytes(_json({"schemaVersion": 2, "manifests": [named]}))


def _tar_of(name: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(name)
        tar.addfile(entry, io.BytesIO(name.encode()))
    return buffer.getvalue()


def _digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
