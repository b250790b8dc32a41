"""A delete removes exactly what it names, and what the documents say goes with it.

The oracle changes plain values. Sources: distribution-spec v1.1.1, Content Management;
acr-behaviour 5: a manifest takes its tags along, in profile `acr` its referrers as well; a
repository is gone with its last manifest; blobs stay.
"""

from copy import deepcopy
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.settings import Profile
from tests.properties.content import (
    BLOBS,
    DIGESTS,
    REPOSITORIES,
    TAGS,
    Client,
    RequestStep,
    digest_by,
    pushes_of_all,
)
from tests.properties.contents import SUBJECTS, Contents, contents_of
from tests.support.effort import examples
from tests.support.http import registry_of

HELLO, OTHER = REPOSITORIES

Name = tuple[str, str]
"""A kind of item, for a tag with the API that deletes it, and its name."""

NAMES: Final[tuple[Name, ...]] = (
    *(("blob", digest_by(content)) for content in BLOBS),
    *(("manifest", digest) for digest in DIGESTS),
    *(("tag at /acr/v1", tag) for tag in TAGS),
    *(("tag at /v2", tag) for tag in TAGS),
    ("repository", ""),
)


def delete_of(repository: str, name: Name) -> RequestStep:
    """Return the request that deletes an item."""
    kind, item = name
    v2, acr = f"/v2/{repository}", f"/acr/v1/{repository}"
    routes = {
        "blob": f"{v2}/blobs/{item}",
        "manifest": f"{v2}/manifests/{item}",
        "tag at /acr/v1": f"{acr}/_tags/{item}",
        "tag at /v2": f"{v2}/manifests/{item}",
        "repository": acr,
    }
    return RequestStep("DELETE", routes[kind])


def is_refused(name: Name, profile: Profile) -> bool:
    """Return whether ACR refuses a delete: of a manifest by its tag (acr-behaviour 1.9)."""
    return name[0] == "tag at /v2" and profile == "acr"


def is_there(contents: Contents, name: Name) -> bool:
    kind, item = name
    match kind:
        case "blob":
            return item in contents.blobs
        case "manifest":
            return item in contents.manifests
        case "repository":
            return contents.listed
        case _:
            return item in contents.tags


def remove(contents: Contents, name: Name, profile: Profile) -> None:
    """Remove an item from the content of a repository, and all that goes with it."""
    kind, item = name
    match kind:
        case "blob":
            del contents.blobs[item]
        case "manifest":
            remove_manifests(contents, with_referrers(item) if profile == "acr" else {item})
        case "repository":
            remove_manifests(contents, set(contents.manifests))
            contents.blobs.clear()
        case _:
            contents.tags_of[contents.tags.pop(item)].remove(item)

    contents.listed = bool(contents.manifests)
    counts = len(contents.manifests), len(contents.tags)
    contents.counts = counts if contents.manifests else None


def with_referrers(digest: str) -> set[str]:
    """Return a digest, its referrers, and theirs (acr-behaviour 5)."""
    found = {digest}
    for referrer, subject in SUBJECTS.items():  # subjects stand before their referrers
        if subject in found:
            found.add(referrer)
    return found


def remove_manifests(contents: Contents, gone: set[str]) -> None:
    contents.tags = {tag: digest for tag, digest in contents.tags.items() if digest not in gone}
    for digest in gone:
        contents.manifests.pop(digest, None)
        contents.tags_of.pop(digest, None)
    for digest, referrers in contents.referrers.items():
        contents.referrers[digest] = [one for one in referrers if one not in gone]


def check_delete(client: Client, repository: str, name: Name, profile: Profile) -> None:
    """Delete an item and compare everything with the oracle's result."""
    before = contents_of(client.registry)
    expected = deepcopy(before)
    expected_status = 405 if is_refused(name, profile) else 404
    if is_there(before[repository], name) and not is_refused(name, profile):
        remove(expected[repository], name, profile)
        expected_status = 202

    status = client.send(delete_of(repository, name)).status

    assert status == expected_status
    assert contents_of(client.registry) == expected


def filled(profile: Profile) -> Client:
    client = Client(registry_of(profile))
    for repository in REPOSITORIES:
        client.send_all(pushes_of_all(repository))
    return client


@pytest.mark.parametrize("profile", ["acr", "oci"])
@pytest.mark.parametrize("name", NAMES, ids=lambda name: f"{name[0]} {name[1][:14]}".strip())
def test_delete_removes_what_it_names_and_the_next_one_nothing(name: Name, profile: Profile) -> None:
    client = filled(profile)
    assert is_there(contents_of(client.registry)[HELLO], name)

    check_delete(client, HELLO, name, profile)
    check_delete(client, HELLO, name, profile)


one_delete = st.tuples(st.sampled_from(REPOSITORIES), st.sampled_from(NAMES))
some_deletes = st.lists(one_delete, max_size=8)


@pytest.mark.parametrize("profile", ["acr", "oci"])
@examples(10)  # everything is read twice for each delete
@given(deletes=some_deletes)
def test_each_of_many_deletes_removes_what_it_names(profile: Profile, deletes: list[tuple[str, Name]]) -> None:
    client = filled(profile)
    for repository, name in deletes:
        check_delete(client, repository, name, profile)
