"""Operations on tags, manifests, locks and tag lists, as raw requests of one thread."""

import json
from functools import partial
from typing import Final

from pytest_acr.harness.concurrency.content import (
    MANIFEST_TYPE,
    attributes_in,
    content_outcome,
    manifest_content,
    one_request,
    outcome_of,
    tags_in,
)
from pytest_acr.harness.concurrency.history import ObjectKey, Observed, SendRaw, ThreadHistory
from pytest_acr.harness.concurrency.models import ListedTags, TagChange, TagPage
from pytest_acr.harness.concurrency.plan import LOCKS
from pytest_acr.harness.concurrency.repository import PreparedRepository
from pytest_acr.harness.links import next_page
from pytest_acr.harness.messages import RawRequest, RawResponse
from pytest_acr.harness.model import digest_of

MAX_PAGES: Final = 20
"""A walk through a list ends here, whatever Links say."""

TAG_LIST: Final = ObjectKey("tag list", "")

_ACCEPT: Final = (("Accept", MANIFEST_TYPE),)
_IS_MANIFEST: Final = (("Content-Type", MANIFEST_TYPE),)
_IS_JSON: Final = (("Content-Type", "application/json"),)


class ConcurrentTags:
    """Sends requests about the tags of a prepared repository."""

    def __init__(self, history: ThreadHistory, repository: PreparedRepository) -> None:
        """Record operations in `history`, which has the target."""
        self._history = history
        self._offered = repository.offered
        self._manifests = f"/v2/{repository.name}/manifests"
        self._list = f"/v2/{repository.name}/tags/list"
        self._properties = f"/acr/v1/{repository.name}/_tags"

    def put(self, tag: str, number: int) -> None:
        """Push the manifest of this number by the tag."""
        content = manifest_content(tag, number)
        digest = digest_of(content)
        request = RawRequest("PUT", f"{self._manifests}/{tag}", _IS_MANIFEST, content)

        keys = (_tag(tag), _manifest(digest), TAG_LIST)
        self._history.run("put", keys, TagChange(tag, digest), one_request(request))

    def get(self, tag: str) -> None:
        """Pull the manifest of the tag; the outcome has the digest of its bytes."""
        request = RawRequest("GET", f"{self._manifests}/{tag}", _ACCEPT)
        self._history.run("get", (_tag(tag),), None, one_request(request, _digest_outcome))

    def delete(self, tag: str) -> None:
        """Delete the tag alone."""
        path = self._offered.tag_delete_path
        if path is None:
            return

        request = RawRequest("DELETE", path.format(tag=tag))
        act = one_request(request, partial(self._offered.outcome_of_delete, "delete"))
        self._history.run("delete", (_tag(tag), TAG_LIST), TagChange(tag), act)

    def get_manifest(self, tag: str, number: int) -> None:
        """Pull the manifest of this number by its digest."""
        digest = digest_of(manifest_content(tag, number))
        request = RawRequest("GET", f"{self._manifests}/{digest}", _ACCEPT)
        act = one_request(request, partial(content_outcome, digest))
        self._history.run("get manifest", (_manifest(digest),), None, act)

    def delete_manifest(self, tag: str, number: int) -> None:
        """Delete the manifest of this number, and with it the tag if the tag points to it."""
        if not self._offered.manifest_delete:
            return

        digest = digest_of(manifest_content(tag, number))
        request = RawRequest("DELETE", f"{self._manifests}/{digest}")
        act = one_request(request, partial(self._offered.outcome_of_delete, "delete manifest"))
        keys = (_tag(tag), _manifest(digest), TAG_LIST)
        self._history.run("delete manifest", keys, TagChange(tag, digest), act)

    # locks

    def lock(self, tag: str, number: int) -> None:
        """Set whether the tag may be written and deleted: an entry of LOCKS, by its number."""
        if not self._offered.locks:
            return

        attributes = LOCKS[number % len(LOCKS)]
        request = lock_request(f"{self._properties}/{tag}", *attributes)
        self._history.run("lock", (_tag(tag),), attributes, one_request(request))

    def get_attributes(self, tag: str) -> None:
        """Read whether the tag may be written and deleted."""
        if not self._offered.locks:
            return

        request = RawRequest("GET", f"{self._properties}/{tag}")
        act = one_request(request, lambda found: outcome_of(found, attributes_in(found)))
        self._history.run("attributes", (_tag(tag),), None, act)

    # lists

    def list(self) -> None:
        """Read the whole list in one response."""
        self._read_page(self._list, TagPage("", None))

    def walk(self, limit: int) -> None:
        """Read the list in pages. Each page is an operation by itself."""
        if not self._offered.pages:
            return

        path: str | None = f"{self._list}?n={limit}"
        page = TagPage("", limit)
        for _ in range(MAX_PAGES):
            if path is None:
                return
            response = self._read_page(path, page)
            tags = () if response is None else tags_in(response)
            if response is None or not tags:
                return
            following = next_page(response, self._list)
            path = None if following is None else following.path
            page = TagPage(tags[-1], limit)

    def _read_page(self, path: str, page: TagPage) -> RawResponse | None:
        """Return the response, None if it was lost."""
        received: list[RawResponse] = []

        def act(send: SendRaw) -> Observed | None:
            response = send(RawRequest("GET", path))
            received.append(response)
            names = tuple(sorted(tags_in(response)))  # their order is not about concurrency
            listed = ListedTags(names, next_page(response, path) is not None)
            return outcome_of(response, listed)

        name = "list" if page.limit is None else "page"
        self._history.run(name, (TAG_LIST,), page, act)
        return received[0] if received else None


def lock_request(
    path: str,
    write_enabled: bool | None,  # noqa: FBT001
    delete_enabled: bool | None,  # noqa: FBT001
) -> RawRequest:
    """Return the request that sets ACR's attributes of a tag: Tag - Update Attributes.

    None leaves an attribute as it is.
    """
    attributes = {"writeEnabled": write_enabled, "deleteEnabled": delete_enabled}
    changed = {name: value for name, value in attributes.items() if value is not None}
    return RawRequest("PATCH", path, _IS_JSON, json.dumps(changed).encode())


def _digest_outcome(response: RawResponse) -> Observed | None:
    return outcome_of(response, digest_of(response.body))


def _tag(name: str) -> ObjectKey:
    return ObjectKey("tag", name)


def _manifest(digest: str) -> ObjectKey:
    return ObjectKey("manifest", digest)
