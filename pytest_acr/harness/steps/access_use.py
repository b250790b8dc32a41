"""Steps that send each token to each route."""

from dataclasses import replace
from typing import Final

from pytest_acr.harness.access_checks import check_let_in, check_refused, check_refused_basic
from pytest_acr.harness.access_model import KnownToken, Needs, actions_on, permits
from pytest_acr.harness.access_routes import AccessRoute, routes_of
from pytest_acr.harness.access_state import access_of, send_to_route
from pytest_acr.harness.owner import basic
from pytest_acr.harness.properties import Property
from pytest_acr.harness.properties import authorization as p
from pytest_acr.harness.steps.access_accounts import ensure_account, ensure_token
from pytest_acr.harness.steps.step import PICK, Step, numbers, pick
from pytest_acr.harness.trial import Trial

_ROUTES: Final = numbers(24)
_REPOSITORIES: Final = (0, 0, 1, 2, 3, 4)


def use_token(trial: Trial, *, which: int, route: int, repository: int) -> None:
    """Send a token to a route: let in, or refused with insufficient_scope."""
    token = ensure_token(trial, which)
    chosen = route_of(trial, route)
    send_token(trial, token, chosen, trial.models[repository].name)
    trial.note_effect()


def use_where_it_is_for(trial: Trial, *, which: int, route: int) -> None:
    """Send a token to a route of a repository that it names: only the actions decide."""
    token = ensure_token(trial, which)
    names = [model.name for model in trial.models]
    granted = [name for name in names if actions_on(token.grants, f"repository:{name}")]
    send_token(trial, token, route_of(trial, route), pick(granted or names, which))
    trial.note_effect()


def route_of(trial: Trial, number: int) -> AccessRoute:
    """Return a route of the registry."""
    return pick(routes_of(is_acr=trial.capabilities.acr), number)


def send_token(trial: Trial, token: KnownToken, route: AccessRoute, name: str) -> None:
    """Send a token to a route, and compare the decision with what the token grants."""
    needs = route.needs(name, is_acr=trial.dialect.acr)
    response = send_to_route(trial, route.request(name, f"Bearer {token.text}"))
    if permits(token.grants, needs):
        check_let_in(trial, response, _allowed_by(route, token))
        return

    wanted = _refused_by(route, token, needs)

    check_refused(trial, response, needs, wanted, error="insufficient_scope")


def _allowed_by(route: AccessRoute, token: KnownToken) -> Property:
    if token.kind == "anonymous":
        return p.ANONYMOUS_READS
    if route.is_catalog:
        return p.CATALOG_SCOPE
    return p.SCOPE_HELD if route.actions else p.ANY_TOKEN_AT_BASE


def _refused_by(route: AccessRoute, token: KnownToken, needs: Needs) -> Property:
    if token.kind == "anonymous":
        return p.ANONYMOUS_READS
    if route.is_catalog:
        return p.CATALOG_SCOPE
    holds_some = any(actions_on(token.grants, resource) for resource in needs)
    return p.SCOPE_MISSING if holds_some else p.SCOPE_OTHER_REPOSITORY


def use_no_token(trial: Trial, *, route: int, repository: int) -> None:
    """Send a request without Authorization, which has to be challenged."""
    chosen = route_of(trial, route)
    name = trial.models[repository].name
    needs = chosen.needs(name, is_acr=trial.dialect.acr)
    response = send_to_route(trial, chosen.request(name, None))

    check_refused(trial, response, needs, p.CHALLENGE, error=None)
    trial.note_effect()


_CHANGES: Final = ("signature", "claims", "cut", "words")
_OTHER_HOST: Final = "other.azurecr.io"


def use_altered_token(trial: Trial, *, which: int, route: int, how: str) -> None:
    """Send a token with another signature or other claims, or words instead of one."""
    token = ensure_token(trial, which)
    chosen = route_of(trial, route)
    name = trial.models[0].name
    needs = chosen.needs(name, is_acr=trial.dialect.acr)
    request = chosen.request(name, f"Bearer {_alter(token.text, how)}")
    response = send_to_route(trial, request)
    wanted = p.TOKEN_OF_OTHERS if how == "words" else p.TOKEN_ALTERED

    check_refused(trial, response, needs, wanted, error="invalid_token")
    trial.note_effect()


def use_token_elsewhere(trial: Trial, *, which: int, route: int) -> None:
    """Send a token to the registry under another name, to a route that it permits at its own."""
    token = ensure_token(trial, which)
    name = trial.models[0].name
    permitted = [
        each
        for each in routes_of(is_acr=trial.capabilities.acr)
        if permits(token.grants, each.needs(name, is_acr=trial.dialect.acr))
    ]
    request = pick(permitted, route).request(name, f"Bearer {token.text}")
    headers = (*request.headers, ("Host", _OTHER_HOST))
    response = send_to_route(trial, replace(request, headers=headers))

    trial.require_exactly(response, p.TOKEN_OF_OTHERS, 401)
    trial.note_effect()


def _alter(token: str, how: str) -> str:
    head, _, signature = token.rpartition(".")
    header, _, payload = head.partition(".")
    if how == "signature":
        return f"{head}.{_other(signature)}"

    if how == "claims":
        return f"{header}.{_other(payload)}.{signature}"

    if how == "cut":
        return head
    return "not.a.token"


def _other(text: str) -> str:
    """Return a text of base64 with another first character."""
    return ("A" if text[:1] != "A" else "B") + text[1:]


def use_basic(trial: Trial, *, account: int, route: int) -> None:
    """Send name and password of an account to a data route."""
    name = ensure_account(trial, account)
    password = access_of(trial).model.passwords[name]
    chosen = route_of(trial, route)
    request = chosen.request(trial.models[0].name, basic(name, password))

    check_refused_basic(trial, send_to_route(trial, request))
    trial.note_effect()


_NEEDS: Final = ("control", "login")

USE_STEPS: Final = (
    Step(
        name="use_token",
        area="authorization",
        act=use_token,
        weight=3,
        arguments={"which": PICK, "route": _ROUTES, "repository": _REPOSITORIES},
        needs=_NEEDS,
    ),
    Step(
        name="use_where_it_is_for",
        area="authorization",
        act=use_where_it_is_for,
        weight=3,
        arguments={"which": PICK, "route": _ROUTES},
        needs=_NEEDS,
    ),
    Step(
        name="use_no_token",
        area="authorization",
        act=use_no_token,
        arguments={"route": _ROUTES, "repository": _REPOSITORIES},
        needs=_NEEDS,
    ),
    Step(
        name="use_altered_token",
        area="authorization",
        act=use_altered_token,
        arguments={"which": PICK, "route": _ROUTES, "how": _CHANGES},
        needs=_NEEDS,
    ),
    Step(
        name="use_token_elsewhere",
        area="authorization",
        act=use_token_elsewhere,
        arguments={"which": PICK, "route": _ROUTES},
        needs=_NEEDS,
    ),
    Step(
        name="use_basic",
        area="authorization",
        act=use_basic,
        arguments={"account": numbers(3), "route": _ROUTES},
        needs=("accounts",),
    ),
)
