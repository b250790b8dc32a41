"""The end of an example of the authorization machine."""

from pytest_acr.harness.access_routes import routes_of
from pytest_acr.harness.access_state import AccessState, access_of
from pytest_acr.harness.reading import check_blob
from pytest_acr.harness.steps.access_use import send_token
from pytest_acr.harness.trial import Trial


def check_access(trial: Trial) -> None:
    """Use the last tokens once more, compare all blobs, and remove accounts and roles."""
    state = access_of(trial)
    try:
        _use_last_tokens(trial, state)
        for model in trial.models:
            for digest in model.blobs:
                check_blob(trial, model, digest)
    finally:
        _remove_accounts(trial, state)


def _use_last_tokens(trial: Trial, state: AccessState) -> None:
    """Send the last token to all routes, and the two before it to some."""
    routes = routes_of(is_acr=trial.capabilities.acr)
    tokens = state.model.tokens_of("access", "anonymous")[-3:]
    for step, token in zip((1, 4, 7), reversed(tokens), strict=False):
        for number in range(0, len(routes), step):
            name = trial.models[number % len(trial.models)].name
            send_token(trial, token, routes[number], name)


def _remove_accounts(trial: Trial, state: AccessState) -> None:
    for name in state.model.accounts:
        trial.control.delete("tokens", name)
    for name in state.model.roles:
        trial.control.delete("roles", name)
