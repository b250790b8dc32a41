"""Signatures of the registry's tokens, and the reasons for which tokens are refused."""

import base64
import hashlib
import json
import re
import threading
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from fake_registry.spec.jws import encode_base64url, sign_hs256

if TYPE_CHECKING:
    import jwt  # loads cryptography, which takes time: at run time only when one is verified

MIN_KEY_BYTES: Final = 32
"""RFC 7518 §3.2: a key for HS256 is at least as long as the hash."""

_ALGORITHM: Final = "HS256"

_REVOKED_KEYS: Final = 100
"""The most former keys that are kept, to say of a token that it was revoked."""

_HOST: Final = re.compile(r"[a-z0-9.-]{1,253}(:[0-9]{1,5})?")

RefusalKind = Literal[
    "malformed",
    "algorithm",
    "signature",
    "revoked",
    "tenant",
    "issuer",
    "audience",
    "wrong kind",
    "not yet valid",
    "expired",
]


class TokenRefused(Exception):
    """A token is refused. `kind` is the reason in one of a few words; the text has the details."""

    def __init__(self, kind: RefusalKind, found: str) -> None:
        super().__init__(f"{kind}: {found}")
        self.kind = kind


def unverified_audience(text: str) -> str:
    """Return the host that a token says it is for, in lower case; empty if it names none.

    The signature is not verified: it is for messages alone.
    """
    _, _, rest = text.partition(".")
    payload, _, _ = rest.partition(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return ""

    audience = claims.get("aud") if isinstance(claims, dict) else None
    is_host = isinstance(audience, str) and _HOST.fullmatch(audience.lower())
    return str(audience).lower() if is_host else ""


class Signer:
    """Signs payloads with HS256, and verifies the signatures. Safe to use from several threads."""

    def __init__(self, key: bytes) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise ValueError(f"key: expected at least {MIN_KEY_BYTES} bytes, found {len(key)}")
        self._mutex = threading.Lock()
        self._key = key
        self._revoked: tuple[bytes, ...] = ()

    def sign(self, payload: bytes) -> str:
        """Return the token with a payload."""
        return sign_hs256(payload, self._key)

    def revoke(self) -> None:
        """Make all tokens that were signed so far invalid."""
        with self._mutex:
            self._revoked = (self._key, *self._revoked)[:_REVOKED_KEYS]
            self._key = hashlib.sha256(self._key).digest()

    def claims_of(self, text: str) -> dict[str, Any]:  # Any: a claim, as it was signed
        """Return the claims of a token that was signed here. Raises TokenRefused."""
        try:
            signed = self._verify(text, self._key)
        except TokenRefused as refused:
            if refused.kind == "signature" and self._is_revoked(text):
                raise TokenRefused("revoked", "with all that were issued before") from refused
            raise

        # PyJWT accepts other encodings of a signature: padded, and before 2.15 with a last
        # character whose two spare bits are set. A test that alters a token's last character needs
        # a refusal.
        signature = encode_base64url(signed["signature"])
        if not text.endswith(signature):
            raise TokenRefused("signature", "not this registry's")
        claims: dict[str, Any] = json.loads(signed["payload"])
        return claims

    @cached_property
    def _jws(self) -> "jwt.PyJWS":
        import jwt
        from jwt.algorithms import HMACAlgorithm

        class PreparedHmac(HMACAlgorithm):
            """HMAC without a check of the key.

            At every use PyJWT checks that it is not an asymmetric key, which takes longer than the
            HMAC. Ours is random bytes.
            """

            def prepare_key(self, key: str | bytes) -> bytes:
                return key.encode() if isinstance(key, str) else key

        jws = jwt.PyJWS(algorithms=[])
        jws.register_algorithm(_ALGORITHM, PreparedHmac(HMACAlgorithm.SHA256))
        return jws

    def _verify(self, text: str, key: bytes) -> dict[str, Any]:  # Any: parts of a token, by PyJWT
        import jwt

        if not text.isascii():
            raise TokenRefused("malformed", "expected three parts of base64url")
        try:
            # First, because PyJWT before 2.12 checks a header such as `kid` after the signature, or
            # not at all.
            algorithm = jwt.get_unverified_header(text).get("alg")
            if algorithm != _ALGORITHM:
                raise TokenRefused("algorithm", f"expected {_ALGORITHM}, found {algorithm}")
            # The signature alone: PyJWT would check times by the machine's clock.
            return self._jws.decode_complete(text, key, algorithms=[_ALGORITHM])
        except jwt.InvalidSignatureError as error:
            raise TokenRefused("signature", "not this registry's") from error
        # PyJWT before 2.11 does not catch RecursionError.
        except (jwt.InvalidTokenError, RecursionError) as error:
            raise TokenRefused("malformed", "expected a signed JWT") from error

    def _is_revoked(self, text: str) -> bool:
        for key in self._revoked:
            try:
                self._verify(text, key)
            except TokenRefused:
                continue
            return True
        return False
