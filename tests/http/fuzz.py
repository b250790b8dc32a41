"""Random requests, mixed from parts of real clients' requests and from junk, so that many of them
pass the router and the login and reach the handlers."""

import json
from urllib.parse import quote

from hypothesis import strategies as st

from fake_registry.spec.endpoints import ENDPOINTS
from tests.support import request_parts as parts
from tests.support.http import IMAGE
from tests.support.request_parts import Sent, bytes_of

JUNK = st.text(max_size=12) | st.sampled_from(parts.JUNK_TEXTS)
NAMES = st.sampled_from(parts.NAMES)
DIGESTS = st.sampled_from(parts.DIGESTS)
TAGS = st.sampled_from(parts.TAGS)
WORDS = st.sampled_from(parts.WORDS)
METHODS = st.sampled_from(parts.METHODS)


@st.composite
def _real_targets(draw: st.DrawFn) -> tuple[str, bytes]:
    endpoint = draw(st.sampled_from(ENDPOINTS))
    path = endpoint.path
    for name, values in parts.PATH_PARTS.items():
        good = st.sampled_from(values)
        if name in path:
            path = path.replace(name, draw(st.one_of(good, good, good, good, JUNK)))
    return draw(st.one_of(st.just(endpoint.method), st.just(endpoint.method), METHODS)), bytes_of(path)


_JUNK_PATHS = st.one_of(
    st.lists(WORDS | NAMES | DIGESTS | JUNK, max_size=7).map(lambda words: bytes_of("/" + "/".join(words))),
    st.binary(max_size=20).map(lambda junk: b"/v2/" + junk + b"/tags/list"),
    st.binary(max_size=20),
)
TARGETS = st.one_of(
    _real_targets(), _real_targets(), _real_targets(), _real_targets(), st.tuples(METHODS, _JUNK_PATHS)
).map(lambda target: (target[0], target[1].decode("latin-1")))
"""Methods and paths as WSGI hands them on: decoded, bytes as latin-1 characters."""

_VALUES = st.one_of(NAMES, DIGESTS, TAGS, JUNK, st.sampled_from(parts.QUERY_VALUES))


def _write(text: str, *, plain: bool) -> str:
    return text.replace("&", "").replace("\ud800", "") if plain else quote(bytes_of(text))


PAIRS = st.builds(
    lambda key, value, plain: f"{_write(key, plain=plain)}={_write(value, plain=plain)}",
    st.sampled_from(parts.QUERY_KEYS) | JUNK,
    _VALUES,
    st.sampled_from([False, False, False, True]),
).map(lambda pair: bytes_of(pair).decode("latin-1"))
QUERIES = st.one_of(
    st.lists(PAIRS, max_size=4).map("&".join),
    st.builds(lambda more: "&".join([parts.UPLOAD_QUERY, *more]), st.lists(PAIRS, max_size=2)),
)

_LATIN = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=15)
_LOGINS = st.builds("{} {}".format, st.sampled_from(["Bearer", "Basic"]), _LATIN)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        name: st.sampled_from(values) | (_LOGINS | _LATIN if name == "Authorization" else _LATIN)
        for name, values in parts.HEADER_VALUES.items()
    },
)

_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | DIGESTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(parts.DOCUMENT_KEYS), inner, max_size=4)
    ),
    max_leaves=8,
)
BODIES = st.one_of(
    st.sampled_from(parts.BODIES),
    _JSON.map(lambda document: json.dumps(document).encode()),
    st.builds(
        lambda document, kind: json.dumps({**json.loads(IMAGE), **document, "mediaType": kind}).encode(),
        st.dictionaries(st.sampled_from(parts.MANIFEST_KEYS), _JSON, max_size=2),
        st.sampled_from(parts.MANIFEST_KINDS),
    ),
    st.lists(PAIRS, max_size=6).map(lambda pairs: "&".join(pairs).encode("latin-1")),
    st.binary(max_size=30),
    st.binary(min_size=70_000, max_size=70_000),
)


REQUESTS = st.builds(
    Sent,
    target=TARGETS,
    query=QUERIES,
    headers=HEADERS,
    body=BODIES,
    cut=st.sampled_from([0, 0, 0, 0, 3]),
)
