"""Texts of headers and paths that a server must survive, whatever it answers.

Sources: RFC 9110 §5.5 (field values), RFC 3986 §2.1, §3.3 and §5.2.4 (escapes, paths, dot segments);
`http.client` of Python, for the question whether a text can be sent.
"""

from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from fake_registry.spec.endpoints import Family


@dataclass(frozen=True, kw_only=True)
class HostileText:
    """A text, and whether `http.client` sends it. Otherwise it raises an error at the client."""

    text: str
    kind: str
    sendable: bool


def hostile_headers() -> SearchStrategy[HostileText]:
    """Draw values of a header, of up to 9,000 characters.

    Control characters, tabs, folded lines, letters of Latin-1, quotes, separators, escapes and
    templates can be sent; line breaks, lone surrogates and letters beyond Latin-1 cannot.
    """
    return st.builds(_header_of, _one_of(_IN_HEADERS), _MARGINS, _MARGINS)


def hostile_paths() -> SearchStrategy[HostileText]:
    """Draw targets of requests that begin like a path of the API, of up to 10,000 characters.

    Doubled slashes, dot segments, escapes of all kinds (of dots, slashes, control characters, of
    other escapes, malformed, not UTF-8), queries, fragments and separators can be sent; blanks,
    control characters and letters beyond ASCII cannot.
    """
    return st.builds(_path_of, _one_of(_IN_PATHS), _PATH_BEGINS, _PATH_ENDS)


def _one_of(kinds: dict[str, tuple[str, ...]]) -> SearchStrategy[tuple[str, str]]:
    """Draw a kind and one of its texts: each kind as often as another."""
    return st.one_of([st.tuples(st.just(kind), st.sampled_from(texts)) for kind, texts in kinds.items()])


def _header_of(drawn: tuple[str, str], before: str, after: str) -> HostileText:
    kind, text = drawn
    sendable = kind not in _UNSENDABLE_IN_HEADERS
    return HostileText(text=f"{before}{text}{after}", kind=kind, sendable=sendable)


def _path_of(drawn: tuple[str, str], before: str, after: str) -> HostileText:
    kind, text = drawn
    sendable = kind not in _UNSENDABLE_IN_PATHS
    return HostileText(text=f"{before}{text}{after}", kind=kind, sendable=sendable)


_MARGINS: Final = st.sampled_from(("", "a"))
_PATH_BEGINS: Final = st.sampled_from(
    (
        *(f"{family.value}/" for family in (Family.REGISTRY, Family.ACR)),
        *(f"{Family.REGISTRY.value}/samples/hello/manifests/", "/"),
    )
)
_PATH_ENDS: Final = st.sampled_from(("", "/tags/list", "/blobs/uploads/"))

_UNSENDABLE_IN_HEADERS: Final = ("line break", "beyond Latin-1", "lone surrogate")
_IN_HEADERS: Final = {
    "control character": tuple(chr(code) for code in (0, 1, 7, 8, 11, 12, 27, 31, 127)),
    "tab": ("\t", "\t\t"),
    "folded line": ("\n b", "\r\n b", "\r\n\tb", "\r b"),
    "line break": ("\nb", "\r\nb", "\rb", "\n\n", "\r\nX-Injected: b", "\r\n\r\nGET / HTTP/1.1"),
    "Latin-1": ("\u00e9", "\u00ff", "\u0085", "\u00a0", "\u00c3\u00a9"),
    "beyond Latin-1": ("\u0100", "\u20ac", "\u202e", "\U0001f4a9"),
    "lone surrogate": ("\ud800", "\udfff"),
    "escape": ("%0d%0aX-Injected: b", "%00", "%2e%2e%2f", "%", "\\u0000", "\\r\\n"),
    "quote": ('"', '""', '"\\', "'", "`", '"a, b'),
    "separator": (",", ",,,", ";;", "=", "a=b=c", ":", "://", "\\", "?#", "<>", "()"),
    "template": ("{}", "{0.__class__}", "%s%n", "${a}", "{{7*7}}", "<b>", "$(a)"),
    "long": ("b" * 9_000, "b, " * 3_000),
}

_UNSENDABLE_IN_PATHS: Final = ("control character", "blank", "beyond ASCII")
_IN_PATHS: Final = {
    "doubled slash": ("/", "//", "a//b", "///"),
    "dot segment": (".", "..", "a/../b", "./a", "../..", "../../../etc/passwd", "..."),
    "escaped dot": ("%2e", "%2e%2e", "%2E%2E/a", "a/%2e%2e/b", ".%2e"),
    "escaped slash": ("a%2fb", "a%2Fb", "%2f", "..%2f..", "%5c"),
    "escaped escape": ("%252e%252e", "%2525", "a%252fb", "%25"),
    "malformed escape": ("%", "%2", "%z", "%zz", "%u0041", "%%32%65"),
    "escaped control character": ("%00", "%0a", "%0d%0aX-Injected:%20b", "%1b", "%7f", "%20"),
    "not UTF-8": ("%ff", "%c0%af", "%ed%a0%80", "%80", "%f8%88%80%80%80"),
    "escaped letter": ("%C3%A9", "%E2%80%AE", "%EF%BC%8F", "%CC%80"),
    "query": ("?", "??", "?a?b", "a?n=1&n=2", "?&=&", "?%"),
    "fragment": ("#", "a#b", "%23"),
    "separator": (";v=1", "a:b", ":", "@", "a@b", "\\", "|", "+", "a,b", "[", "{digest}", "*", "~"),
    "other case": ("V2", "Samples/Hello", "MANIFESTS"),
    "long": ("a" * 300, "a/" * 200 + "a", "a" * 10_000),
    "control character": ("\x00", "\n", "\r\nX-Injected: b", "\t", "\x1f", "\x7f"),
    "blank": (" ", "a b", " HTTP/1.1"),
    "beyond ASCII": ("\u00e9", "\u20ac", "\uff0f", "\ud800"),
}
