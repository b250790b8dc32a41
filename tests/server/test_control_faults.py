"""Faults through the control API: documents, and the list of faults in force."""

from typing import Any

import pytest
from werkzeug.test import Client

from fake_registry import Corrupt, Disconnect, FakeRegistry, Fault, Refuse, Truncate
from fake_registry.control.fault_json import FAULTS
from fake_registry.http.faults import EFFECTS
from tests.server.control_client import Document, error_of, json_of

REFUSE: dict[str, Any] = {"endpoint": "base", "effect": {"name": "Refuse", "status": 429}}  # Any: JSON


def test_fault_is_put_in_force_and_counts_its_hits(registry: FakeRegistry, client: Client) -> None:
    added = client.post("/_fake/faults", json={**REFUSE, "skip": 1, "times": 1})
    effect = {
        "name": "Refuse",
        "status": 429,
        "code": None,
        "message": None,
        "retry_after": None,
        "body": None,
        "content_type": None,
    }
    fault: Document = {
        "endpoint": "base",
        "effect": effect,
        "when": "before",
        "skip": 1,
        "times": 1,
        "repository": None,
        "reference": None,
        "probability": None,
        "seed": None,
        "optional": False,
    }
    assert (added.status_code, added.json) == (201, {"id": "1", **fault, "hits": 0, "idle_hits": 0})
    assert [client.get("/v2/").status_code for _ in range(3)] == [200, 429, 200]
    assert client.get("/_fake/faults/1").json == {"id": "1", **fault, "hits": 1, "idle_hits": 0}
    assert client.get("/_fake/faults").json == {"faults": [{"id": "1", **fault, "hits": 1, "idle_hits": 0}]}


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        (REFUSE, Fault("base", Refuse(status=429))),
        (
            {"endpoint": "*", "effect": {"name": "Refuse", "code": "TOOMANYREQUESTS", "retry_after": 3}, "times": None},
            Fault("*", Refuse(code="TOOMANYREQUESTS", retry_after=3)),
        ),
        (
            {"endpoint": "upload.*", "effect": {"name": "Disconnect"}, "when": "after", "skip": 2, "repository": "a/b"},
            Fault("upload.*", Disconnect(), when="after", skip=2, repository="a/b"),
        ),
        ({"endpoint": "blob.get", "effect": {"name": "Truncate", "size": 0}}, Fault("blob.get", Truncate(0))),
        ({"endpoint": "*.get", "effect": {"name": "Refuse"}}, Fault("*.get", Refuse())),
        ({"endpoint": "blob.get", "effect": {"name": "Corrupt"}}, Fault("blob.get", Corrupt())),
    ],
)
def test_fault_has_the_fields_of_its_document(document: Document, fault: Fault) -> None:
    assert FAULTS.decode(document) == fault


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({}, "expected endpoint, found none"),
        ({"endpoint": "base"}, "expected effect, found none"),
        ({"endpoint": 1, "effect": {"name": "Disconnect"}}, "expected endpoint to be a string, found an integer"),
        ({**REFUSE, "endpoint": "bass"}, "there is no endpoint 'bass'; the endpoints are base, blob.get,"),
        ({**REFUSE, "effect": 1}, "expected effect to be a name or an object, found an integer"),
        ({**REFUSE, "effect": {"status": 503}}, "effect: expected name, found none"),
        (
            {**REFUSE, "effect": {"name": "Refused"}},
            f"expected one of {', '.join(effect.__name__ for effect in EFFECTS)}, found 'Refused'",
        ),
        ({**REFUSE, "effect": {"name": "Refuse", "state": 1}}, "Refuse: expected one of status, code, message, retry_"),
        ({**REFUSE, "effect": {"name": "Refuse", "status": 200}}, "expected status from 400 to 599, found 200"),
        (
            {**REFUSE, "effect": {"name": "Refuse", "status": "503"}},
            "Refuse: expected status to be an integer, found a string",
        ),
        (
            {**REFUSE, "effect": {"name": "Refuse", "retry_after": True}},
            "expected retry_after to be an integer or null, found a boolean",
        ),
        ({**REFUSE, "effect": {"name": "Refuse", "default_when": "after"}}, "found 'default_when'"),
        ({**REFUSE, "effect": {"name": "Truncate"}}, "Truncate: expected size, found none"),
        ({**REFUSE, "effect": {"name": "Disconnect", "size": 1}}, "Disconnect: expected how, found 'size'"),
        ({**REFUSE, "when": "later"}, "when: expected one of after, before, door, null, found 'later'"),
        ({**REFUSE, "skip": -1}, "skip: expected at least 0, found -1"),
        ({**REFUSE, "skip": 1.5}, "expected skip to be an integer, found a number"),
        ({**REFUSE, "times": 0}, "times: expected at least 1, found 0"),
        ({**REFUSE, "repository": "UP"}, "repository: expected lower-case parts separated by slashes, found 'UP'"),
        ({**REFUSE, "repository": "a*" * 128}, "repository: expected at most 255 characters, found 256"),
        ({**REFUSE, "repository": ""}, "repository: expected"),
        ({**REFUSE, "endpoint": ""}, "there is no endpoint ''"),
        ({**REFUSE, "endpoint": "*.nothing"}, "there is no endpoint '*.nothing'"),
        ({**REFUSE, "endpoint": "[a-z]" * 60}, "endpoint: expected at most 200 characters, found 300"),
        ({**REFUSE, "skip": 2**63}, "expected skip to have at most 64 bits, found a larger integer"),
        ({**REFUSE, "times": 10**400}, "expected times to have at most 64 bits, found a larger integer"),
        (
            {**REFUSE, "effect": {"name": "Refuse", "retry_after": -(10**400)}},
            "Refuse: expected retry_after to have at most 64 bits, found a larger integer",
        ),
        ({**REFUSE, "repository": "a" * 256}, "repository: expected at most 255 characters, found 'aaa"),
        ({**REFUSE, "repository": 1}, "expected repository to be a string or null, found an integer"),
        ({**REFUSE, "reference": "a" * 256}, "reference: expected at most 255 characters, found 256"),
        ({**REFUSE, "where": None}, "expected one of when, endpoint, skip, times, repository, reference, "),
        ({**REFUSE, "time": 1}, "probability, seed, optional, effect, found 'time'"),
    ],
)
def test_invalid_fault_is_refused(registry: FakeRegistry, client: Client, document: Document, message: str) -> None:
    refused = client.post("/_fake/faults", json=document)
    assert refused.status_code == 400
    assert message in error_of(refused)
    assert len(registry.faults) == 0


