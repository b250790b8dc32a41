"""Handlers for ACR's metadata: ACR data plane API 2021-07-01.

The documents are in `wire.acr_documents`, their encoders in `wire.acr_json`.
"""

from typing import Final

from fake_registry.core.registry import AcrCatalog
from fake_registry.http.answers import Answer, empty, json_answer
from fake_registry.http.call import Backend, Call
from fake_registry.http.listings import next_link, page_query
from fake_registry.spec.errors import AttributesInvalid, RouteUnknown
from fake_registry.spec.names import Digest, Tag, parse_digest
from fake_registry.wire.acr_changes import parse_attribute_changes, parse_manifest_changes
from fake_registry.wire.acr_json import (
    encode_deleted,
    encode_manifest,
    encode_manifests,
    encode_repository,
    encode_tag,
    encode_tags,
)
from fake_registry.wire.paging import encode_last, parse_after, quote_name

MAX_CHANGES_BYTES: Final = 64 * 1024
"""Room for four booleans and a scanner's report, many times over."""


def get_repository(backend: Backend, call: Call) -> Answer:
    """200. Repository - Get Properties."""
    properties = _catalog(backend, call).repository_properties(call.repository)
    return json_answer(encode_repository(properties, registry=call.request.host))


def update_repository(backend: Backend, call: Call) -> Answer:
    """200 with the new properties. Repository - Update Attributes."""
    changes = parse_attribute_changes(_body(call))
    catalog = _catalog(backend, call)
    properties = catalog.update_repository_attributes(call.repository, changes)
    return json_answer(encode_repository(properties, registry=call.request.host))


def delete_repository(backend: Backend, call: Call) -> Answer:
    """202 with the removed manifests and tags. Repository - Delete."""
    deleted = _catalog(backend, call).delete_repository(call.repository)
    content = encode_deleted(deleted, null_empty=backend.settings.null_empty_lists)
    return json_answer(content, status=202)


def list_tags(backend: Backend, call: Call) -> Answer:
    """200 with a page. Tag - Get List.

    The parameter `digest` selects the tags of one manifest. ACR's Link lacks it: later pages have
    the tags of all manifests (`Settings.digest_in_links`).
    """
    query = page_query(backend, call)
    digest = call.query.get("digest")
    page = _catalog(backend, call).list_tag_properties(
        call.repository,
        digest=parse_digest(digest) if digest else None,
        after=parse_after(query, Tag),
        limit=query.limit,
        order=query.order,
    )

    registry, null_empty = call.request.host, backend.settings.null_empty_lists
    content = encode_tags(call.repository, page.items, registry=registry, null_empty=null_empty)
    ends = [encode_last(query, item.tag, item.updated) for item in page.items[-1:]]
    filtered = {"digest": digest} if digest and backend.settings.digest_in_links else {}
    link = next_link(backend, _list_path(call), query, ends, more=page.more, extra=filtered)
    return json_answer(content, link)


def get_tag(backend: Backend, call: Call) -> Answer:
    """200. Tag - Get Properties."""
    properties = _catalog(backend, call).tag_properties(call.repository, call.tag)
    return json_answer(encode_tag(properties, registry=call.request.host))


def update_tag(backend: Backend, call: Call) -> Answer:
    """200 with the new properties. Tag - Update Attributes."""
    changes = parse_attribute_changes(_body(call))
    properties = _catalog(backend, call).update_tag_attributes(call.repository, call.tag, changes)
    return json_answer(encode_tag(properties, registry=call.request.host))


def delete_tag(backend: Backend, call: Call) -> Answer:
    """202 with the digest of the tag's manifest, which stays. Tag - Delete."""
    digest = backend.registry.delete_tag(call.repository, call.tag)
    return empty(202, {"X-Ms-Int-Docker-Content-Digest": digest})


def list_manifests(backend: Backend, call: Call) -> Answer:
    """200 with a page. Manifest - Get List."""
    query = page_query(backend, call)
    page = _catalog(backend, call).list_manifests(
        call.repository,
        after=parse_after(query, Digest),
        limit=query.limit,
        order=query.order,
    )

    registry, null_empty = call.request.host, backend.settings.null_empty_lists
    content = encode_manifests(
        call.repository,
        page.items,
        registry=registry,
        null_empty=null_empty,
    )
    ends = [encode_last(query, item.digest, item.updated) for item in page.items[-1:]]
    link = next_link(backend, _list_path(call), query, ends, more=page.more)
    return json_answer(content, link)


def get_manifest(backend: Backend, call: Call) -> Answer:
    """200. Manifest - Get Properties."""
    properties = _catalog(backend, call).manifest_properties(call.repository, call.digest)
    return json_answer(encode_manifest(properties, registry=call.request.host))


def update_manifest(backend: Backend, call: Call) -> Answer:
    """200 with the new properties. Manifest - Update Attributes."""
    changes = parse_manifest_changes(_body(call))
    catalog = _catalog(backend, call)
    properties = catalog.update_manifest_attributes(call.repository, call.digest, changes)
    return json_answer(encode_manifest(properties, registry=call.request.host))


def _catalog(backend: Backend, call: Call) -> AcrCatalog:
    if backend.catalog is None:
        raise RouteUnknown("this registry has no ACR metadata", path=call.request.path)
    return backend.catalog


def _body(call: Call) -> bytes:
    return call.body.read(MAX_CHANGES_BYTES, too_long=AttributesInvalid)


def _list_path(call: Call) -> str:
    """Return the list's path for a Link, with %2F in the name (acr-behaviour 2.4)."""
    return call.endpoint.path.format(repository=quote_name(call.repository))
