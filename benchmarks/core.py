"""One page of a long listing: what it costs, and that its cost does not grow with the list it is cut from."""

import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.rounds import interleave, medians, progress
from benchmarks.table import Row, Target, against_limit, for_comparison
from fake_registry import FakeRegistry, Settings
from fake_registry.spec.attributes import Order
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.names import parse_repository_name, parse_tag

LENGTHS = (1_000, 10_000, 100_000)
PAGE = 100
CALLS_PER_ROUND = 50
REPOSITORY = parse_repository_name("benchmark/core")
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
EMPTY_INDEX = b'{"schemaVersion":2,"mediaType":"%s","manifests":[]}' % INDEX_TYPE.encode()


def rows() -> Iterator[Row]:
    pages = {length: _pages(length) for length in LENGTHS}
    milliseconds = medians(
        interleave({_name(kind, length): call for length in LENGTHS for kind, call in pages[length].items()})
    )
    shortest, *_, longest = LENGTHS
    for kind in pages[longest]:
        yield against_limit(_name(kind, longest), milliseconds[_name(kind, longest)], "ms", Target(3))
        for length in LENGTHS[:-1]:
            yield for_comparison(f"  {length:,} tags", milliseconds[_name(kind, length)], "ms")
        growth = milliseconds[_name(kind, longest)] / milliseconds[_name(kind, shortest)]
        yield for_comparison(f"  {longest // shortest} x the list costs", growth, "x")


def _name(kind: str, length: int) -> str:
    return f"core: {PAGE} of {length:,} {kind}"


def _pages(length: int) -> dict[str, Callable[[], float]]:
    """Time a page from the middle of `length` tags of one manifest, by each way to list them."""
    progress(f"{length:,} tags")
    content = FakeRegistry(Settings(profile="oci", auth="off")).content
    tags = [parse_tag(f"v{number:06}") for number in range(length)]
    content.put_manifest(REPOSITORY, read_manifest(EMPTY_INDEX, INDEX_TYPE), tags=tags)
    middle = tags[length // 2]
    newest_first = partial(content.list_tag_properties, order=Order.NEWEST_FIRST)
    return {
        "tags": partial(_milliseconds, partial(content.list_tags, REPOSITORY, after=middle, limit=PAGE)),
        "tags by time": partial(_milliseconds, partial(newest_first, REPOSITORY, after=middle, limit=PAGE)),
    }


def _milliseconds(page: Callable[[], object]) -> float:
    """Median of one call."""
    times: list[float] = []
    for _ in range(CALLS_PER_ROUND):
        started = time.perf_counter()
        page()
        times.append(1e3 * (time.perf_counter() - started))
    return statistics.median(times)
