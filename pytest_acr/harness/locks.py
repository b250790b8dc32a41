"""`lock_against`: whether an attribute forbids a request, so that no step has to know of locks.

`Trial.call` looks at each request. A step whose request was refused, as it has to be, ends there.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qs, unquote

from pytest_acr.harness.acr_model import Lock, OperationName
from pytest_acr.harness.messages import RawRequest, RawResponse
from pytest_acr.harness.model import RepositoryModel

_ON_BLOBS: Final[Mapping[str, OperationName]] = {
    "GET": "pull blob",
    "HEAD": "pull blob",
    "DELETE": "delete blob",
}
_ON_UPLOADS: Final[Mapping[str, OperationName]] = {"POST": "push blob", "PUT": "push blob"}
_ON_DIGESTS: Final[Mapping[str, OperationName]] = {
    "GET": "pull manifest",
    "HEAD": "pull manifest",
    "DELETE": "delete manifest",
}
_ON_TAGS: Final[Mapping[str, OperationName]] = {**_ON_DIGESTS, "DELETE": "delete tag"}
"""Operations by method."""

_METADATA: Final = re.compile(r"/acr/v1/(?P<name>[^?]*?)(?:/_tags/(?P<tag>[^/?]+))?")


class RefusedByLock(Exception):
    """A lock has refused a request of a step, which therefore ends. Nothing has changed."""

    def __init__(self, lock: Lock, response: RawResponse) -> None:
        super().__init__(f"{lock.operation}: {lock.attribute} of the {lock.level} is false")
        self.lock = lock
        self.response = response


def lock_against(models: Sequence[RepositoryModel], request: RawRequest) -> Lock | None:
    """Return the lock that refuses a request; None if it is allowed, or for something absent.

    A registry may refuse a blob when its upload begins or when it ends: see `may_begin`.
    """
    path, _, query = request.path.partition("?")
    if path.startswith("/acr/v1/"):
        return _lock_on_metadata(models, request.method, path)

    for model in models:
        start = f"/v2/{model.name}/"
        if path.startswith(start):
            return _lock_on_content(model, request.method, path.removeprefix(start), query)
    return None


def may_begin(request: RawRequest) -> bool:
    """Return whether a request begins an upload without its content."""
    path, _, query = request.path.partition("?")
    is_whole = any(name in query for name in ("digest=", "mount="))
    return request.method == "POST" and path.endswith("/blobs/uploads/") and not is_whole


def _lock_on_content(model: RepositoryModel, method: str, rest: str, query: str) -> Lock | None:
    kind, _, name = rest.partition("/")
    if kind == "manifests":
        return _lock_on_manifest(model, method, name, query)
    if kind == "blobs":
        return _lock_on_blob(model, method, name)
    return None


def _lock_on_manifest(
    model: RepositoryModel,
    method: str,
    reference: str,
    query: str,
) -> Lock | None:
    if method == "PUT":
        tags = [reference, *parse_qs(query).get("tag", ())]
        return model.acr.refused_by_lock("push manifest", tags=tags)

    operations = _ON_TAGS if reference in model.tags else _ON_DIGESTS
    operation = operations.get(method)
    is_there = model.find(reference) is not None
    return model.lock_on(operation, reference) if operation and is_there else None


def _lock_on_blob(model: RepositoryModel, method: str, name: str) -> Lock | None:
    is_upload = name.startswith("uploads/")
    operations = _ON_UPLOADS if is_upload else _ON_BLOBS
    operation = operations.get(method)
    is_there = is_upload or name in model.blobs
    return model.lock_on(operation) if operation and is_there else None


def _lock_on_metadata(models: Sequence[RepositoryModel], method: str, path: str) -> Lock | None:
    """Only deletes can be refused: properties of a locked item can be read and changed (4.4)."""
    match = _METADATA.fullmatch(path)
    if method != "DELETE" or match is None:
        return None

    name, tag = unquote(match["name"]), match["tag"]
    for model in models:
        if model.name == name and tag in model.tags:
            return model.lock_on("delete tag", tag)
        if model.name == name and tag is None and model.exists:
            return model.lock_on("delete repository")
    return None
