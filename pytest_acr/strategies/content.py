"""Contents of blobs, and ways to cut them into chunks.

The module is not called `blobs`, because the public strategy has that name in the package.
"""

from itertools import pairwise

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from fake_registry.arguments import check_arguments


@check_arguments
def blobs(max_size: int = 65_536) -> SearchStrategy[bytes]:
    """Draw contents of at most `max_size` bytes: arbitrary short ones and repetitive long ones."""
    units = st.binary(min_size=1, max_size=4)
    long = st.builds(lambda unit, size: (unit * size)[:size], units, st.integers(0, max_size))
    return st.binary(max_size=min(max_size, 64)) | long


@check_arguments
def chunkings(content: bytes) -> SearchStrategy[list[bytes]]:
    """Draw ways to cut `content`: lists of pieces that join to it.

    Any piece may be empty. For empty content, the list may be empty as well.
    """
    cuts = st.lists(st.integers(0, len(content)), max_size=6).map(sorted)
    pieces = cuts.map(lambda found: _pieces_of(content, found))
    return pieces if content else pieces | st.just([])


def _pieces_of(content: bytes, cuts: list[int]) -> list[bytes]:
    edges = (0, *cuts, len(content))
    return [content[start:stop] for start, stop in pairwise(edges)]
