"""Comparing a response with the decision that the model makes: let in, or refused, and how."""

from collections.abc import Mapping
from typing import Any, Final

from pytest_acr.harness.access_model import CATALOG, Grants, Needs
from pytest_acr.harness.access_state import access_of
from pytest_acr.harness.challenges import challenge_of
from pytest_acr.harness.json_bodies import decode_json, text_in
from pytest_acr.harness.messages import RawResponse
from pytest_acr.harness.properties import Property
from pytest_acr.harness.properties import authorization as p
from pytest_acr.harness.protocol import error_codes
from pytest_acr.harness.token_service import claims_in
from pytest_acr.harness.trial import Trial

_REFUSALS: Final = (401, 403)


def check_let_in(trial: Trial, response: RawResponse, wanted: Property) -> None:
    """Check that a caller was let in: whatever the answer then says of absent content."""
    is_in = response.status not in _REFUSALS
    trial.require(is_in, wanted, "a status other than 401 and 403")


def check_refused(
    trial: Trial,
    response: RawResponse,
    needs: Needs,
    wanted: Property,
    *,
    error: str | None,
) -> None:
    """Check a refusal of a data route: 401, with the challenge for what the route needs."""
    trial.require_exactly(response, wanted, 401)
    _check_code(trial, response)
    challenge = challenge_of(response)
    scheme = challenge.scheme if challenge else "none"

    trial.require(scheme == "bearer", p.CHALLENGE, "a Bearer challenge", scheme)
    assert challenge is not None

    base = access_of(trial).challenge.parameters
    for name in ("realm", "service"):
        found = challenge.parameters.get(name)
        trial.require(found == base[name], p.CHALLENGE_REALM, f'{name}="{base[name]}"', str(found))
    scopes = {(resource, actions) for resource, actions in needs.items()}
    trial.require(
        challenge.scopes == scopes,
        p.CHALLENGE_SCOPE,
        f"the scopes {sorted(needs)}",
        str(challenge.parameters.get("scope")),
    )
    found = challenge.parameters.get("error")
    trial.require(found == error, p.CHALLENGE_ERROR, f"error={error}", f"error={found}")


def check_refused_basic(trial: Trial, response: RawResponse) -> None:
    """Check the refusal of Basic credentials on a data route: acr-behaviour 3.5."""
    trial.require_exactly(response, p.BASIC_ON_ROUTE, 401)
    challenge = challenge_of(response)
    scheme = challenge.scheme if challenge else "none"
    trial.require(scheme == "basic", p.BASIC_CHALLENGE, "a Basic challenge", scheme)


def _check_code(trial: Trial, response: RawResponse) -> None:
    if not response.body:  # HEAD
        return
    codes = error_codes(response)
    trial.require("UNAUTHORIZED" in codes, p.REFUSAL_CODE, "UNAUTHORIZED", ", ".join(codes))


def check_token(trial: Trial, response: RawResponse, granted: Grants) -> str:
    """Check an answer of the token service, and return its access token."""
    trial.require_exactly(response, p.TOKEN_ISSUED, 200)
    token = text_in(response, "access_token")

    trial.require(token is not None, p.TOKEN_ISSUED, "an access_token")
    assert token is not None
    if trial.dialect.acr:
        members = sorted(decode_json(response))
        trial.require(members == ["access_token"], p.TOKEN_MEMBERS, "access_token", str(members))

    found = access_in(claims_in(token))
    for resource in sorted(found.keys() | granted.keys()):
        trial.require(
            found.get(resource) == granted.get(resource),
            _property_of(resource),
            f"{resource}: {_text_of(granted, resource)}",
            _text_of(found, resource),
        )
    return token


def _property_of(resource: str) -> Property:
    if resource == CATALOG:
        return p.TOKEN_ACCESS_CATALOG
    return p.TOKEN_ACCESS_PATTERN if resource.count("/app/") else p.TOKEN_ACCESS


def _text_of(grants: Grants, resource: str) -> str:
    return ",".join(sorted(grants.get(resource, ()))) or "no action"


def access_in(claims: Mapping[str, Any]) -> Grants:  # Any: JSON of the registry
    """Return what the claim `access` of a token grants, in either spelling: acr-behaviour 3.6."""
    granted: Grants = {}
    entries = claims.get("access")
    for entry in entries if isinstance(entries, list) else []:
        lower = {name.lower(): value for name, value in entry.items()}
        resource = f"{lower.get('type')}:{lower.get('name')}"
        actions = frozenset(lower.get("actions") or ())
        if actions:
            granted[resource] = granted.get(resource, frozenset()) | actions

    return granted
