"""Steps that make accounts and request tokens of the registry's token service."""

from typing import Final

from pytest_acr.harness.access_checks import check_token
from pytest_acr.harness.access_model import (
    CATALOG,
    Grants,
    KnownToken,
    TokenRule,
    anonymous_grants,
    granted_of,
)
from pytest_acr.harness.access_state import (
    access_of,
    account_name,
    add_account,
    fields_of,
    send,
)
from pytest_acr.harness.properties import authorization as p
from pytest_acr.harness.steps.step import EITHER, Step, numbers, pick
from pytest_acr.harness.token_service import (
    anonymous_request,
    user_request,
)
from pytest_acr.harness.trial import Trial

LETTERS: Final = ("x", "y", "z")
"""The ends of the names of accounts."""

PATTERNS: Final = ("/app", "/app/*", "*", "/abc", "/*")
"""Rules of scope maps and roles: the ends of names, and all repositories."""

ACTION_SETS: Final = (
    frozenset({"pull"}),
    frozenset({"pull", "metadata_read"}),
    frozenset({"pull", "push"}),
    frozenset({"pull", "push", "metadata_read"}),
    frozenset({"pull", "push", "delete", "metadata_read", "metadata_write"}),
    frozenset({"push"}),
    frozenset({"delete"}),
    frozenset({"metadata_read", "metadata_write"}),
)

_REQUESTED_SETS: Final = (*ACTION_SETS, frozenset({"*"}))
"""The actions of requested scopes: `repository:*:*` is one that acr-cli requests."""

_DEFAULT_RULES: Final = ((("/app", 0),), (("/app/*", 3),), (("*", 4),))
"""The rules of an account that no step has made: patterns, and numbers of `ACTION_SETS`."""


def make_account(trial: Trial, *, account: int, first: int, actions: int, others: int) -> None:
    """Make an account with two rules, or replace its scope map."""
    rules = [
        TokenRule(pattern_of(trial, first), pick(ACTION_SETS, actions)),
        TokenRule(pattern_of(trial, first + 1 + others), pick(ACTION_SETS, actions + others)),
    ]
    add_account(trial, pick(LETTERS, account), rules)
    trial.note_effect()


def pattern_of(trial: Trial, number: int) -> str:
    """Return the pattern of a rule."""
    end = pick(PATTERNS, number)
    return end if end == "*" else trial.name + end


def ensure_account(trial: Trial, account: int) -> str:
    """Return the name of an account, after making it where it is absent."""
    letter = pick(LETTERS, account)
    name = account_name(trial, letter)
    if name not in access_of(trial).model.accounts:
        rules = [
            TokenRule(end if end == "*" else trial.name + end, ACTION_SETS[actions])
            for end, actions in pick(_DEFAULT_RULES, account)
        ]
        add_account(trial, letter, rules)

    return name


def request_token(
    trial: Trial,
    *,
    account: int,
    resource: int,
    actions: int,
    other: int,
    as_form: bool,
    joined: bool,
) -> None:
    """Request a token for one or two scopes, which may be more than the account holds."""
    name = ensure_account(trial, account)
    model = access_of(trial).model
    requested = requested_of(trial, resource, actions, other)
    granted = granted_of(model.held_by_account(name), requested)

    fields = fields_of(trial, requested, joined=joined)
    response = send(trial, user_request(name, model.passwords[name], fields, as_form=as_form))
    token = check_token(trial, response, granted)
    model.tokens.append(KnownToken(kind="access", text=token, holder=name, grants=granted))
    trial.note_effect()


def requested_of(trial: Trial, resource: int, actions: int, other: int) -> Grants:
    """Return scopes to request. The second one is another resource, or none."""
    resources = resources_of(trial)
    requested = {pick(resources, resource): pick(_REQUESTED_SETS, actions)}
    if other:
        requested[pick(resources, resource + other)] = pick(_REQUESTED_SETS, actions + other)
    if CATALOG in requested:
        requested[CATALOG] = frozenset({"*"})

    return requested


def resources_of(trial: Trial) -> list[str]:
    """Return the resources of scopes: repositories, all of them, and the catalogue."""
    names = [f"repository:{model.name}" for model in trial.models]
    return [*names, CATALOG, "repository:*"]


def ensure_token(trial: Trial, which: int) -> KnownToken:
    """Return an access token, after requesting one where there is none."""
    model = access_of(trial).model
    if not model.tokens_of("access", "anonymous"):
        ask_for_token(trial, which)
    return pick(model.tokens_of("access", "anonymous"), which)


def ask_for_token(trial: Trial, which: int) -> None:
    """Request a token of an account, or an anonymous one where there are such."""
    if trial.capabilities.anonymous_login:
        request_anonymous_token(trial, resource=which, other=0, as_form=False)
        return
    request_token(
        trial,
        account=which,
        resource=which,
        actions=which,
        other=0,
        as_form=False,
        joined=False,
    )


def request_anonymous_token(trial: Trial, *, resource: int, other: int, as_form: bool) -> None:
    """Request a token without credentials, for more than such a caller may do."""
    requested = requested_of(trial, resource, 4, other)
    fields = fields_of(trial, requested)
    response = send(trial, anonymous_request(fields, as_form=as_form))
    if not trial.capabilities.anonymous_login:
        trial.require_exactly(response, p.ANONYMOUS_REFUSED, 401)
        trial.note_effect()
        return

    granted = anonymous_grants(requested)
    claimed = {name: actions - {"metadata_read"} or actions for name, actions in granted.items()}
    token = check_token(trial, response, claimed)
    model = access_of(trial).model
    model.tokens.append(KnownToken(kind="anonymous", text=token, holder="", grants=granted))
    trial.note_effect()


_NEEDS: Final = ("accounts",)

ACCOUNT_STEPS: Final = (
    Step(
        name="make_account",
        area="authorization",
        act=make_account,
        arguments={
            "account": numbers(3),
            "first": numbers(5),
            "actions": numbers(8),
            "others": numbers(4),
        },
        needs=_NEEDS,
    ),
    Step(
        name="request_token",
        area="authorization",
        act=request_token,
        weight=3,
        arguments={
            "account": numbers(3),
            "resource": numbers(7),
            "actions": numbers(9),
            "other": (0, 0, 1, 2, 3, 4, 5, 6),
            "as_form": EITHER,
            "joined": EITHER,
        },
        needs=_NEEDS,
    ),
    Step(
        name="request_anonymous_token",
        area="authorization",
        act=request_anonymous_token,
        arguments={"resource": numbers(7), "other": numbers(7), "as_form": EITHER},
        needs=("control", "login"),
    ),
)
