"""`probe_access`: finds out how a registry lets callers in, and what its control API offers."""

from pytest_acr.harness.challenges import FoundChallenge, challenge_of
from pytest_acr.harness.control_api import ControlApi
from pytest_acr.harness.entra_tokens import entra_token
from pytest_acr.harness.messages import RawRequest, RegistryTarget, TargetFailed
from pytest_acr.harness.token_service import (
    anonymous_request,
    exchange_request,
)


def probe_access(target: RegistryTarget) -> dict[str, bool]:
    """Return the capabilities that concern logins, and the control API of fake_registry."""
    challenge = _challenge_at_base(target)
    has_control = target.send(RawRequest("GET", "/_fake/ready", login=False)).status == 200
    found = {
        "control": has_control,
        "clock": has_control and _is_manual(target),
        "login": challenge is not None,
    }
    if challenge is None:
        return found

    service = challenge.parameters.get("service", "")
    anonymous = target.send(anonymous_request([("service", service)], as_form=False))
    is_anonymous = anonymous.status == 200
    exchanged = exchange_request(entra_token("registry-check"), service)
    return {
        **found,
        "anonymous_login": is_anonymous,
        "accounts": has_control and not is_anonymous,
        "exchange": has_control and target.send(exchanged).status == 200,
    }


def _challenge_at_base(target: RegistryTarget) -> FoundChallenge | None:
    response = target.send(RawRequest("GET", "/v2/", login=False))
    challenge = challenge_of(response) if response.status == 401 else None
    if challenge is None or challenge.scheme != "bearer":
        return None
    return challenge


def _is_manual(target: RegistryTarget) -> bool:
    """Return whether the clock can be moved. Another server may answer anything here."""
    try:
        clock = ControlApi(target.send).get("clock")
    except TargetFailed:
        return False
    return clock.get("manual") is True
