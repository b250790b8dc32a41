"""Effects on the challenges of a registry (RFC 9110 §11.6.1)."""

from dataclasses import dataclass, replace
from typing import ClassVar, Final, Literal

from fake_registry.arguments import check_fields
from fake_registry.http.answers import Answer
from fake_registry.http.call import Call
from fake_registry.http.faults.documents import NoEffect
from fake_registry.http.faults.scene import Scene, When
from fake_registry.spec.endpoints import ENDPOINTS
from fake_registry.wire.challenge import BASIC, Challenge, encode_challenge, parse_challenges

GUARDED: Final = tuple(str(row.name) for row in ENDPOINTS if row.needs is not None)
"""The endpoints that require a login, and challenge a caller without one."""

ChallengeKind = Literal[
    "missing",
    "basic_only",
    "no_scope",
    "no_realm",
    "no_service",
    "blanks",
    "bearer_then_basic",
    "basic_then_bearer",
    "lower_case",
    "malformed",
]


@dataclass(frozen=True)
class BadChallenge:
    """The WWW-Authenticate of a 401 has another form: `kind` names it.

    It strikes calls that the registry refuses because they have no token, or an invalid one.
    `blanks` has one after each comma; `lower_case` is the scheme; `malformed` breaks off within the
    realm.
    """

    default_when: ClassVar[When] = "door"
    moments: ClassVar[tuple[When, ...]] = ("door",)
    endpoints: ClassVar[tuple[str, ...]] = GUARDED

    kind: ChallengeKind

    def __post_init__(self) -> None:
        check_fields(self)

    def on_request(self, scene: Scene) -> Call | Answer:
        error = scene.logins.refusal()
        if error is None:
            scene.note_no_effect(_reason_without_challenge(scene))
            return scene.call

        answer = scene.answer_for(error)
        try:
            return self._change(answer)
        except NoEffect as reason:
            scene.note_no_effect(str(reason))
            return answer

    def _change(self, answer: Answer) -> Answer:
        text = answer.header("WWW-Authenticate")
        if text is None:
            raise NoEffect("the answer has no challenge")
        if self.kind == "missing":
            return answer.without("WWW-Authenticate")

        changed = self._text_of(parse_challenges(text)[0])
        if changed == text:
            raise NoEffect(f"the challenge has the form {self.kind!r} already: {text}")
        return answer.setting("WWW-Authenticate", changed)

    def _text_of(self, challenge: Challenge) -> str:
        text, basic = encode_challenge(challenge), encode_challenge(BASIC)
        forms = {
            "basic_only": basic,
            "no_scope": _without(challenge, "scope"),
            "no_realm": _without(challenge, "realm"),
            "no_service": _without(challenge, "service"),
            "blanks": text.replace('",', '", '),
            "bearer_then_basic": f"{text}, {basic}",
            "basic_then_bearer": f"{basic}, {text}",
            "lower_case": text.replace(challenge.scheme, challenge.scheme.lower(), 1),
            "malformed": text.partition("://")[0],
        }
        return forms[self.kind]


def _without(challenge: Challenge, parameter: str) -> str:
    kept = tuple(pair for pair in challenge.parameters if pair[0] != parameter)
    return encode_challenge(replace(challenge, parameters=kept))


def _reason_without_challenge(scene: Scene) -> str:
    if scene.settings.auth == "off":
        return "the registry requires no login (Settings.auth)"
    return "the caller is authorized, and gets no challenge"
