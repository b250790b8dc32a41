"""May this caller? Logins become tokens, tokens become grants or an Unauthorized with its reason.

Follows ACR (Azure/acr AAD-OAuth and Token-BasicAuth; Azure SDK for Go recordings). Status codes, challenges and bodies
are `http`'s and `wire`'s.
"""

import hmac
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from fake_registry.auth.accounts import Accounts
from fake_registry.auth.basic import basic_credentials
from fake_registry.auth.entra import AUDIENCES, TokenVerifier, read_entra_token
from fake_registry.auth.roles import ALL_PERMISSIONS, EVERYTHING, READING, RoleAssignment
from fake_registry.auth.scope_maps import RepositoryToken
from fake_registry.auth.tokens import (
    Issuer,
    Principal,
    RefreshToken,
    Scope,
    Token,
    TokenRefused,
    encode_scopes,
    grants,
    narrow,
    parse_scopes,
)
from fake_registry.settings import Settings
from fake_registry.spec.errors import Unauthorized

Method = Literal["off", "anonymous", "basic", "bearer"]
Challenge = Literal["bearer", "basic"]

TOKEN_USER = "00000000-0000-0000-0000-000000000000"  # noqa: S105 - a user's name
"""The user whose password is a token of the registry (`az acr login --expose-token`, then `docker login`)."""

_ENTRA_TOKEN_FIELDS = MappingProxyType(
    {
        "access_token": "access_token",
        "access_token_refresh_token": "access_token",  # deprecated, as is the next (ACR 2021-07-01)
        "refresh_token": "refresh_token",
    }
)
"""grant_type at the exchange -> the field with the token that names the caller."""


@dataclass(frozen=True)
class Grant:
    """Who was let in, how, and what else they may do. `principal` is empty where nobody said who they are."""

    principal: str
    method: Method
    access: tuple[Scope, ...]


@dataclass(frozen=True, kw_only=True)
class TokenRequest:
    """A request to /oauth2/token, its fields as they came and empty where absent.

    `grant_type` is None for a GET, which has none and says who it is by `authorization`; a POST does by its fields.
    """

    service: str
    scopes: tuple[str, ...] = ()
    grant_type: str | None = None
    refresh_token: str = ""
    username: str = ""
    password: str = ""
    authorization: str | None = None

    @property
    def challenge(self) -> Challenge | None:
        """What answers a failure: as on the data routes, who came with Basic is asked for Basic again [I]."""
        return None if self.authorization is None else "basic"


@dataclass(frozen=True)
class _Caller:
    name: str
    held: tuple[Scope, ...]


