"""A misspelt name is an error that has the nearest known name first.

Names of the command lines are in `server/` and `harness/check/`, those of pytest in `plugin/`.
"""

from collections.abc import Callable

import pytest

from fake_registry import BadChallenge, FakeRegistry, Fault, Refuse, Settings
from pytest_acr import ContainerRegistryContentClient, connect, sweep
from pytest_acr.harness import Dialect, check_linearizable, machine_for, replay
from pytest_acr.strategies import digests

REGISTRY = FakeRegistry(Settings(auth="off"))
REQUESTS = REGISTRY.requests

Case = tuple[Callable[[], object], str]
"""A call with a misspelt name, and the part of the message with the nearest name."""

CASES: dict[str, Case] = {
    "setting": (lambda: Settings(max_pagesize=3), "the settings are max_page_size, "),  # type: ignore[call-arg]
    "setting of evolve": (lambda: Settings().evolve(auht="off"), "the settings are auth, "),
    "profile": (lambda: Settings(profile="ocii"), "expected one of oci, acr, found"),  # type: ignore[arg-type]
    "account": (lambda: Settings(auth="anon-pull"), "expected one of anonymous-pull, token, off,"),  # type: ignore[arg-type]
    "endpoint": (lambda: Fault("uplod.chunk", Refuse()), "the endpoints are upload.chunk, "),
    "moment": (lambda: Fault("base", Refuse(), when="befor"), "expected one of before, door"),  # type: ignore[arg-type]
    "effect": (lambda: Fault("base", "trunkate"), "expected an effect such as Truncate, "),  # type: ignore[arg-type]
    "challenge": (lambda: BadChallenge("no_relm"), "expected one of no_realm, "),  # type: ignore[arg-type]
    "role": (lambda: REGISTRY.grant("ci", "AcrDelte"), "expected one of AcrDelete, "),
    "scope map": (lambda: REGISTRY.add_token("ci", "repositories_admin"), "one of _repositories_admin, "),
    "action": (lambda: REGISTRY.add_token("ci", {"a": ["metadata/rea"]}), "one of metadata/read, "),
    "criterion": (lambda: REQUESTS.where(statuss=200), "it has status, "),  # type: ignore[call-arg]
    "criterion of a method": (lambda: REQUESTS.where(method="DELET"), "expected one of DELETE, GET, "),
    "endpoint of an order": (lambda: REQUESTS.assert_order("manifst.put"), "the endpoints are manifest.put, "),
    "rule": (lambda: REQUESTS.mistakes(allow=["upload-left-opn"]), "the rules are upload-left-open, "),
    "effect of a sweep": (lambda: sweep(len, effects=["Corupt"]), "expected one of Corrupt, "),  # type: ignore[arg-type]
    "transport": (lambda: connect(REGISTRY, transport="htps"), "expected one of https, http, "),  # type: ignore[arg-type]
    "option of a client": (
        lambda: ContainerRegistryContentClient("fake.azurecr.io", "a", retry_totl=1),
        "the options are retry_total, ",
    ),
    "dialect": (lambda: Dialect.like("dokcer"), "expected one of docker, "),
    "machine": (lambda: machine_for(REGISTRY.wsgi_app, machine="fault"), "expected one of faults, "),
    "property": (lambda: machine_for(REGISTRY.wsgi_app, known=["blob-absnt"]), "such as blob-absent, "),
    "step": (lambda: replay(REGISTRY.wsgi_app, [("list_tag", {})]), "a step, one of list_tags, "),
    "subject": (lambda: check_linearizable(REGISTRY.wsgi_app, subjects=["lock"]), "some of locks, "),  # type: ignore[list-item]
    "algorithm": (lambda: digests("sha521"), "expected one of sha512, sha256 "),  # type: ignore[arg-type]
}


@pytest.mark.parametrize(("call", "nearest"), CASES.values(), ids=CASES)
def test_nearest_name_comes_first(call: Callable[[], object], nearest: str) -> None:
    with pytest.raises((TypeError, ValueError)) as caught:
        call()

    assert nearest in str(caught.value)
