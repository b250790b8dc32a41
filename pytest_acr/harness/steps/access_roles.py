"""Steps with principals of Entra: roles, the exchange, refresh tokens."""

from typing import Final

from pytest_acr.harness.access_checks import check_refused, check_token
from pytest_acr.harness.access_model import ROLE_ACTIONS, Grants, KnownToken, TokenRule, granted_of
from pytest_acr.harness.access_routes import routes_of
from pytest_acr.harness.access_state import access_of, account_name, fields_of, send, send_to_route
from pytest_acr.harness.entra_tokens import entra_token
from pytest_acr.harness.json_bodies import text_in
from pytest_acr.harness.properties import authorization as p
from pytest_acr.harness.steps.access_accounts import LETTERS, pattern_of, requested_of
from pytest_acr.harness.steps.access_use import route_of, send_token
from pytest_acr.harness.steps.step import PICK, Step, numbers, pick
from pytest_acr.harness.token_service import exchange_request, refresh_request
from pytest_acr.harness.trial import Trial

_ROLES: Final = tuple(ROLE_ACTIONS)


def grant_role(trial: Trial, *, principal: int, role: int, pattern: int) -> None:
    """Grant a role. From then on, principals without a role are refused."""
    name = _principal(trial, principal)
    chosen = pick(_ROLES, role)
    repository = pattern_of(trial, pattern)
    trial.control.post("roles", {"principal": name, "role": chosen, "repository": repository})

    roles = access_of(trial).model.roles.setdefault(name, [])
    roles.append(TokenRule(repository, ROLE_ACTIONS[chosen]))
    trial.note_effect()


def revoke_roles(trial: Trial, *, principal: int) -> None:
    """Revoke the roles of a principal. Its refresh tokens lose them at once."""
    name = _principal(trial, principal)
    model = access_of(trial).model
    if not model.roles.get(name):
        grant_role(trial, principal=principal, role=0, pattern=0)
    trial.control.delete("roles", name)
    del model.roles[name]
    trial.note_effect()


def exchange(trial: Trial, *, principal: int) -> None:
    """Exchange a token from Entra for a refresh token."""
    name = _principal(trial, principal)
    state = access_of(trial)
    request = exchange_request(entra_token(name), state.service)
    response = send(trial, request)
    if state.model.rules_of(name) == []:
        trial.require_exactly(response, p.EXCHANGE_NO_ROLE, 401)
        trial.note_effect()
        return

    trial.require_exactly(response, p.EXCHANGE, 200)
    token = text_in(response, "refresh_token")
    trial.require(token is not None, p.EXCHANGE, "a refresh_token")
    assert token is not None
    state.model.tokens.append(KnownToken(kind="refresh", text=token, holder=name))
    trial.note_effect()


def refresh(trial: Trial, *, which: int, resource: int, actions: int, other: int) -> None:
    """Request an access token for a refresh token: it has what the roles allow now."""
    token = _ensure_refresh_token(trial, which)
    if token is not None:
        _refresh(trial, token, requested_of(trial, resource, actions, other))
        trial.note_effect()


def _refresh(trial: Trial, token: KnownToken, requested: Grants) -> KnownToken:
    model = access_of(trial).model
    granted = granted_of(model.held_by_principal(token.holder), requested)
    response = send(trial, refresh_request(token.text, fields_of(trial, requested)))
    text = check_token(trial, response, granted)
    issued = KnownToken(kind="access", text=text, holder=token.holder, grants=granted)
    model.tokens.append(issued)

    return issued


def use_wildcard(trial: Trial, *, which: int, repository: int) -> None:
    """Request everything on all repositories, which is not the catalogue, and list that."""
    token = _ensure_refresh_token(trial, which)
    if token is None:
        return

    issued = _refresh(trial, token, {"repository:*": frozenset({"*"})})
    name = trial.models[repository].name
    for route in routes_of(is_acr=trial.capabilities.acr):
        if route.is_catalog or route.method == "GET":
            send_token(trial, issued, route, name)
    trial.note_effect()


def use_refresh_token(trial: Trial, *, which: int, route: int) -> None:
    """Send a refresh token to a data route, which needs an access token."""
    token = _ensure_refresh_token(trial, which)
    if token is None:
        return

    chosen = route_of(trial, route)
    name = trial.models[0].name
    response = send_to_route(trial, chosen.request(name, f"Bearer {token.text}"))
    needs = chosen.needs(name, is_acr=trial.dialect.acr)

    check_refused(trial, response, needs, p.REFRESH_AS_BEARER, error="invalid_token")
    trial.note_effect()


def _ensure_refresh_token(trial: Trial, which: int) -> KnownToken | None:
    """Return a refresh token; None if the principal has no role to get one by."""
    model = access_of(trial).model
    if not model.tokens_of("refresh"):
        exchange(trial, principal=which)
    tokens = model.tokens_of("refresh")
    return pick(tokens, which) if tokens else None


def _principal(trial: Trial, number: int) -> str:
    return account_name(trial, f"principal-{pick(LETTERS, number)}")


_NEEDS: Final = ("accounts", "exchange")

ROLE_STEPS: Final = (
    Step(
        name="grant_role",
        area="authorization",
        act=grant_role,
        arguments={
            "principal": numbers(3),
            "role": numbers(len(_ROLES)),
            "pattern": numbers(5),
        },
        needs=_NEEDS,
    ),
    Step(
        name="revoke_roles",
        area="authorization",
        act=revoke_roles,
        arguments={"principal": numbers(3)},
        needs=_NEEDS,
    ),
    Step(
        name="exchange",
        area="authorization",
        act=exchange,
        arguments={"principal": numbers(3)},
        needs=_NEEDS,
    ),
    Step(
        name="refresh",
        area="authorization",
        act=refresh,
        weight=2,
        arguments={
            "which": PICK,
            "resource": (0, 1, 2, 3, 4, 5, 6, 6),
            "actions": (0, 1, 2, 3, 4, 5, 6, 7, 8, 8),
            "other": (0, 0, 1, 2, 3),
        },
        needs=_NEEDS,
    ),
    Step(
        name="use_wildcard",
        area="authorization",
        act=use_wildcard,
        arguments={"which": PICK, "repository": numbers(5)},
        needs=_NEEDS,
    ),
    Step(
        name="use_refresh_token",
        area="authorization",
        act=use_refresh_token,
        arguments={"which": PICK, "route": numbers(24)},
        needs=_NEEDS,
    ),
)
