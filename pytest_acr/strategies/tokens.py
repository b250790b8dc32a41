"""Bearer tokens and values of the header Authorization. No registry has signed any of them.

Sources: RFC 6750 §2.1 (the characters of a token), RFC 7515 §3 and §7.1 (three parts in base64url),
RFC 7519 §4 (claims).
"""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from pytest_acr.strategies.documents import JsonDict


@dataclass(frozen=True, kw_only=True)
class BearerToken:
    """A token with the form that a header permits, and its claims; None for an opaque one."""

    text: str
    claims: Mapping[str, object] | None

    @property
    def authorization(self) -> str:
        """The value of Authorization."""
        return f"Bearer {self.text}"


@dataclass(frozen=True, kw_only=True)
class BrokenAuthorization:
    """A value of Authorization with one flaw."""

    text: str
    flaw: str
    token: str | None = None
    """The token in `text` where the flaw is in the token's parts; None for a malformed header."""


def bearer_tokens() -> SearchStrategy[BearerToken]:
    """Draw tokens: opaque ones, and JSON Web Tokens with a wrong signature.

    Opaque tokens have any of the permitted characters, up to two `=` at the end, and one to 4,096
    characters. JSON Web Tokens have any of the claims sub, aud, iss, exp, nbf, iat, jti and access,
    with times as integers and fractions, past and to come, and text beyond ASCII.
    """
    return _opaque_tokens() | _web_tokens()


def broken_authorizations() -> SearchStrategy[BrokenAuthorization]:
    """Draw values of Authorization that have one flaw.

    The scheme is absent or another; the token is absent, or there are two; the token has characters
    that a token must not have; or it looks like a JSON Web Token, but has a part too few or too
    many, or a part that is empty, or neither base64url nor a JSON object.
    """
    headers = st.sampled_from(_BROKEN_HEADERS).map(_broken_header)
    return headers | _broken_web_tokens()


@st.composite
def _opaque_tokens(draw: DrawFn) -> BearerToken:
    text, padding = draw(_OPAQUE), draw(_PADDINGS)
    return BearerToken(text=f"{text}{padding}", claims=None)


@st.composite
def _web_tokens(draw: DrawFn) -> BearerToken:
    claims = draw(_CLAIMS)
    parts = (encode_part(draw(_JOSE_HEADERS)), encode_part(claims), draw(_SIGNATURES))
    return BearerToken(text=".".join(parts), claims=claims)


@st.composite
def _broken_web_tokens(draw: DrawFn) -> BrokenAuthorization:
    header, claims = encode_part(draw(_JOSE_HEADERS)), encode_part(draw(_CLAIMS))
    flaw, form = draw(st.sampled_from(_BROKEN_FORMS))
    token = form.format(header=header, claims=claims, signature=draw(_SIGNATURES))
    return BrokenAuthorization(text=f"Bearer {token}", flaw=flaw, token=token)


def encode_part(value: object) -> str:
    """Return a JSON value in base64url without padding (RFC 7515 §2)."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _broken_header(flaw: tuple[str, str]) -> BrokenAuthorization:
    name, text = flaw
    return BrokenAuthorization(text=text, flaw=name)


_PERMITTED: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/"
_LONG_TOKENS: Final = st.sampled_from(("o" * 1_024, "o" * 4_094))
_OPAQUE: Final = st.text(_PERMITTED, min_size=1, max_size=40) | _LONG_TOKENS
_PADDINGS: Final = st.sampled_from(("", "", "=", "=="))

_JOSE_HEADERS: Final[SearchStrategy[JsonDict]] = st.sampled_from(
    (
        {"alg": "RS256", "typ": "JWT"},
        {"alg": "HS256"},
        {"typ": "JWT", "alg": "ES256", "kid": "PYYO:TEWU:V7JH:26JV:AQTZ:LJC3:SXVJ:XGHA:34F2:2LAQ"},
        {"alg": "none"},
    )
)
_TIMES: Final = st.sampled_from((0, 1, 1_600_000_000, 4_102_444_800, 1_600_000_000.5))
_ACCESS: Final = st.sampled_from(
    (
        [],
        [{"type": "repository", "name": "samples/hello", "actions": ["pull", "push"]}],
        [{"type": "registry", "name": "catalog", "actions": ["*"]}],
    )
)
_TEXTS: Final = st.sampled_from(("", "jlaw", "fake.azurecr.io", "Zo\u00eb \u2603"))
_CLAIMS: Final[SearchStrategy[JsonDict]] = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("sub", "aud", "iss", "jti"), _TEXTS),
        **dict.fromkeys(("exp", "nbf", "iat"), _TIMES),
        "access": _ACCESS,
    },
)
_SIGNATURES: Final = st.sampled_from(("c2lnbmF0dXJl", "A" * 43, "_-" * 172, ""))

_BROKEN_HEADERS: Final = (
    *(("no scheme", ""), ("no scheme", "c2lnbmF0dXJl"), ("no token", "Bearer"), ("no token", "Bearer ")),
    *(("other scheme", "Digest abc"), ("other scheme", "Bearer2 abc"), ("other scheme", "Bearer: abc")),
    *(("two tokens", "Bearer abc def"), ("two tokens", "Bearer abc, Bearer def")),
    *(("other characters", 'Bearer "abc"'), ("other characters", "Bearer abc;"), ("other characters", "Bearer {abc}")),
    *(("other characters", "Bearer ab\u00e9c"), ("other characters", "Bearer a\tb")),
    *(("misplaced padding", "Bearer a=b"), ("misplaced padding", "Bearer ==")),
)

_NOT_JSON: Final = "bm90IEpTT04"  # `not JSON`
_NOT_UTF8: Final = "_w"

_BROKEN_FORMS: Final = (
    *(("two parts", "{header}.{claims}"), ("four parts", "{header}.{claims}.{signature}.e30")),
    *(("empty part", ".{claims}.{signature}"), ("empty part", "{header}..{signature}")),
    *(("not base64url", "e.{claims}.{signature}"), ("not base64url", "{header}.e.{signature}")),
    *(("not JSON", f"{_NOT_JSON}.{{claims}}.{{signature}}"), ("not JSON", f"{{header}}.{_NOT_JSON}.{{signature}}")),
    *(("not UTF-8", f"{_NOT_UTF8}.{{claims}}.{{signature}}"), ("not UTF-8", f"{{header}}.{_NOT_UTF8}.{{signature}}")),
    *(("not an object", "W10.{claims}.{signature}"), ("not an object", "{header}.W10.{signature}")),  # []
    ("not an object", "{header}.bnVsbA.{signature}"),  # null
)
