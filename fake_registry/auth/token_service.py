"""The token service: tokens of the registry for tokens from Entra, passwords and anonymous callers.

It follows ACR (Azure/acr AAD-OAuth and Token-BasicAuth; Azure SDK for Go recordings).
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from fake_registry.auth.basic import basic_credentials
from fake_registry.auth.entra import AUDIENCES, TokenVerifier, read_entra_token
from fake_registry.auth.permissions import Permissions
from fake_registry.auth.refusals import ChallengeScheme, LoginRefusal, refusal_of_login
from fake_registry.auth.scopes import Scope, covering, narrow, parse_scopes
from fake_registry.auth.signatures import TokenRefused
from fake_registry.auth.tokens import Issuer, Principal, RefreshToken, Token
from fake_registry.settings import TOKEN_USER, Settings
from fake_registry.spec.errors import Unsupported
from fake_registry.spec.grant_types import redact_grant_type

_ENTRA_TOKEN_FIELDS = MappingProxyType(
    {
        "access_token": "access_token",
        "access_token_refresh_token": "access_token",  # deprecated, as the next (ACR 2021-07-01)
        "refresh_token": "refresh_token",
    }
)
"""For each grant_type at the exchange, the field with a token that identifies the caller."""


@dataclass(frozen=True, kw_only=True)
class TokenRequest:
    """A request to /oauth2/token. Fields are as they were sent, empty if absent.

    `grant_type` is None for a GET, where `authorization` identifies the caller.
    """

    service: str
    scopes: tuple[str, ...] = ()
    grant_type: str | None = None
    refresh_token: str = ""
    username: str = ""
    password: str = ""
    authorization: str | None = None

    @property
    def challenge(self) -> ChallengeScheme | None:
        """The challenge after a failure: Basic for a caller that sent Basic, as on data routes [I]."""
        return None if self.authorization is None else "basic"

    @property
    def refusal_kind(self) -> LoginRefusal | None:
        """The kind of a refusal of this request, as `refusals` has it."""
        return "refresh token" if self.grant_type == "refresh_token" else None

    @property
    def has_empty_scope(self) -> bool:
        """Whether scopes were sent, and all of them are blank."""
        return bool(self.scopes) and not any(scope.strip() for scope in self.scopes)


@dataclass(frozen=True)
class _Caller:
    name: str
    """Empty for an anonymous caller."""
    held: tuple[Scope, ...]
    app_id: str = ""


class TokenService:
    """One registry's token service. Its errors are `Unauthorized`, with the facts of `refusals`.

    `service` is the host that the caller used, `now` nanoseconds since the epoch. Safe to use from
    several threads.
    """

    def __init__(self, settings: Settings, issuer: Issuer, permissions: Permissions) -> None:
        self._settings = settings
        self._issuer = issuer
        self._permissions = permissions
        self._mutex = threading.Lock()
        self._verifiers: tuple[TokenVerifier, ...] = ()

    def trust(self, verifier: TokenVerifier | None) -> Callable[[], None]:
        """Accept tokens from Entra only if a trusted verifier does; return what ends this trust.

        None ends all trust: tokens are read and not verified, as at first. Tokens that the
        registry issued before stay valid.
        """
        with self._mutex:
            self._verifiers = () if verifier is None else (verifier, *self._verifiers)

        def distrust() -> None:
            with self._mutex:
                self._verifiers = tuple(one for one in self._verifiers if one is not verifier)

        return distrust

    def exchange(self, form: Mapping[str, str], *, service: str, now: int) -> str:
        """Return a refresh token for a token from Entra (ACR 2021-07-01, POST /oauth2/exchange)."""
        principal = self._principal_of(form, service=service, now=now)
        permissions = self._permissions.actions_of(principal)
        if not permissions:
            raise refusal_of_login(f"no role: {principal.name} was granted none", kind="no role")
        return self._issuer.mint_refresh_token(
            principal,
            permissions,
            tenant=form.get("tenant", ""),
            service=service,
            now=now,
        )

    def _principal_of(self, form: Mapping[str, str], *, service: str, now: int) -> Principal:
        grant_type = form.get("grant_type", "")
        field = _ENTRA_TOKEN_FIELDS.get(grant_type)
        if field is None:
            expected = f"expected one of {', '.join(_ENTRA_TOKEN_FIELDS)}"
            raise refusal_of_login(f"grant_type: {expected}, found {redact_grant_type(grant_type)!r}")
        _check_service(form.get("service", ""), service)
        if not form.get(field):
            raise refusal_of_login(f"{field}: expected an Entra token, found nothing")

        audiences = AUDIENCES[self._settings.domain]
        try:
            return read_entra_token(
                form[field],
                audiences=audiences,
                now=now,
                verifiers=self._verifiers,
            )
        except TokenRefused as refused:
            raise refusal_of_login(f"Entra token {refused}") from refused

    def token(self, request: TokenRequest, *, service: str, now: int) -> str:
        """Return an access token for those of the requested scopes that the caller holds.

        They may be none: as in ACR, a missing scope is found when the token is used (Azure SDK for
        Go, anonymousAccess). The token of an anonymous caller is for all repositories, whichever
        it requested (acr-behaviour 3.6).

        Raises Unsupported for an empty scope, also from a caller without valid credentials [I].
        """
        if request.has_empty_scope and self._settings.empty_scope_refused:
            raise Unsupported("scope: expected a scope or no such field, found an empty one")

        _check_service(request.service, service, kind=request.refusal_kind)
        try:
            caller = self._caller_of(request, service=service, now=now)
        except TokenRefused as refused:
            raise refusal_of_login(
                f"registry token {refused}",
                challenge=request.challenge,
                kind=request.refusal_kind,
            ) from refused

        return self._mint_for(caller, parse_scopes(request.scopes), service=service, now=now)

    def _mint_for(
        self,
        caller: _Caller,
        requested: tuple[Scope, ...],
        *,
        service: str,
        now: int,
    ) -> str:
        if not caller.name:
            access = covering(caller.held, requested)
            return self._issuer.mint_anonymous_token(access, service=service, now=now)

        return self._issuer.mint_access_token(
            caller.name,
            narrow(caller.held, requested),
            app_id=caller.app_id,
            service=service,
            now=now,
        )

    def _caller_of(self, request: TokenRequest, *, service: str, now: int) -> _Caller:
        match request.grant_type:
            case None if request.authorization is None:
                return self._anonymous()
            case "password" if not (request.username or request.password):
                return self._anonymous()
            case None | "password":
                return self._user_of(request, service=service, now=now)
            case "refresh_token":
                token = self._issuer.verify_refresh_token(
                    request.refresh_token,
                    service=service,
                    now=now,
                )
                return self._holder_of(token)
        expected = "expected refresh_token or password"
        raise refusal_of_login(f"grant_type: {expected}, found {redact_grant_type(request.grant_type)!r}")

    def _user_of(self, request: TokenRequest, *, service: str, now: int) -> _Caller:
        user, password = _credentials_of(request)
        if user == TOKEN_USER:
            return self._holder_of(self._issuer.verify(password, service=service, now=now))

        held = self._permissions.scopes_of_user(user, password)
        if held is None:
            raise refusal_of_login("wrong user name or password", challenge=request.challenge)
        return _Caller(user, held)

    def _holder_of(self, token: Token) -> _Caller:
        """Return the holder of the registry's token. An access token has its own scopes alone."""
        if isinstance(token, RefreshToken):
            principal = token.principal
            held = self._permissions.scopes_of(principal)
            return _Caller(principal.name, held, principal.app_id)
        return _Caller(token.subject, token.access, token.app_id)

    def _anonymous(self) -> _Caller:
        held = self._permissions.scopes_of_anonymous()
        if held is None:
            raise refusal_of_login("no credentials, and anonymous pull is off")
        return _Caller("", held)


def _credentials_of(request: TokenRequest) -> tuple[str, str]:
    if request.authorization is None:
        return request.username, request.password
    credentials = basic_credentials(request.authorization)
    if credentials is None:
        failure = "authorization: expected Basic and base64 of user:password"
        raise refusal_of_login(failure, challenge=request.challenge)
    return credentials


def _check_service(found: str, expected: str, *, kind: LoginRefusal | None = None) -> None:
    if found.lower() != expected.lower():
        failure = f"service: expected {expected}, found {found or 'nothing'}"
        raise refusal_of_login(failure, kind=kind)
