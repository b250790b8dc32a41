"""A small registry in memory, as one WSGI app: blobs, manifests and tags."""

import json
import re
from collections.abc import Callable
from hashlib import sha256
from threading import Lock
from uuid import uuid4

from werkzeug.wrappers import Request, Response

blobs: dict[tuple[str, str], bytes] = {}
manifests: dict[tuple[str, str], tuple[str, bytes]] = {}
tags: dict[tuple[str, str], str] = {}
uploads: dict[tuple[str, str], bytes] = {}
lock = Lock()

BYTES = "application/octet-stream"
JSON = "application/json"


def digest_of(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"


def answer(status: int, location: str = "", content: bytes = b"", **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(content, status, {"Location": location, **named} if location else named)


def error(status: int, code: str) -> Response:
    body = {"errors": [{"code": code, "message": code.lower().replace("_", " ")}]}
    return answer(status, content=json.dumps(body).encode(), Content_Type=JSON)


def get_blob(request: Request, repository: str, digest: str) -> Response:
    if (repository, digest) not in blobs:
        return error(404, "BLOB_UNKNOWN")

    content = blobs[repository, digest]
    return answer(200, content=content, Content_Type=BYTES, Docker_Content_Digest=digest)


def start_upload(request: Request, repository: str) -> Response:
    upload = str(uuid4())
    uploads[repository, upload] = b""
    return answer(202, f"/v2/{repository}/blobs/uploads/{upload}")


def send_chunk(request: Request, repository: str, upload: str) -> Response:
    if (repository, upload) not in uploads:
        return error(404, "BLOB_UPLOAD_UNKNOWN")
    if not is_next_chunk(request, repository, upload):
        return error(416, "BLOB_UPLOAD_INVALID")

    uploads[repository, upload] += request.get_data()
    return answer(202, request.path, Range=received(repository, upload))


def received(repository: str, upload: str) -> str:
    return f"0-{max(len(uploads[repository, upload]) - 1, 0)}"


def is_next_chunk(request: Request, repository: str, upload: str) -> bool:
    """Whether the chunk begins where the last one ended, and has the announced length."""
    match = re.fullmatch("([0-9]+)-([0-9]+)", request.headers.get("Content-Range", ""))
    if match is None:
        return "Content-Range" not in request.headers

    first, last = int(match[1]), int(match[2])
    size = len(uploads[repository, upload])
    return first == size and last - first + 1 == len(request.get_data())


def get_upload(request: Request, repository: str, upload: str) -> Response:
    if (repository, upload) not in uploads:
        return error(404, "BLOB_UPLOAD_UNKNOWN")
    return answer(204, request.path, Range=received(repository, upload))


def finish_upload(request: Request, repository: str, upload: str) -> Response:
    if (repository, upload) not in uploads:
        return error(404, "BLOB_UPLOAD_UNKNOWN")
    if not is_next_chunk(request, repository, upload):
        return error(416, "BLOB_UPLOAD_INVALID")

    content = uploads[repository, upload] + request.get_data()
    digest = digest_of(content)
    if request.args.get("digest") != digest:
        return error(400, "DIGEST_INVALID")

    del uploads[repository, upload]
    blobs[repository, digest] = content
    return answer(201, f"/v2/{repository}/blobs/{digest}", Docker_Content_Digest=digest)


def put_manifest(request: Request, repository: str, reference: str) -> Response:
    content = request.get_data()
    digest = digest_of(content)
    if ":" in reference and reference != digest:
        return error(400, "DIGEST_INVALID")

    manifests[repository, digest] = request.headers.get("Content-Type", ""), content
    if ":" not in reference:
        tags[repository, reference] = digest
    return answer(201, f"/v2/{repository}/manifests/{digest}", Docker_Content_Digest=digest)


def get_manifest(request: Request, repository: str, reference: str) -> Response:
    digest = tags.get((repository, reference), reference)
    if (repository, digest) not in manifests:
        return error(404, "MANIFEST_UNKNOWN")

    media_type, content = manifests[repository, digest]
    return answer(200, content=content, Content_Type=media_type, Docker_Content_Digest=digest)


def list_tags(request: Request, repository: str) -> Response:
    if repository not in {known for known, _ in [*blobs, *manifests]}:
        return error(404, "NAME_UNKNOWN")

    last = request.args.get("last", "")
    names = sorted(tag for known, tag in tags if known == repository and tag > last)
    size = request.args.get("n", len(names), int)
    body = json.dumps({"name": repository, "tags": names[:size]}).encode()
    page = answer(200, content=body, Content_Type=JSON)
    if 0 < size < len(names):
        page.headers["Link"] = f'<{request.path}?n={size}&last={names[size - 1]}>; rel="next"'
    return page


def base(request: Request) -> Response:
    return answer(200, content=b"{}", Content_Type=JSON)


NAME = "([a-z0-9/._-]+?)"
ROUTES: list[tuple[str, str, Callable[..., Response]]] = [
    ("GET", "/v2/", base),
    ("POST", f"/v2/{NAME}/blobs/uploads/", start_upload),
    ("GET", f"/v2/{NAME}/blobs/uploads/([^/]+)", get_upload),
    ("PATCH", f"/v2/{NAME}/blobs/uploads/([^/]+)", send_chunk),
    ("PUT", f"/v2/{NAME}/blobs/uploads/([^/]+)", finish_upload),
    ("GET HEAD", f"/v2/{NAME}/blobs/(sha256:[0-9a-f]+)", get_blob),
    ("GET HEAD", f"/v2/{NAME}/manifests/([^/]+)", get_manifest),
    ("PUT", f"/v2/{NAME}/manifests/([^/]+)", put_manifest),
    ("GET", f"/v2/{NAME}/tags/list", list_tags),
]


@Request.application
def app(request: Request) -> Response:
    for methods, path, handler in ROUTES:
        match = re.fullmatch(path, request.path)
        if match and request.method in methods.split():
            with lock:
                return handler(request, *match.groups())
    return error(404, "NAME_UNKNOWN")


if __name__ == "__main__":
    from werkzeug.serving import run_simple

    run_simple("127.0.0.1", 5000, app, threaded=True)
