"""Authorization of calls: a token or a password becomes a `Grant`, or an `Unauthorized`.

It follows ACR (Azure/acr AAD-OAuth and Token-BasicAuth; Azure SDK for Go recordings). Status codes,
challenges and bodies are in `http` and `wire`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from fake_registry.auth.basic import basic_credentials
from fake_registry.auth.minted import Claims
from fake_registry.auth.permissions import Permissions
from fake_registry.auth.refusals import refusal_of_call, refusal_of_token
from fake_registry.auth.roles import EVERYTHING, scopes_of_anonymous_token
from fake_registry.auth.scopes import Scope, grants
from fake_registry.auth.signatures import TokenRefused
from fake_registry.auth.token_service import TokenService
from fake_registry.auth.tokens import Issuer
from fake_registry.settings import Settings
from fake_registry.spec.errors import NO_CREDENTIALS

Method = Literal["off", "anonymous", "basic", "bearer"]


@dataclass(frozen=True)
class Grant:
    """An authorized caller. `principal` is empty for an anonymous one."""

    principal: str
    method: Method
    access: tuple[Scope, ...]
    """Everything that the caller holds, which may be more than the call needs."""


_ANYONE: Final = Grant("", "off", EVERYTHING)
"""Every caller, where authorization is off."""

_AT_WRONG_PATH: Final = (
    "the password of a repository-scoped token is for the login at /oauth2/token: "
    "Basic credentials on this path are those of the admin user"
)
"""Azure/acr#466; acr-behaviour 3.5."""


class Authority:
    """One registry's permissions, its token service, and the authorization of calls."""

    def __init__(self, settings: Settings, *, key: bytes, new_id: Callable[[], str]) -> None:
        self._settings = settings
        self._issuer = Issuer(settings, key=key, new_id=new_id)
        self.permissions = Permissions(settings)
        self.token_service = TokenService(settings, self._issuer, self.permissions)

    def forget_tokens(self) -> None:
        """Empty the cache of the claims of issued tokens. They stay valid."""
        self._issuer.forget()

    def revoke_tokens(self) -> bool:
        """Make all tokens that were issued so far invalid. Return whether any was valid."""
        return self._issuer.revoke()

    def reissue(self, token: str, encode: Callable[[Claims], bytes]) -> str:
        """Return a token with the payload that `encode` makes of the claims of another.

        Raises TokenRefused for one that is not this registry's.
        """
        return self._issuer.reissue(token, encode)

    def authorize(
        self,
        authorization: str | None,
        needed: tuple[Scope, ...],
        *,
        service: str,
        now: int,
    ) -> Grant:
        """Return the caller of `authorization` if it holds `needed`; any caller if that is empty.

        `service` is the host that the caller used, `now` nanoseconds since the epoch. Raises
        Unauthorized, with the facts of `refusals`.

        Anonymous pull makes no difference: clients expect a 401 and then request an anonymous
        token. The admin user may use Basic (AAD-OAuth, catalog sample), a repository-scoped token
        may not (Azure/acr#466, seen in 2020). A wrong password is answered with a Basic challenge,
        never a Bearer one (Azure/acr#651).
        """
        if self._settings.auth == "off":
            return _ANYONE

        scheme, _, credentials = (authorization or "").strip().partition(" ")
        match scheme.lower():
            case "bearer":
                return self._authorize_bearer(credentials.strip(), needed, service=service, now=now)
            case "basic":
                return self._authorize_basic(authorization, needed)
            case "":
                raise refusal_of_call(NO_CREDENTIALS, needed, challenge="bearer")
        # The scheme is not in the message: it may be a token without a scheme.
        failure = "authorization: expected Bearer or Basic"
        raise refusal_of_call(failure, needed, challenge="bearer")

    def _authorize_bearer(
        self,
        text: str,
        needed: tuple[Scope, ...],
        *,
        service: str,
        now: int,
    ) -> Grant:
        try:
            token = self._issuer.verify_access_token(text, service=service, now=now)
        except TokenRefused as refused:
            # CNCF distribution sends this `error` in its challenge; that ACR does is inferred [I].
            failure = f"access token {refused}"
            raise refusal_of_call(
                failure,
                needed,
                challenge="bearer",
                error="invalid_token",
            ) from refused

        method: Method = "bearer"
        held = token.access
        if not token.subject:
            method = "anonymous"
            held = scopes_of_anonymous_token(held)

        if not grants(held, needed):
            raise refusal_of_token(token.subject, held, needed)
        return Grant(token.subject, method, held)

    def _authorize_basic(self, authorization: str | None, needed: tuple[Scope, ...]) -> Grant:
        credentials = basic_credentials(authorization)
        if credentials is None:
            failure = "authorization: expected base64 of user:password"
            raise refusal_of_call(failure, needed, challenge="basic")
        if not self.permissions.is_admin(*credentials):
            is_token = self.permissions.scopes_of_user(*credentials) is not None
            failure = _AT_WRONG_PATH if is_token else "wrong user name or password"
            raise refusal_of_call(failure, needed, challenge="basic")

        return Grant(credentials[0], "basic", EVERYTHING)
