"""Lists over more than one page. A Link is followed as it stands."""

from collections.abc import Iterable
from typing import Final

from tests.clients.programs.dotnet.client import DotnetClient, JsonDocument, digest_of
from tests.clients.programs.dotnet.content import expect, push_image

LETTERS: Final = ("a", "b", "c", "d", "e")


def list_repositories(client: DotnetClient) -> None:
    """GetRepositoryNames has no parameter for where the list starts: it has the repositories of other checks too."""
    names = [f"listed/{letter}" for letter in LETTERS]
    for name in names:
        push_image(client, name, "1.0", "a layer")

    pages = list(client.pages("/acr/v1/_catalog", n="2"))
    found = [name for page in pages for name in page["repositories"]]
    expect("repositories", [name for name in found if name.startswith("listed/")], names)
    expect("order", found, sorted(found))
    expect_many(pages)


def list_tags(client: DotnetClient) -> None:
    """GetAllTagProperties of a RegistryArtifact always sends the digest of its manifest. CanGetTagsOrdered.json
    @34ae4ccf; the pages are those of CanGetTagsWithCustomPageSize.json @e38bb6fe."""
    data = [push_image(client, "samples/tags", letter, "a layer") for letter in LETTERS]

    digest = client.digest_of_tag("samples/tags", "a")
    expect("digests of the tags", {digest_of(each) for each in data}, {digest})
    for order, expected in (("timeasc", LETTERS), ("timedesc", LETTERS[::-1])):
        pages = list(client.pages("/acr/v1/{}/_tags", "samples/tags", n="2", orderby=order, digest=digest))
        expect("tags", tags_in(pages), list(expected))
        expect_many(pages)


def tags_of_other_manifests(client: DotnetClient) -> None:
    """A Link of ACR does not have the digest: from page 2 on, tags of other manifests are listed. The service behaves
    so in the recordings of the Java client of January 2026 (listTagPropertiesWithPageSize...)."""
    data = push_image(client, "samples/others", "a", "a layer")
    push_image(client, "samples/others", "b", "another layer")
    push_image(client, "samples/others", "c", "a layer")
    push_image(client, "samples/others", "d", "a layer")
    push_image(client, "samples/others", "e", "another layer")

    pages = list(client.pages("/acr/v1/{}/_tags", "samples/others", n="2", digest=digest_of(data)))
    expect("tags of each page", [tags_in([page]) for page in pages], [["a", "c"], ["d", "e"]])


def list_manifests(client: DotnetClient) -> None:
    digests = [digest_of(push_image(client, "samples/manifests", letter, f"layer {letter}")) for letter in LETTERS]
    for order, expected in (("timeasc", digests), ("timedesc", digests[::-1])):
        pages = list(client.pages("/acr/v1/{}/_manifests", "samples/manifests", n="2", orderby=order))
        expect("manifests", [each["digest"] for page in pages for each in page["manifests"]], expected)
        expect_many(pages)


def tags_in(pages: Iterable[JsonDocument]) -> list[str]:
    return [tag["name"] for page in pages for tag in page["tags"]]


def expect_many(pages: list[JsonDocument]) -> None:
    assert len(pages) > 1, f"expected more than one page, got {len(pages)}"
