"""Operations on a repository, as a request with what it changes: they are sent under a fault.

The steps of the content machine send such requests as well, and compare their answers. Here the
answer may be lost.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from fake_registry.spec.endpoints import EndpointName
from pytest_acr.harness.contents import content_of
from pytest_acr.harness.locations import query_suffix
from pytest_acr.harness.messages import RawRequest, SentTo
from pytest_acr.harness.model import digest_of
from pytest_acr.harness.reading import blob_path
from pytest_acr.harness.reading_manifests import manifest_path
from pytest_acr.harness.steps.blobs import ensure_blob
from pytest_acr.harness.steps.pushing import TAGS, ensure_image, make_image
from pytest_acr.harness.steps.step import pick
from pytest_acr.harness.trial import OpenUpload, Trial
from pytest_acr.harness.uploading import append, content_of_upload, range_text, start

_OCTETS: Final = ("Content-Type", "application/octet-stream")


@dataclass(frozen=True, kw_only=True)
class ChangingOperation:
    """A request that changes a repository, and what it changes in the model."""

    endpoint: EndpointName
    repository: int
    request: RawRequest
    status: int
    """The status that acknowledges it."""
    apply: Callable[[], None]
    """Changes the model as the registry changes when the request is done."""
    paths: tuple[str, ...] = ()
    """The paths at which the change shows."""
    upload: int | None = None
    """The number of the upload that it is for."""


def _push_blob(trial: Trial, repository: int, which: int) -> ChangingOperation:
    body = b"pushed under a fault, number %d" % which
    digest = digest_of(body)
    model = trial.models[repository]
    path = f"/v2/{model.name}/blobs/uploads/?digest={digest}"

    return ChangingOperation(
        endpoint=EndpointName.UPLOAD_START,
        repository=repository,
        request=RawRequest("POST", path, (_OCTETS,), body),
        status=201,
        apply=lambda: model.put_blob(digest, body),
        paths=(blob_path(model, digest),),
    )


def _mount_blob(trial: Trial, repository: int, which: int) -> ChangingOperation:
    source = 1 - repository
    body, digest = ensure_blob(trial, source, which)
    model = trial.models[repository]
    query = f"mount={digest}&from={trial.models[source].name}"

    return ChangingOperation(
        endpoint=EndpointName.UPLOAD_START,
        repository=repository,
        request=RawRequest("POST", f"/v2/{model.name}/blobs/uploads/?{query}"),
        status=201,
        apply=lambda: model.put_blob(digest, body),
        paths=(blob_path(model, digest),),
    )


def _delete_blob(trial: Trial, repository: int, which: int) -> ChangingOperation:
    _, digest = ensure_blob(trial, repository, which)
    model = trial.models[repository]
    path = blob_path(model, digest)

    return ChangingOperation(
        endpoint=EndpointName.BLOB_DELETE,
        repository=repository,
        request=RawRequest("DELETE", path),
        status=202,
        apply=lambda: model.delete_blob(digest),
        paths=(path,),
    )


# uploads


def _ensure_upload(trial: Trial, repository: int, which: int) -> int:
    """Return the number of an upload of the repository that has a chunk."""
    numbers = [number for number, one in trial.uploads.items() if one.repository == repository]
    if numbers:
        return pick(numbers, which)

    number = start(trial, repository, "sha256")
    append(trial, number, b"first chunk")
    return number


def _upload_request(
    method: str,
    upload: OpenUpload,
    query: str = "",
    body: bytes = b"",
) -> RawRequest:
    added = query_suffix(upload.location, query)
    headers = (_OCTETS,) if body else ()

    return RawRequest(
        method,
        upload.location + added,
        headers,
        body,
        SentTo(upload.exchange, added),
    )


def _send_chunk(trial: Trial, repository: int, which: int) -> ChangingOperation:
    number = _ensure_upload(trial, repository, which)
    before = content_of_upload(trial, number)
    chunk = content_of(which)[0] or b"y"
    request = _upload_request("PATCH", trial.uploads[number], body=chunk)
    if which % 2:
        place = ("Content-Range", range_text(len(before), len(chunk)))
        request = replace(request, headers=(*request.headers, place))

    uploads = trial.models[repository].uploads
    return ChangingOperation(
        endpoint=EndpointName.UPLOAD_CHUNK,
        repository=repository,
        request=request,
        status=202,
        apply=lambda: uploads.update({number: before + chunk}),
        upload=number,
    )


def _finish_upload(trial: Trial, repository: int, which: int) -> ChangingOperation:
    number = _ensure_upload(trial, repository, which)
    chunk = content_of(which)[0]
    content = content_of_upload(trial, number) + chunk
    digest = digest_of(content)
    model = trial.models[repository]

    def apply() -> None:
        trial.forget_upload(number)
        model.put_blob(digest, content)

    query = f"digest={digest}"
    return ChangingOperation(
        endpoint=EndpointName.UPLOAD_FINISH,
        repository=repository,
        request=_upload_request("PUT", trial.uploads[number], query, chunk),
        status=201,
        apply=apply,
        paths=(blob_path(model, digest),),
        upload=number,
    )


def _cancel_upload(trial: Trial, repository: int, which: int) -> ChangingOperation:
    number = _ensure_upload(trial, repository, which)
    return ChangingOperation(
        endpoint=EndpointName.UPLOAD_CANCEL,
        repository=repository,
        request=_upload_request("DELETE", trial.uploads[number]),
        status=204,
        apply=lambda: trial.forget_upload(number),
        upload=number,
    )


# manifests


def _push_manifest(trial: Trial, repository: int, which: int) -> ChangingOperation:
    manifest = make_image(trial, repository, which, which % 3, style=which)
    model = trial.models[repository]
    tag = TAGS[which % 3]
    path = manifest_path(model, tag)
    headers = (("Content-Type", manifest.media_type),)

    return ChangingOperation(
        endpoint=EndpointName.MANIFEST_PUT,
        repository=repository,
        request=RawRequest("PUT", path, headers, manifest.content),
        status=201,
        apply=lambda: model.put_manifest(manifest, tag),
        paths=(path, manifest_path(model, manifest.digest)),
    )


def _delete_manifest(trial: Trial, repository: int, which: int) -> ChangingOperation:
    digest = ensure_image(trial, repository, which).digest
    model = trial.models[repository]
    path = manifest_path(model, digest)
    goes = trial.dialect.referrers_go_with_subject

    return ChangingOperation(
        endpoint=EndpointName.MANIFEST_DELETE,
        repository=repository,
        request=RawRequest("DELETE", path),
        status=202,
        apply=lambda: model.delete_manifest(digest, with_referrers=goes),
        paths=(path, *(manifest_path(model, tag) for tag in model.tags_of(digest))),
    )


def _delete_tag(trial: Trial, repository: int, which: int) -> ChangingOperation:
    """Delete a tag: by the manifests' route, or by ACR's own."""
    model = trial.models[repository]
    if not model.tags:
        operation = _push_manifest(trial, repository, which)
        trial.exchange(operation.request)
        operation.apply()
    tag = pick(list(model.tags), which)
    path = manifest_path(model, tag)
    by_manifest = trial.capabilities.delete_tags

    return ChangingOperation(
        endpoint=EndpointName.MANIFEST_DELETE if by_manifest else EndpointName.ACR_TAG_DELETE,
        repository=repository,
        request=RawRequest("DELETE", path if by_manifest else f"/acr/v1/{model.name}/_tags/{tag}"),
        status=202,
        apply=lambda: model.untag(tag),
        paths=(path,),
    )


OPERATIONS: Final[Mapping[str, Callable[[Trial, int, int], ChangingOperation]]] = {
    "push blob": _push_blob,
    "send chunk": _send_chunk,
    "finish upload": _finish_upload,
    "cancel upload": _cancel_upload,
    "mount blob": _mount_blob,
    "delete blob": _delete_blob,
    "push manifest": _push_manifest,
    "delete manifest": _delete_manifest,
    "delete tag": _delete_tag,
}
"""What makes an operation in a repository. It pushes what the operation needs."""