class Authority:
    """One registry's doorkeeper. `service` is the host that the caller used, `now` nanoseconds since the epoch.

    Every refusal is an `Unauthorized` with these facts: `access` (type, name, action of each thing needed), `scopes`
    (the same as text), `challenge` ("bearer", "basic", or None where a form was refused), `error` (RFC 6750's word or
    None) and, for the journal, `failure`.
    """

    def __init__(self, settings: Settings, *, key: bytes, new_id: Callable[[], str]) -> None:
        self._settings = settings
        self._issuer = Issuer(settings, key=key, new_id=new_id)
        self._mutex = threading.Lock()
        self._accounts = Accounts()
        self._verifiers: tuple[TokenVerifier, ...] = ()

    def trust(self, verifier: TokenVerifier | None) -> Callable[[], None]:
        """Take only Entra tokens that one of those trusted vouches for; with None read them unverified, as at the
        start. Return what takes this trust away again.

        Tokens of the registry that were handed out before stay good.
        """
        with self._mutex:
            self._verifiers = () if verifier is None else (verifier, *self._verifiers)

        def distrust() -> None:
            with self._mutex:
                self._verifiers = tuple(one for one in self._verifiers if one is not verifier)

        return distrust

    # Accounts

    def grant(self, principal: str, role: str, *, repository: str = "*") -> None:
        """Give `principal` a role; from the first on nobody else gets in.

        The principal is an Entra token's oid, appid, upn, unique_name or sub. Refresh tokens follow at once, access
        tokens keep what they hold. Raises ValueError for an unknown role, NameInvalid for an ill-formed repository.
        """
        assignment = RoleAssignment(principal, role, repository)
        with self._mutex:
            self._accounts = self._accounts.with_role(assignment)

    def add_token(self, token: RepositoryToken) -> None:
        """Let a repository-scoped token log in, instead of one that has its name. Raises ValueError for a name that is
        the admin user's or stands for tokens."""
        if token.name in (TOKEN_USER, self._settings.admin_user):
            raise ValueError(f"{token.name!r} is no name for a token: it is another account's")
        with self._mutex:
            self._accounts = self._accounts.with_token(token)

    def remove_token(self, name: str) -> None:
        """Let a repository-scoped token log in no more; access tokens that it got keep what they hold. Raises
        ValueError for one that is not there, with those that are."""
        with self._mutex:
            self._accounts = self._accounts.without_token(name)

    def accounts(self) -> Accounts:
        """Return all roles and tokens given so far, for `replace_accounts`."""
        with self._mutex:
            return self._accounts

    def replace_accounts(self, accounts: Accounts) -> None:
        """Forget all roles and tokens for these; without roles, everybody whom Entra names is let in again."""
        with self._mutex:
            self._accounts = accounts

    # Logins

    def exchange(self, form: Mapping[str, str], *, service: str, now: int) -> str:
        """Return a refresh token for the Entra token in `form` (ACR 2021-07-01, POST /oauth2/exchange)."""
        grant_type = form.get("grant_type", "")
        field = _ENTRA_TOKEN_FIELDS.get(grant_type)
        if field is None:
            raise _login_refused(f"grant_type: expected one of {', '.join(_ENTRA_TOKEN_FIELDS)}, found {grant_type!r}")
        _check_service(form.get("service", ""), service)
        if not form.get(field):
            raise _login_refused(f"{field}: expected an Entra token, found nothing")
        try:
            principal = read_entra_token(
                form[field], audiences=AUDIENCES[self._settings.domain], now=now, verifiers=self._verifiers
            )
        except TokenRefused as refused:
            raise _login_refused(f"Entra token {refused}") from refused
        permissions = self._permissions_of(principal)
        if not permissions:
            raise _login_refused(f"no role: {principal.name} was granted none")
        return self._issuer.mint_refresh_token(principal, permissions, service=service, now=now)

    def token(self, request: TokenRequest, *, service: str, now: int) -> str:
        """Return an access token for what the caller holds of the scopes asked for, were it nothing.

        So does ACR: that a scope is missing shows when the token is used (Azure SDK for Go, anonymousAccess).
        """
        _check_service(request.service, service)
        try:
            caller = self._caller_of(request, service=service, now=now)
        except TokenRefused as refused:
            raise _login_refused(f"registry token {refused}", challenge=request.challenge) from refused
        access = narrow(caller.held, parse_scopes(request.scopes))
        return self._issuer.mint_access_token(caller.name, access, service=service, now=now)

    def _caller_of(self, request: TokenRequest, *, service: str, now: int) -> _Caller:
        match request.grant_type:
            case None if request.authorization is None:
                return self._anonymous()
            case None:
                credentials = basic_credentials(request.authorization)
                if credentials is None:
                    failure = "authorization: expected Basic and base64 of user:password"
                    raise _login_refused(failure, challenge=request.challenge)
                user, password = credentials
            case "password" if not (request.username or request.password):
                return self._anonymous()
            case "password":
                user, password = request.username, request.password
            case "refresh_token":
                return self._bearer(self._issuer.verify_refresh_token(request.refresh_token, service=service, now=now))
            case other:
                raise _login_refused(f"grant_type: expected refresh_token or password, found {other!r}")
        if user == TOKEN_USER:
            return self._bearer(self._issuer.verify(password, service=service, now=now))
        if self._is_admin(user, password):
            return _Caller(user, EVERYTHING)
        token = self.accounts().find_token(user)
        if token is None or not token.accepts(password):
            raise _login_refused("wrong user name or password", challenge=request.challenge)
        return _Caller(user, (*token.scopes, *self._read_by_all()))

    def _bearer(self, token: Token) -> _Caller:
        """Return who stands behind a token used as a login: an access token brings no more than it holds."""
        if isinstance(token, RefreshToken):
            return _Caller(token.principal.name, self._held_by(token.principal))
        return _Caller(token.subject, token.access)

    def _anonymous(self) -> _Caller:
        if self._settings.auth == "token":  # seen for GET; for POST by analogy [I]
            raise _login_refused("no credentials, and anonymous pull is off")
        return _Caller("", EVERYTHING if self._settings.auth == "off" else READING)

    def _is_admin(self, user: str, password: str) -> bool:
        expected = self._settings.admin_password
        return (
            expected is not None
            and user == self._settings.admin_user
            and hmac.compare_digest(password.encode(), expected.encode())
        )

    def _roles_of(self, principal: Principal) -> tuple[RoleAssignment, ...] | None:
        """Return the roles of `principal`; None where roles do not matter."""
        assignments = self.accounts().roles
        if not assignments or self._settings.auth == "off":
            return None
        return tuple(assignment for assignment in assignments if assignment.is_for(principal))

    def _permissions_of(self, principal: Principal) -> tuple[str, ...]:
        roles = self._roles_of(principal)
        if roles is None:
            return ALL_PERMISSIONS
        return tuple(dict.fromkeys(permission for role in roles for permission in role.permissions))

    def _held_by(self, principal: Principal) -> tuple[Scope, ...]:
        roles = self._roles_of(principal)
        if roles is None:
            return EVERYTHING
        return (*(scope for role in roles for scope in role.scopes), *self._read_by_all())

    def _read_by_all(self) -> tuple[Scope, ...]:
        return READING if self._settings.auth == "anonymous-pull" else ()

    # Data routes

    def authorize(self, authorization: str | None, needed: tuple[Scope, ...], *, service: str, now: int) -> Grant:
        """Let the bearer of `authorization` do what `needed` says, or anything that wants a login if it is empty.

        Raises Unauthorized. Anonymous pull makes no difference here: clients expect a 401 and then fetch an anonymous
        token. The admin user may come with Basic (AAD-OAuth, catalog sample), a repository-scoped token may not
        (Azure/acr#466, seen in 2020); a wrong password is answered with a Basic challenge, never a Bearer one
        (Azure/acr#651).
        """
        if self._settings.auth == "off":
            return Grant("", "off", EVERYTHING)
        scheme, _, credentials = (authorization or "").strip().partition(" ")
        match scheme.lower():
            case "bearer":
                return self._authorize_bearer(credentials.strip(), needed, service=service, now=now)
            case "basic":
                return self._authorize_basic(authorization, needed)
            case "":
                raise _refusal("no credentials", needed, challenge="bearer")
            case _:  # not named here: it may be a token that lacks its scheme
                raise _refusal("authorization: expected Bearer or Basic", needed, challenge="bearer")

    def _authorize_bearer(self, text: str, needed: tuple[Scope, ...], *, service: str, now: int) -> Grant:
        try:
            token = self._issuer.verify_access_token(text, service=service, now=now)
        except TokenRefused as refused:  # the word is CNCF distribution's [I]
            raise _refusal(f"access token {refused}", needed, challenge="bearer", error="invalid_token") from refused
        if not grants(token.access, needed):
            failure = f"the token is good for {encode_scopes(token.access) or 'nothing'}"
            raise _refusal(failure, needed, challenge="bearer", error="insufficient_scope")
        return Grant(token.subject, "bearer" if token.subject else "anonymous", token.access)

    def _authorize_basic(self, authorization: str | None, needed: tuple[Scope, ...]) -> Grant:
        credentials = basic_credentials(authorization)
        if credentials is None:
            raise _refusal("authorization: expected base64 of user:password", needed, challenge="basic")
        if not self._is_admin(*credentials):
            raise _refusal("wrong user name or password", needed, challenge="basic")
        return Grant(credentials[0], "basic", EVERYTHING)


def _check_service(found: str, expected: str) -> None:
    if found.lower() != expected.lower():
        raise _login_refused(f"service: expected {expected}, found {found or 'nothing'}")


def _refusal(
    failure: str, needed: tuple[Scope, ...] = (), *, challenge: Challenge | None, error: str | None = None
) -> Unauthorized:
    return Unauthorized(
        "authentication required",
        access=tuple((scope.type, scope.name, action) for scope in needed for action in scope.actions),
        scopes=encode_scopes(needed),
        challenge=challenge,
        error=error,
        failure=failure,
    )


def _login_refused(failure: str, *, challenge: Challenge | None = None) -> Unauthorized:
    return _refusal(failure, challenge=challenge)
