"""The handler of every endpoint."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from fake_registry.http import acr, blobs, listings, manifests, oauth, storage
from fake_registry.http.answers import Answer
from fake_registry.http.call import Backend, Call, Handler
from fake_registry.spec.endpoints import Endpoint, EndpointName, HttpMethod

Handlers = Mapping[tuple[EndpointName, HttpMethod], Handler]

HANDLERS: Final[Handlers] = {
    (EndpointName.BASE, "GET"): listings.base,
    (EndpointName.BLOB_GET, "GET"): blobs.get_blob,
    (EndpointName.BLOB_HEAD, "HEAD"): blobs.head_blob,
    (EndpointName.BLOB_DELETE, "DELETE"): blobs.delete_blob,
    (EndpointName.UPLOAD_START, "POST"): blobs.start_upload,
    (EndpointName.UPLOAD_CHUNK, "PATCH"): blobs.append_chunk,
    (EndpointName.UPLOAD_FINISH, "PUT"): blobs.finish_upload,
    (EndpointName.UPLOAD_STATUS, "GET"): blobs.upload_status,
    (EndpointName.UPLOAD_CANCEL, "DELETE"): blobs.cancel_upload,
    (EndpointName.MANIFEST_GET, "GET"): manifests.get_manifest,
    (EndpointName.MANIFEST_HEAD, "HEAD"): manifests.head_manifest,
    (EndpointName.MANIFEST_PUT, "PUT"): manifests.put_manifest,
    (EndpointName.MANIFEST_DELETE, "DELETE"): manifests.delete_manifest,
    (EndpointName.TAGS_LIST, "GET"): listings.list_tags,
    (EndpointName.REFERRERS_LIST, "GET"): listings.list_referrers,
    (EndpointName.CATALOG_LIST, "GET"): listings.list_repositories,
    (EndpointName.ACR_CATALOG, "GET"): listings.list_repositories,
    (EndpointName.ACR_REPOSITORY_GET, "GET"): acr.get_repository,
    (EndpointName.ACR_REPOSITORY_UPDATE, "PATCH"): acr.update_repository,
    (EndpointName.ACR_REPOSITORY_DELETE, "DELETE"): acr.delete_repository,
    (EndpointName.ACR_TAGS_LIST, "GET"): acr.list_tags,
    (EndpointName.ACR_TAG_GET, "GET"): acr.get_tag,
    (EndpointName.ACR_TAG_UPDATE, "PATCH"): acr.update_tag,
    (EndpointName.ACR_TAG_DELETE, "DELETE"): acr.delete_tag,
    (EndpointName.ACR_MANIFESTS_LIST, "GET"): acr.list_manifests,
    (EndpointName.ACR_MANIFEST_GET, "GET"): acr.get_manifest,
    (EndpointName.ACR_MANIFEST_UPDATE, "PATCH"): acr.update_manifest,
    (EndpointName.OAUTH_EXCHANGE, "POST"): oauth.exchange,
    (EndpointName.OAUTH_TOKEN, "POST"): oauth.post_token,
    (EndpointName.OAUTH_TOKEN, "GET"): oauth.get_token,
    (EndpointName.STORAGE_BLOB, "GET"): storage.get_blob,
}


_HERE: Final = "fake_registry/http/handlers.py"
_ROWS: Final = "fake_registry/spec/endpoints"


_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "DELETE"})
"""Methods whose handlers read no body."""


def handle(backend: Backend, call: Call) -> Answer:
    """Return the answer of the endpoint's handler. Raises RegistryError.

    A body that no handler reads is read first: where it is malformed, nothing may change.
    """
    if call.endpoint.method in _WITHOUT_BODY:
        call.body.drain()
    return HANDLERS[call.endpoint.name, call.endpoint.method](backend, call)


def mismatches(endpoints: Iterable[Endpoint], handlers: Handlers) -> Iterator[str]:
    """Yield a sentence for each endpoint without a handler and each handler without an endpoint."""
    rows = {(endpoint.name, endpoint.method) for endpoint in endpoints}
    for name, method in sorted(rows - handlers.keys()):
        yield f"{method} {name} has no handler: add it to HANDLERS in {_HERE}"
    for name, method in sorted(handlers.keys() - rows):
        yield f"{method} {name} has a handler and no row: add it to {_ROWS}"
