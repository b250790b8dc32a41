"""Effects on the tokens of a login. Those on its challenges are in `challenges`."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from fake_registry.arguments import check_fields
from fake_registry.auth.claims import capital_entries_of, encode_payload, entries_of
from fake_registry.auth.minted import Claims
from fake_registry.auth.refusals import refusal_of_call, refusal_of_login
from fake_registry.auth.scopes import parse_scopes
from fake_registry.auth.signatures import TokenRefused
from fake_registry.http.answers import Answer
from fake_registry.http.call import Call
from fake_registry.http.faults.challenges import GUARDED
from fake_registry.http.faults.documents import NoEffect, read_body, with_content
from fake_registry.http.faults.scene import Scene, When
from fake_registry.http.oauth import read_form
from fake_registry.http.scopes import scopes_of
from fake_registry.spec.endpoints import EndpointName, Family
from fake_registry.spec.errors import RegistryError, Unauthorized
from fake_registry.spec.json_object import decode_object
from fake_registry.wire.json_text import encode_json_for

_LOGINS: Final = (str(EndpointName.OAUTH_EXCHANGE), str(EndpointName.OAUTH_TOKEN))

_TOKEN_KEYS: Final = ("refresh_token", "access_token")

_NO_TOKEN: Final = "the call has no token"  # noqa: S105  a reason

_AWKWARD: Final = "?>" * 3
"""However it is aligned, base64url has `_` and `-` for it."""


@dataclass(frozen=True)
class ExpireToken:
    """The token of a call is refused as expired; `after` a login, the token issued has expired.

    At the login it is the refresh token, or Entra's at `oauth.exchange`.
    """

    default_when: ClassVar[When] = "before"
    endpoints: ClassVar[tuple[str, ...]] = (*GUARDED, *_LOGINS)

    def on_request(self, scene: Scene) -> Call:
        match scene.call.endpoint.name:
            case EndpointName.OAUTH_EXCHANGE:
                raise refusal_of_login("Entra token expired: by a fault")
            case EndpointName.OAUTH_TOKEN:
                return self._refuse_refresh_token(scene)

        if not _has_bearer_token(scene.call):
            scene.note_no_effect(_NO_TOKEN)
            return scene.call
        raise _refusal(scene, "access token expired: by a fault")

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        if scene.call.endpoint.family is not Family.OAUTH:
            known = ", ".join(_LOGINS)
            scene.note_no_effect(f"the answer has no token: at 'after' it acts at {known}")
            return answer
        return _change_token(scene, answer, _expire)

    def _refuse_refresh_token(self, scene: Scene) -> Call:
        try:
            form, call = read_form(scene.call)
        except RegistryError as error:
            scene.note_no_effect(f"the registry refuses the form: {error.code}")
            raise

        if form.get("grant_type") == "refresh_token":
            raise refusal_of_login("registry token expired: by a fault", kind="refresh token")
        scene.note_no_effect("the call has no refresh token")
        return call


@dataclass(frozen=True)
class Revoke:
    """All tokens that were issued so far are no longer valid, that of the call included.

    A change of state: tokens stay revoked when the fault ends. `after` a call, its answer stays.
    """

    default_when: ClassVar[When] = "before"

    def on_request(self, scene: Scene) -> Call:
        if scene.when == "before" and _has_bearer_token(scene.call):
            scene.logins.revoke_tokens()
            raise _refusal(scene, "access token revoked: by a fault")

        self._revoke(scene)
        return scene.call

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        self._revoke(scene)
        return answer

    def _revoke(self, scene: Scene) -> None:
        if not scene.logins.revoke_tokens():
            scene.note_no_effect("no token was issued so far")


@dataclass(frozen=True)
class WrongScope:
    """The access token that is issued is good for `scope` and nothing else, whatever was requested.

    An empty `scope` is none at all.
    """

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = (str(EndpointName.OAUTH_TOKEN),)

    scope: str = "repository:elsewhere:pull"

    def __post_init__(self) -> None:
        check_fields(self)
        if len(parse_scopes([self.scope])) != len(self.scope.split()):
            expected = "expected scope to be such as 'repository:samples/hello:pull'"
            raise ValueError(f"{expected}, found {self.scope!r}")

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        return _change_token(scene, answer, self._payload_of)

    def _payload_of(self, claims: Claims) -> bytes:
        scopes = parse_scopes([self.scope])
        is_anonymous = "appid" not in claims
        access = capital_entries_of(scopes) if is_anonymous else entries_of(scopes)
        changed = claims | {"access": access}

        payload = encode_payload(changed)
        if payload == encode_payload(claims):
            raise NoEffect(f"the token is for {self.scope or 'nothing'} already")
        return payload


@dataclass(frozen=True)
class AwkwardToken:
    """The token that is issued has `-` and `_` in its payload, as base64url may have.

    It is valid. A client that decodes it with the standard alphabet fails, as the Azure SDK for
    Python does.
    """

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = _LOGINS

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        return _change_token(scene, answer, _add_awkward_claim)


def _has_bearer_token(call: Call) -> bool:
    scheme, _, token = (call.request.header("Authorization") or "").strip().partition(" ")
    return scheme.lower() == "bearer" and bool(token.strip())


def _refusal(scene: Scene, failure: str) -> Unauthorized:
    """Return the error for an access token that is not valid."""
    needed = scopes_of(scene.call, scene.settings)
    return refusal_of_call(failure, needed, challenge="bearer", error="invalid_token")


def _change_token(scene: Scene, answer: Answer, encode: Callable[[Claims], bytes]) -> Answer:
    """Return the answer with another token: `encode` makes its payload of the claims."""
    answer, content = read_body(answer)
    try:
        document, key = _token_in(answer, content)
        token = scene.logins.reissue(document[key], encode)
    except NoEffect as reason:
        scene.note_no_effect(str(reason))
        return answer
    except TokenRefused as refused:
        scene.note_no_effect(f"the token in the answer is not one of this registry: {refused}")
        return answer
    return with_content(answer, encode_json_for(scene.call.endpoint, {**document, key: token}))


def _token_in(answer: Answer, content: bytes) -> tuple[dict[str, Any], str]:  # Any: JSON
    """Return the document with a token, and the key of the token. Raises NoEffect."""
    if answer.status != 200:
        raise NoEffect(f"the answer has status {answer.status}, and no token")
    try:
        document = dict(decode_object(content))
    except ValueError as error:
        raise NoEffect(f"the answer has no token: {error}") from None

    key = next((key for key in _TOKEN_KEYS if isinstance(document.get(key), str)), None)
    if key is None:
        raise NoEffect("the answer has no token")
    return document, key


def _expire(claims: Claims) -> bytes:
    """Return the payload of a token whose lifetime ends now."""
    lifetime = claims["exp"] - claims["nbf"]
    times = {name: claims[name] - lifetime for name in ("nbf", "iat", "exp")}
    return encode_payload(claims | times)


def _add_awkward_claim(claims: Claims) -> bytes:
    """Return a payload whose base64url has `-` and `_`; encode_payload avoids them."""
    text = json.dumps({"awkward": _AWKWARD, **claims}, separators=(",", ":"))
    return text.encode() + b" " * (-len(text) % 3)
