"""`SceneLogins`: the login of a call, and the registry's tokens, for effects."""

from collections.abc import Callable
from dataclasses import dataclass

from fake_registry.auth.authority import Authority
from fake_registry.auth.minted import Claims
from fake_registry.http.call import Call
from fake_registry.http.scopes import authorize
from fake_registry.settings import Settings
from fake_registry.spec.errors import Unauthorized


@dataclass(frozen=True)
class SceneLogins:
    """The login of the call of a scene. See `Scene.logins`."""

    _call: Call
    _authority: Authority
    _settings: Settings
    _now: int

    def refusal(self) -> Unauthorized | None:
        """Return the error with which the registry refuses the caller; None if it does not."""
        if self._call.endpoint.needs is None:
            return None
        try:
            authorize(self._call, self._authority, self._settings, now=self._now)
        except Unauthorized as error:
            return error
        return None

    def reissue(self, token: str, encode: Callable[[Claims], bytes]) -> str:
        """Return a token with the payload that `encode` makes of the claims of another.

        Raises TokenRefused for one that is not this registry's.
        """
        return self._authority.reissue(token, encode)

    def revoke_tokens(self) -> bool:
        """Make all tokens that were issued so far invalid. Return whether any was valid."""
        return self._authority.revoke_tokens()