@pytest.mark.parametrize("name", ["Refuse", "refuse", "REFUSE", "rEfUsE", "re_fuse", "Re-fuse"])
def test_name_of_an_effect_has_any_case(name: str) -> None:
    assert FAULTS.decode({"endpoint": "base", "effect": {"name": name, "status": 429}}) == Fault("base", Refuse(429))
    assert FAULTS.decode({"endpoint": "base", "effect": name}) == Fault("base", Refuse())


@pytest.mark.parametrize(
    ("effect", "message"),
    [
        ("refuze", "effect: expected one of Refuse, "),
        ("TRUNKATE", "effect: expected one of Truncate, "),
        ({"name": "disconect"}, "effect: expected one of Disconnect, "),
        ("truncate", "Truncate: expected size, found none"),
        ({"name": "truncate", "sise": 1}, "Truncate: expected size, found 'sise'"),
        ({"name": "refuse", "stat": 1}, "Refuse: expected one of status, "),
    ],
)
def test_misspelt_name_is_refused_with_the_nearest_first(client: Client, effect: object, message: str) -> None:
    refused = client.post("/_fake/faults", json={"endpoint": "base", "effect": effect})
    assert (refused.status_code, error_of(refused)[: len(message)]) == (400, message)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity"])
def test_number_that_is_not_finite_is_refused(client: Client, number: str) -> None:
    body = '{"endpoint": "base", "effect": "refuse", "probability": NUMBER}'.replace("NUMBER", number)
    refused = client.post("/_fake/faults", data=body, content_type="application/json")
    assert (refused.status_code, error_of(refused)[:13]) == (400, "expected JSON")


def test_schema_of_faults_is_served(registry: FakeRegistry, client: Client) -> None:
    schema = json_of(client.get("/_fake/faults/schema"))
    assert schema["$defs"]["ForgetUpload"]["x-group"] == "uploads"
    types = schema["$defs"]

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert list(types["Fault"]["properties"]) == [
        "endpoint",
        "when",
        "skip",
        "times",
        "repository",
        "reference",
        "probability",
        "seed",
        "optional",
        "effect",
    ]
    assert set(types) == {"Fault", *(effect.__name__ for effect in EFFECTS)}
    assert types["Truncate"]["required"] == ["name", "size"]
    assert error_of(client.get("/_fake/faults/scheme")) == "there is no fault 'scheme' in force; there are none"


def test_faults_are_removed_one_by_one_or_all(registry: FakeRegistry, client: Client) -> None:
    for _ in range(3):
        client.post("/_fake/faults", json=REFUSE)
    assert client.delete("/_fake/faults/2").status_code == 204
    assert [fault["id"] for fault in json_of(client.get("/_fake/faults"))["faults"]] == ["1", "3"]
    gone = client.delete("/_fake/faults/2")
    assert (gone.status_code, error_of(gone)) == (404, "there is no fault '2' in force; there are 1, 3")
    assert client.delete("/_fake/faults").status_code == 204
    assert len(registry.faults) == 0
    assert error_of(client.get("/_fake/faults/1")) == "there is no fault '1' in force; there are none"


def test_fault_that_python_added_is_listed_and_can_be_removed(registry: FakeRegistry, client: Client) -> None:
    class Odd(Disconnect):
        """An effect without a JSON form."""

    registry.faults.add(Fault("base", Odd()))
    [listed] = json_of(client.get("/_fake/faults"))["faults"]
    assert listed["effect"] == {"name": "Odd"}
    assert client.delete(f"/_fake/faults/{listed['id']}").status_code == 204
    assert len(registry.faults) == 0
