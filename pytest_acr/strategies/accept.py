"""Values of the header Accept, with the media types that they name.

Source: RFC 9110 §12.5.1 (media ranges), §12.4.2 (weights), §5.3 (several lines), §5.6.6
(parameters).
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from fake_registry.spec import media_types


@dataclass(frozen=True, kw_only=True)
class MediaRange:
    """A media range, in lower case: `type/subtype`, `type/*` or `*/*`."""

    name: str
    weight: int
    """In thousandths: 1,000 unless it is stated, 0 for a type that is not acceptable."""
    has_parameters: bool = False
    """It then matches only types that have the same parameters."""


@dataclass(frozen=True)
class AcceptHeader:
    """The lines of a valid Accept, and the media ranges in them, in their order."""

    lines: tuple[str, ...]
    ranges: tuple[MediaRange, ...]

    @property
    def text(self) -> str:
        """The lines as one value (RFC 9110 §5.3)."""
        return ", ".join(self.lines)

    def names(self, media_type: str) -> bool:
        """Return whether a range has exactly this type, with any weight and parameters."""
        return any(one.name == media_type for one in self.ranges)

    def weight_of(self, media_type: str) -> int:
        """Return the weight of a type without parameters: that of the most specific range."""
        weights = {one.name: one.weight for one in self.ranges if not one.has_parameters}
        major, _, _ = media_type.partition("/")
        matching = (name for name in (media_type, f"{major}/*", "*/*") if name in weights)
        return weights.get(next(matching, ""), 0)


@dataclass(frozen=True, kw_only=True)
class BrokenAcceptHeader:
    """An Accept with one malformed element.

    Its other elements, if any, are of text and images. A server need not refuse it.
    """

    text: str
    media_type: str
    """The type in the malformed element."""
    flaw: str
    in_parameters: bool
    """Whether the flaw is in the parameters or the weight, and the range before them is valid."""


@st.composite
def accept_headers(draw: DrawFn) -> AcceptHeader:
    """Draw up to four media ranges in one to three lines; each range occurs once.

    Ranges are types of manifests, other types, and both kinds of wildcard, in any order and case.
    Weights have up to three decimals, among them 0 and 1. Parameters may be quoted, with a comma
    in the quotes. Lists have whitespace and empty elements, or nothing at all.
    """
    drawn = [_draw_range(draw, name) for name in draw(_NAMES)]
    separator = draw(_SEPARATORS)
    texts = [text for text, _ in drawn]
    cuts = draw(_CUTS)
    edges = (0, *sorted(min(cut, len(texts)) for cut in cuts), len(texts))

    lines = (separator.join(texts[start:stop]) for start, stop in pairwise(edges))
    return AcceptHeader(tuple(lines), tuple(media_range for _, media_range in drawn))


def broken_accept_headers() -> SearchStrategy[BrokenAcceptHeader]:
    """Draw values of Accept with one malformed element, some with valid elements beside it.

    The type is incomplete or has other characters than a token; the weight is out of range, has too
    many decimals, or is not a number; a parameter lacks its name, its value or a quote.
    """
    return st.builds(_break_element, st.sampled_from(_FLAWS), _MANIFEST_TYPES, _NEIGHBOURS)


def _draw_range(draw: DrawFn, name: str) -> tuple[str, MediaRange]:
    change_case, parameters, (weight_text, weight) = draw(_RANGE_STYLES)
    media_range = MediaRange(name=name, weight=weight, has_parameters=bool(parameters))
    return f"{change_case(name)}{parameters}{weight_text}", media_range


@dataclass(frozen=True)
class _AcceptFlaw:
    name: str
    form: str
    """A text in which MAJOR/MINOR stand for the two parts of a media type."""
    in_parameters: bool = False


def _break_element(
    flaw: _AcceptFlaw,
    media_type: str,
    neighbours: tuple[str, str],
) -> BrokenAcceptHeader:
    before, after = neighbours
    major, _, minor = media_type.partition("/")
    element = flaw.form.replace("MAJOR", major).replace("MINOR", minor)
    return BrokenAcceptHeader(
        text=f"{before}{element}{after}",
        media_type=media_type,
        flaw=flaw.name,
        in_parameters=flaw.in_parameters,
    )


_MANIFEST_TYPES: Final = st.sampled_from(sorted(media_types.MANIFESTS, key=len))

_NAMES: Final = st.lists(
    st.sampled_from(
        (
            *(media_types.OCI_MANIFEST, media_types.OCI_INDEX),
            *(media_types.DOCKER_MANIFEST, media_types.DOCKER_LIST),
            *("*/*", "application/*", "text/*"),
            *("application/json", "text/html", f"{media_types.OCI_MANIFEST}x"),
        )
    ),
    max_size=4,
    unique=True,
)

_SEPARATORS: Final = st.sampled_from((",", ", ", " ,\t", ",,", ", , "))
_CUTS: Final = st.lists(st.integers(0, 4), max_size=2)

_NO_PARAMETERS: Final = ("", "", "")
_PARAMETERS: Final = (
    *_NO_PARAMETERS,
    *(";charset=utf-8", "; charset=UTF-8", ' ;\tp="a, b"', r';p="\"; q=0"'),
)
_WEIGHTS: Final = (
    *(("", 1_000), (";q=1", 1_000), (";q=1.000", 1_000), (";q=1.", 1_000), (" ; Q=0.5", 500)),
    *(("; q=0.001", 1), (";q=0.25", 250), (";q=0", 0), (";q=0.000", 0), (";q=0.", 0)),
)
_CASES: Final[tuple[Callable[[str], str], ...]] = (str.lower, str.lower, str.title, str.upper)
_RANGE_STYLES: Final = st.sampled_from(tuple(product(_CASES, _PARAMETERS, _WEIGHTS)))

_NEIGHBOURS: Final = st.sampled_from(
    (("", ""), ("text/plain, ", ""), ("", ", text/plain;q=0.5"), ("image/*,", ",text/*"))
)

_FLAWS: Final = (
    *(_AcceptFlaw("incomplete type", form) for form in ("MAJORMINOR", "MAJOR/", "/MINOR", "MAJOR")),
    *(_AcceptFlaw("two slashes", form) for form in ("MAJOR/MINOR/x", "MAJOR//MINOR")),
    *(_AcceptFlaw("blank in the type", form) for form in ("MAJOR /MINOR", "MAJOR/ MINOR", "MAJOR/MINOR x")),
    *(
        _AcceptFlaw("not a token", form)
        for form in ("MAJOR/(MINOR)", '"MAJOR/MINOR"', "MAJOR/MINOR\u00e9", "MAJOR\\MINOR", "<MAJOR/MINOR>")
    ),
    *(_AcceptFlaw("wrong separator", form) for form in ("text/plain; MAJOR/MINOR", "text/plain|MAJOR/MINOR")),
    *(
        _AcceptFlaw("malformed weight", f"MAJOR/MINOR;q={weight}", in_parameters=True)
        for weight in ("", "1.1", "1.001", "2", "-1", "0.1234", ".5", "high", "0.5.5", "1e0", "0 5")
    ),
    *(
        _AcceptFlaw("malformed parameter", f"MAJOR/MINOR;{parameter}", in_parameters=True)
        for parameter in ("=x", "p", "p=", 'p="x', "p = x", 'p="x"y', "p=x y")
    ),
)
