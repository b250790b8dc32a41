"""Handlers for the root and for lists.

Sources: distribution-spec v1.1.1, Content Discovery; CNCF distribution's catalogue.
"""

from collections.abc import Mapping, Sequence

from fake_registry.http.answers import Answer, json_answer, redirect, whole
from fake_registry.http.call import Backend, Call
from fake_registry.spec.endpoints import BASE_WITHOUT_SLASH, EndpointName, Family, endpoint_of
from fake_registry.spec.media_types import OCI_INDEX
from fake_registry.spec.names import Digest, RepositoryName, Tag
from fake_registry.wire.oci_json import encode_catalog, encode_referrers, encode_tag_list
from fake_registry.wire.paging import PageQuery, encode_link, parse_page


def base(backend: Backend, call: Call) -> Answer:
    """200 for an authenticated caller (end-1), without the newline that ends ACR's other bodies.

    301 to the path with a slash where the router redirects (`Settings.redirect_to_base`).
    """
    if call.endpoint is BASE_WITHOUT_SLASH:
        return redirect(endpoint_of(EndpointName.BASE).path, status=301)
    return json_answer(b"{}")


def list_repositories(backend: Backend, call: Call) -> Answer:
    """200 with a page of names, at `/v2` and `/acr/v1` alike."""
    query = page_query(backend, call)
    after = None if query.last is None else RepositoryName(query.last)
    page = backend.registry.list_repositories(after=after, limit=query.limit)

    content = encode_catalog(page.items, null_empty=backend.settings.null_empty_lists)
    link = next_link(backend, _path_of(call), query, page.items, more=page.more)
    return json_answer(content, link)


def list_tags(backend: Backend, call: Call) -> Answer:
    """200 with a page of tags (end-8)."""
    query = page_query(backend, call)
    after = None if query.last is None else Tag(query.last)
    page = backend.registry.list_tags(call.repository, after=after, limit=query.limit)

    null_empty = backend.settings.null_empty_lists
    content = encode_tag_list(call.repository, page.items, null_empty=null_empty)
    link = next_link(backend, _path_of(call), query, page.items, more=page.more)
    return json_answer(content, link)


def list_referrers(backend: Backend, call: Call) -> Answer:
    """200 with an index of the manifests that refer to a digest (end-12)."""
    query = page_query(backend, call)
    artifact_type = call.query.get("artifactType") or None
    page = backend.registry.list_referrers(
        call.repository,
        call.digest,
        artifact_type=artifact_type,
        after=None if query.last is None else Digest(query.last),
        limit=query.limit,
    )

    filtered = {} if artifact_type is None else {"artifactType": artifact_type}
    digests = [item.digest for item in page.items]
    headers = next_link(backend, _path_of(call), query, digests, more=page.more, extra=filtered)
    if filtered:
        headers["OCI-Filters-Applied"] = "artifactType"
    return whole(encode_referrers(page.items), OCI_INDEX, headers)


def _path_of(call: Call) -> str:
    return call.request.path.rstrip("/")


def page_query(backend: Backend, call: Call) -> PageQuery:
    """Return the page that the call is for. Raises PageInvalid."""
    settings = backend.settings
    query = dict(call.query)
    if call.endpoint.family is not Family.ACR:
        query.pop("orderby", None)  # the specification's lists have one order
    return parse_page(query, default=settings.default_page_size, maximum=settings.max_page_size)


def next_link(
    backend: Backend,
    path: str,
    query: PageQuery,
    ends: Sequence[str],
    *,
    more: bool,
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the Link header of a page; none on the last page.

    `ends` has the parameter `last` for a page after each item, at least for the last item. ACR's
    links have `orderby` also where the request has none.
    """
    if not more or query.limit is None:
        return {}
    orderby = query.orderby
    if orderby is None and backend.settings.empty_orderby_in_links:
        orderby = ""
    return {"Link": encode_link(path, last=ends[-1], n=query.limit, orderby=orderby, extra=extra)}
