"""Names of repositories, tags and digests."""

import string
from typing import Final, Literal

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from fake_registry.arguments import check_arguments
from fake_registry.spec.names import Digest, RepositoryName, Tag, digest_of

Algorithm = Literal["sha256", "sha512"]

_TAG_FIRST: Final = string.ascii_letters + string.digits + "_"

_ROUTE_WORDS: Final = (
    *("v2", "acr", "v1", "blobs", "uploads"),
    *("manifests", "referrers", "tags", "list"),
)


def repository_names() -> SearchStrategy[RepositoryName]:
    """Draw names of one to four parts, up to 255 characters long.

    All separators occur, and words that also stand in routes.
    """
    run = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=6)
    separator = st.sampled_from((".", "_", "__", "-", "--", "-----"))
    part = run | st.tuples(run, separator, run).map("".join) | st.sampled_from(_ROUTE_WORDS)

    path = st.lists(part, min_size=1, max_size=4).map("/".join)
    long_name = st.integers(200, 255).map(lambda length: "n" * length)
    return (path | long_name).map(RepositoryName)


def tags() -> SearchStrategy[Tag]:
    """Draw tags of 1 to 128 characters. Each legal character occurs, in upper and lower case."""
    first = st.sampled_from(_TAG_FIRST)
    rest = st.text(_TAG_FIRST + ".-", max_size=12)
    padding = st.sampled_from(("", "t" * 115))
    return st.tuples(first, rest, padding).map("".join).map(Tag)


@check_arguments
def digests(algorithm: Algorithm | None = None) -> SearchStrategy[Digest]:
    """Draw digests of a few bytes, by `algorithm` (`sha256` or `sha512`), by default either."""
    algorithms = ("sha256", "sha512") if algorithm is None else (algorithm,)
    return st.builds(digest_of, st.binary(max_size=8), st.sampled_from(algorithms))
