"""Content is never stored under a digest that it does not have, on any route.

distribution-spec v1.1.1, Pushing blobs, Pushing manifests: the digest of the stored content is the
one that the client named. image-spec, Digests: sha256 and sha512.
"""

import json
from collections.abc import Callable, Sequence
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from fake_registry import FakeRegistry
from fake_registry.settings import Profile
from pytest_acr.strategies import chunkings
from tests.properties.content import INDEX, REPOSITORIES, digest_by, index_of
from tests.properties.observing import get
from tests.support.effort import examples
from tests.support.http import HttpAnswer, begin, registry_of, send
from tests.support.products import cross

HELLO: Final = REPOSITORIES[0]
UPLOADS: Final = f"/v2/{HELLO}/blobs/uploads/"

Chunks = Sequence[bytes]
Push = Callable[[FakeRegistry, Chunks, str], HttpAnswer]
"""Pushes the joined chunks under a digest."""


def post(registry: FakeRegistry, chunks: Chunks, digest: str) -> HttpAnswer:
    """POST with the whole content (end-4b)."""
    return send(registry, "POST", f"{UPLOADS}?digest={digest}", b"".join(chunks))


def post_and_put(registry: FakeRegistry, chunks: Chunks, digest: str) -> HttpAnswer:
    """POST, then PUT with the whole content (end-4a, end-6)."""
    return send(registry, "PUT", f"{begin(registry, HELLO)}&digest={digest}", b"".join(chunks))


def patch_and_put(registry: FakeRegistry, chunks: Chunks, digest: str) -> HttpAnswer:
    """A PATCH for each chunk, and a PUT without content (end-5, end-6)."""
    return send(registry, "PUT", f"{begin(registry, HELLO, *chunks)}&digest={digest}", b"")


def patch_and_put_the_last(registry: FakeRegistry, chunks: Chunks, digest: str) -> HttpAnswer:
    """A PATCH for each chunk but the last, which the PUT has (end-5, end-6)."""
    *first, last = chunks or [b""]
    return send(registry, "PUT", f"{begin(registry, HELLO, *first)}&digest={digest}", last)


def put_manifest(registry: FakeRegistry, chunks: Chunks, digest: str) -> HttpAnswer:
    """PUT of a manifest by digest (end-7)."""
    target = f"/v2/{HELLO}/manifests/{digest}"
    return send(registry, "PUT", target, b"".join(chunks), {"Content-Type": INDEX})


ROUTES: Final = (post, post_and_put, patch_and_put, patch_and_put_the_last, put_manifest)

Mistake = Callable[[bytes, Chunks], bytes]

MISTAKES: Final[dict[str, Mistake]] = {
    "other content": lambda content, _: content + b"!",
    "nothing": lambda content, _: b"" if content else b"something",
    "all but the last byte": lambda content, _: content[:-1] if content else b"something",
    "all but the last chunk": lambda content, chunks: b"".join(chunks[:-1]) or content + b"?",
    "the first chunk twice": lambda content, chunks: b"".join([*chunks[:1], content, b"2"]),
    "reversed": lambda content, _: content[::-1] if content[::-1] != content else content + b"0",
}
"""Content whose digest a client might name by mistake."""

contents = st.binary(max_size=30)


def content_for(route: Push, content: bytes) -> bytes:
    """Return `content`, or a manifest that has it: others are refused for another reason."""
    if route is not put_manifest:
        return content
    return index_of(annotations={"content": content.hex()})


@cross(
    {
        "route": ROUTES,
        "mistake": MISTAKES,
        "algorithm": ["sha256", "sha512"],
        "profile": ["acr", "oci"],
    }
)
@examples(8)  # of each of 120 combinations
@given(data=st.data(), content=contents)
def test_content_is_not_stored_under_another_digest(
    route: Push,
    mistake: Mistake,
    algorithm: str,
    profile: Profile,
    data: st.DataObject,
    content: bytes,
) -> None:
    content = content_for(route, content)
    chunks = [chunk for chunk in data.draw(chunkings(content)) if chunk]
    wrong = digest_by(mistake(content, chunks), algorithm)
    registry = registry_of(profile)

    found = route(registry, chunks, wrong)

    assert (found.status, found.json["errors"][0]["code"]) == (400, "DIGEST_INVALID")
    assert is_absent(registry, wrong)
    assert is_absent(registry, digest_by(content, algorithm)), "nor under its own, which was not named"


@cross({"route": ROUTES, "algorithm": ["sha256", "sha512"], "profile": ["acr", "oci"]})
@given(data=st.data(), content=contents)
def test_content_is_stored_under_the_digest_that_it_has(
    route: Push,
    algorithm: str,
    profile: Profile,
    data: st.DataObject,
    content: bytes,
) -> None:
    content = content_for(route, content)
    chunks = data.draw(chunkings(content))
    digest = digest_by(content, algorithm)
    registry = registry_of(profile)

    found = route(registry, chunks, digest)

    kind = "manifests" if route is put_manifest else "blobs"
    assert (found.status, found.header("Docker-Content-Digest")) == (201, digest)
    assert get(registry, f"/v2/{HELLO}/{kind}/{digest}").body == content


def is_absent(registry: FakeRegistry, digest: str) -> bool:
    """Return whether no route has content of this digest, and no list has an item."""
    targets = [f"/v2/{HELLO}/{kind}/{digest}" for kind in ("blobs", "manifests")]
    found = [get(registry, target, method) for target in targets for method in ("GET", "HEAD")]
    listed = json.loads(get(registry, "/v2/_catalog").body)
    return {one.status for one in found} == {404} and not listed["repositories"]
