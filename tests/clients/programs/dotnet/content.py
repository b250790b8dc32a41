"""Builders and comparisons that the checks share."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.clients.programs.dotnet.client import OCI_MANIFEST, DotnetClient
from tests.clients.programs.dotnet.pipeline import RequestFailedError

CONFIG: Final = b'{"architecture":"amd64","os":"linux"}'
OCI_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
OCI_LAYER: Final = "application/vnd.oci.image.layer.v1.tar"


def push_image(client: DotnetClient, repository: str, tag: str, *layers: str) -> bytes:
    """Upload a config and a layer for each text, then their manifest under the tag; return the manifest."""
    data = encode(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": push_blob(client, repository, CONFIG, OCI_CONFIG),
            "layers": [push_blob(client, repository, text.encode(), OCI_LAYER) for text in layers],
        }
    )
    client.set_manifest(repository, data, tag)
    return data


def push_blob(client: DotnetClient, repository: str, data: bytes, media_type: str) -> dict[str, object]:
    """Upload a blob and return its descriptor."""
    return {"mediaType": media_type, "digest": client.upload_blob(repository, data), "size": len(data)}


def encode(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document).encode()


def expect(name: str, actual: object, expected: object) -> None:
    assert actual == expected, f"{name}: expected {expected!r}, got {actual!r}"


def expect_failure(call: Callable[[], object], status: int, code: str | None) -> RequestFailedError:
    """Return the error of a call, which has this status and this ErrorCode."""
    try:
        found = call()
    except RequestFailedError as error:
        expect(error.answer.summary, (error.status, error.error_code), (status, code))
        return error
    raise AssertionError(f"expected an answer with status {status}, got {found!r}")
