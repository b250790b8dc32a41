"""Signatures of tokens, against PyJWT."""

import json

import jwt
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.spec.jws import sign_hs256

KEYS = st.binary(min_size=32, max_size=200)  # RFC 7518 §3.2; keys above 64 bytes are hashed first


@given(st.dictionaries(st.text(), st.text()), KEYS)
def test_token_is_the_one_that_pyjwt_signs(claims: dict[str, str], key: bytes) -> None:
    payload = json.dumps(claims).encode()
    assert sign_hs256(payload, key) == jwt.PyJWS().encode(payload, key, algorithm="HS256")


@given(st.binary(), KEYS)
def test_signature_is_valid_for_pyjwt(payload: bytes, key: bytes) -> None:
    found = jwt.PyJWS().decode_complete(sign_hs256(payload, key), key, algorithms=["HS256"])
    assert (found["header"], found["payload"]) == ({"alg": "HS256", "typ": "JWT"}, payload)
