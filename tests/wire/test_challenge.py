"""Challenges: RFC 9110 §11.6.1, and the form that Azure's clients can read (acr-behaviour 1.1, 3.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.wire.challenge import BASIC, Challenge, bearer, encode_challenge, parse_challenges

HOST = "fake.azurecr.io"
REALM = f"https://{HOST}/oauth2/token"

tokens = st.from_regex(r"\A[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
values = st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E))
challenges = st.builds(
    Challenge, scheme=tokens, parameters=st.lists(st.tuples(tokens, values), min_size=1, max_size=4).map(tuple)
)


@pytest.mark.parametrize(
    ("challenge", "text"),
    [
        (bearer(realm=REALM, service=HOST), f'Bearer realm="{REALM}",service="{HOST}"'),
        (
            bearer(realm=REALM, service=HOST, scope="repository:a/b:pull,push"),
            f'Bearer realm="{REALM}",service="{HOST}",scope="repository:a/b:pull,push"',
        ),
        (
            bearer(realm=REALM, service=HOST, scope="registry:catalog:*", error="insufficient_scope"),
            f'Bearer realm="{REALM}",service="{HOST}",scope="registry:catalog:*",error="insufficient_scope"',
        ),
        (BASIC, 'Basic realm="Azure Container Registry"'),
        (Challenge("Negotiate"), "Negotiate"),
        (Challenge("Negotiate", token68="oYG2=="), "Negotiate oYG2=="),
        (Challenge("X", (("title", 'a "b" \\'),)), r'X title="a \"b\" \\"'),
    ],
)
def test_a_challenge_is_written_as_recorded_and_reads_back(challenge: Challenge, text: str) -> None:
    assert encode_challenge(challenge) == text
    assert parse_challenges(text) == (challenge,)


@given(st.lists(challenges, max_size=3), st.sampled_from([",", ", ", " , ", ",,"]))
def test_challenges_read_back_from_one_header(several: list[Challenge], comma: str) -> None:
    assert parse_challenges(comma.join(map(encode_challenge, several))) == tuple(several)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", ()),
        (" , ", ()),
        ("Basic", (Challenge("Basic"),)),
        ("Negotiate, Basic realm=x", (Challenge("Negotiate"), Challenge("Basic", (("realm", "x"),)))),
        (
            'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"',
            (
                Challenge("Newauth", (("realm", "apps"), ("type", "1"), ("title", 'Login to "apps"'))),
                Challenge("Basic", (("realm", "simple"),)),
            ),
        ),
        ('Bearer realm = "r" , service\t=\ts', (Challenge("Bearer", (("realm", "r"), ("service", "s"))),)),
        ('Bearer , realm="r"', (Challenge("Bearer", (("realm", "r"),)),)),
        (
            "NTLM TlRMTVNTUAAC=, Basic realm=x",
            (Challenge("NTLM", token68="TlRMTVNTUAAC="), Challenge("Basic", (("realm", "x"),))),
        ),
    ],
)
def test_the_grammar_is_read(header: str, expected: tuple[Challenge, ...]) -> None:
    assert parse_challenges(header) == expected


@pytest.mark.parametrize(
    "header", ['Bearer realm="open', '"x"', "Bearer a=b, c=", 'Bearer realm="a"b="c"', "Bearer realm=a;b"]
)
def test_malformed_headers_are_refused(header: str) -> None:
    with pytest.raises(ValueError, match="expected a challenge at character"):
        parse_challenges(header)


def test_names_are_found_in_any_case() -> None:
    challenge = Challenge("bearer", (("Realm", "r"), ("realm", "second")))
    assert challenge.parameter("REALM") == "r"
    assert challenge.parameter("scope") is None
    assert challenge.is_scheme("Bearer")
    assert not challenge.is_scheme("Basic")
