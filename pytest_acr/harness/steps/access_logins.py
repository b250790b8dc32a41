"""Steps that log in with wrong passwords, as absent users, and with tokens."""

from typing import Final

from pytest_acr.harness.access_checks import check_token
from pytest_acr.harness.access_model import granted_of
from pytest_acr.harness.access_state import PASSWORD, access_of, account_name, fields_of, send
from pytest_acr.harness.owner import basic
from pytest_acr.harness.properties import authorization as p
from pytest_acr.harness.steps.access_accounts import ensure_account, ensure_token, requested_of
from pytest_acr.harness.steps.step import EITHER, PICK, Step, numbers, pick
from pytest_acr.harness.token_service import query_request, refresh_request, user_request
from pytest_acr.harness.trial import Trial

_TOKEN_USER: Final = "00000000-0000-0000-0000-000000000000"  # noqa: S105 - a user's name

_WRONG_LOGINS: Final = ("wrong password", "of another", "unknown user", "removed", "no password")


def log_in_wrongly(trial: Trial, *, account: int, how: str, as_form: bool) -> None:
    """Log in with a password that is not the account's, or as a user that does not exist."""
    name = ensure_account(trial, account)
    other = ensure_account(trial, account + 1)
    model = access_of(trial).model
    user, password, wanted = name, model.passwords[name], p.WRONG_PASSWORD
    if how == "wrong password":
        password += " "
    elif how == "of another":
        password = model.passwords[other]
    elif how == "no password":
        password = ""
    else:
        user, wanted = _absent_user(trial, how, name), p.UNKNOWN_USER
        password = PASSWORD.format(user)

    fields = fields_of(trial, requested_of(trial, account, 0, 0))
    response = send(trial, user_request(user, password, fields, as_form=as_form))
    trial.require_exactly(response, wanted, 401)
    trial.note_effect()


def _absent_user(trial: Trial, how: str, name: str) -> str:
    """Return a user that never existed, or one that is removed now."""
    if how == "unknown user":
        return account_name(trial, "never")

    model = access_of(trial).model
    trial.control.delete("tokens", name)
    del model.accounts[name], model.passwords[name]
    return name


def log_in_with_a_token(trial: Trial, *, which: int, as_form: bool) -> None:
    """Log in as the user of zeros, whose password is an access token: it keeps its scopes."""
    model = access_of(trial).model
    tokens = model.tokens_of("access")
    token = pick(tokens, which) if tokens else ensure_token(trial, which)
    requested = requested_of(trial, which, 4, 1)
    granted = granted_of(token.grants, requested)
    fields = fields_of(trial, requested)

    response = send(trial, user_request(_TOKEN_USER, token.text, fields, as_form=as_form))
    trial.require_exactly(response, p.TOKEN_USER, 200)
    check_token(trial, response, granted)
    trial.note_effect()


def refresh_an_access_token(trial: Trial, *, which: int) -> None:
    """Send an access token where a refresh token is needed."""
    token = ensure_token(trial, which)
    fields = fields_of(trial, requested_of(trial, which, 0, 0))
    response = send(trial, refresh_request(token.text, fields))
    trial.require_exactly(response, p.ACCESS_AS_REFRESH, 401)
    trial.note_effect()


def log_in_malformed(trial: Trial, *, which: int) -> None:
    """Send an Authorization from which no user can be read."""
    fields = fields_of(trial, requested_of(trial, which, 0, 0))
    texts = ("Basic", "Basic !!!", basic("", ""), "Bearer x", basic("user", ""))
    response = send(trial, query_request(fields, pick(texts, which)))
    trial.require_exactly(response, p.UNKNOWN_USER, 401)
    trial.note_effect()


_NEEDS: Final = ("accounts",)

LOGIN_STEPS: Final = (
    Step(
        name="log_in_wrongly",
        area="authorization",
        act=log_in_wrongly,
        arguments={"account": numbers(3), "how": _WRONG_LOGINS, "as_form": EITHER},
        needs=_NEEDS,
    ),
    Step(
        name="log_in_with_a_token",
        area="authorization",
        act=log_in_with_a_token,
        arguments={"which": PICK, "as_form": EITHER},
        needs=_NEEDS,
    ),
    Step(
        name="refresh_an_access_token",
        area="authorization",
        act=refresh_an_access_token,
        arguments={"which": PICK},
        needs=("control", "login"),
    ),
    Step(
        name="log_in_malformed",
        area="authorization",
        act=log_in_malformed,
        arguments={"which": numbers(5)},
        needs=_NEEDS,
    ),
)
