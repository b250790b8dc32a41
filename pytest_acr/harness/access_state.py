"""`AccessState`: what an example of the authorization machine knows, and the requests it needs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from pytest_acr.harness.access_model import ACTION_WORDS, AccessModel, Grants, TokenRule, scope_text
from pytest_acr.harness.challenges import FoundChallenge, challenge_of
from pytest_acr.harness.messages import NO_RESPONSE, RawRequest, RawResponse
from pytest_acr.harness.properties.protocol import ANSWERED, NO_SERVER_ERROR
from pytest_acr.harness.token_service import Fields
from pytest_acr.harness.trial import Trial

PASSWORD: Final = "password of {}"  # noqa: S105 - of the accounts of a fake
_NO_CHALLENGE: Final = FoundChallenge("", {})


@dataclass
class AccessState:
    """The model of an example, and the challenge of the registry's base."""

    challenge: FoundChallenge = _NO_CHALLENGE
    model: AccessModel = field(default_factory=AccessModel)

    @property
    def service(self) -> str:
        """The name of the registry at its token service."""
        return self.challenge.parameters.get("service", "")


def new_access_state(trial: Trial) -> AccessState:
    """Return the state of a new example."""
    if not trial.capabilities.login:
        return AccessState()

    challenge = challenge_of(trial.exchange(RawRequest("GET", "/v2/", login=False)))
    state = AccessState(challenge or _NO_CHALLENGE)
    if trial.capabilities.exchange:
        roles = trial.control.get("roles")["roles"]
        state.model.others_have_roles = bool(roles)
    return state


def access_of(trial: Trial) -> AccessState:
    """Return the state of an example of this machine."""
    assert isinstance(trial.state, AccessState), "the machine's kind makes it"
    return trial.state


def send(trial: Trial, request: RawRequest) -> RawResponse:
    """Return the response of the token service or of storage, which have other errors."""
    response = trial.exchange(request)
    trial.require(response.status != NO_RESPONSE, ANSWERED, "a whole HTTP response")
    trial.require(response.status < 500, NO_SERVER_ERROR, "a status below 500")
    return response


def send_to_route(trial: Trial, request: RawRequest) -> RawResponse:
    """Return the response of a data route, after the checks of each response."""
    return trial.judge(request, trial.exchange(request))


def account_name(trial: Trial, letter: str) -> str:
    """Return the name of an account or a principal of this example."""
    return f"{trial.name.replace('/', '-')[-80:]}-{letter}"


def add_account(trial: Trial, letter: str, rules: Sequence[TokenRule]) -> str:
    """Make a repository-scoped token, or give another scope map to it. Returns its name."""
    name = account_name(trial, letter)
    post_account(trial, name, rules)
    model = access_of(trial).model
    model.accounts[name] = list(rules)
    model.passwords[name] = PASSWORD.format(name)

    return name


def post_account(trial: Trial, name: str, rules: Sequence[TokenRule]) -> None:
    """Send a repository-scoped token to the control API. Its password is made of its name."""
    words = {action: word for word, action in ACTION_WORDS.items()}
    scope_map: dict[str, list[str]] = {}
    for rule in rules:
        actions = scope_map.setdefault(rule.pattern, [])
        actions += [words[each] for each in sorted(rule.actions) if words[each] not in actions]

    password = PASSWORD.format(name)
    trial.control.post("tokens", {"name": name, "scope_map": scope_map, "password": password})


def fields_of(trial: Trial, requested: Grants, *, joined: bool = False) -> Fields:
    """Return the fields of a request for scopes: repeated, or in one field with blanks between."""
    service = ("service", access_of(trial).service)
    scopes = [scope_text(resource, actions) for resource, actions in requested.items()]
    if joined and scopes:
        scopes = [" ".join(scopes)]
    return [service, *(("scope", scope) for scope in scopes)]
