"""Actions: what exchanges were for in registry terms, and which of them succeeded."""

from typing import Any

import pytest

from fake_registry.journal.actions import ActionKind, action_of, actions_in
from tests.support.exchanges import (
    DIGEST,
    OTHER_DIGEST,
    blob_call,
    deletion,
    exchange_of,
    exchanges_of,
    login,
    manifest_call,
    pull,
    push,
)

Fields = dict[str, Any]  # Any: the fields' own types

ENCODED = DIGEST.replace(":", "%3A")
TAGGED = (("Docker-Content-Digest", DIGEST), ("OCI-Tag", "a"), ("oci-tag", "b, c"))
PROBE: Fields = {"status": 401, "failure": "no credentials"}


def summary_of(fields: Fields) -> tuple[object, ...] | None:
    """Return kind, tags, digest and source of the action, and whether it succeeded."""
    action = action_of(exchange_of(**fields))
    if action is None:
        return None
    return action.kind, action.tags, action.digest, action.source, action.succeeded


@pytest.mark.parametrize(
    ("fields", "kind", "tags", "digest"),
    [
        (push("web", "1.0"), ActionKind.PUSH, ("1.0",), DIGEST),
        (push("web", OTHER_DIGEST), ActionKind.PUSH, (), OTHER_DIGEST),
        (push("web", DIGEST, response_headers=TAGGED), ActionKind.PUSH, ("a", "b", "c"), DIGEST),
        (push("web", DIGEST, query="tag=a"), ActionKind.PUSH, (), DIGEST),
        (pull("web", "1.0"), ActionKind.PULL, ("1.0",), DIGEST),
        (pull("web", DIGEST), ActionKind.PULL, (), DIGEST),
        (blob_call("upload.finish", "web", f"digest={ENCODED}"), ActionKind.UPLOAD, (), DIGEST),
        (blob_call("upload.start", "web", f"digest={DIGEST}"), ActionKind.UPLOAD, (), DIGEST),
        (deletion("manifest.delete", "web", DIGEST), ActionKind.DELETION, (), DIGEST),
        (deletion("manifest.delete", "web", "1.0"), ActionKind.DELETION, ("1.0",), None),
        (deletion("blob.delete", "web", DIGEST), ActionKind.DELETION, (), DIGEST),
        (deletion("acr.tag.delete", "web", "1.0"), ActionKind.DELETION, ("1.0",), None),
        (deletion("acr.repository.delete", "web", None), ActionKind.DELETION, (), None),
        (deletion("blob.delete", "web", DIGEST, status=200), ActionKind.DELETION, (), DIGEST),
        (login(), ActionKind.LOGIN, (), None),
        (login(method="GET"), ActionKind.LOGIN, (), None),
    ],
)
def test_successful_action(fields: Fields, kind: ActionKind, tags: tuple[str, ...], digest: str | None) -> None:
    assert summary_of(fields) == (kind, tags, digest, None, True)


@pytest.mark.parametrize(
    ("query", "source"),
    [
        (f"mount={ENCODED}&from=dev%2Fbase", "dev/base"),
        (f"from=dev/base&mount={DIGEST}", "dev/base"),
        (f"mount={DIGEST}", None),
        (f"mount={DIGEST}&digest={OTHER_DIGEST}", None),
    ],
)
def test_mount(query: str, source: str | None) -> None:
    assert summary_of(blob_call("upload.start", "web", query)) == ((ActionKind.MOUNT, (), DIGEST, source, True))


@pytest.mark.parametrize(
    "fields",
    [
        push("web", "1.0", status=400),
        push("web", "1.0", status=401),
        push("web", "1.0", status=None),
        push("web", "1.0", status=200),
        pull("web", "1.0", status=304),
        pull("web", "1.0", status=404),
        blob_call("upload.start", "web", f"mount={DIGEST}", status=202),
        blob_call("upload.finish", "web", f"digest={DIGEST}", status=400),
        deletion("acr.tag.delete", "web", "1.0", status=404),
        deletion("acr.tag.delete", "web", "1.0", status=None),
        login(status=401),
        push("web", "1.0", status=401, request_headers=()),
    ],
)
def test_action_without_success(fields: Fields) -> None:
    found = summary_of(fields)
    assert found is not None
    assert found[-1] is False


@pytest.mark.parametrize(
    "fields",
    [
        push("web", "1.0", **PROBE),
        deletion("acr.tag.delete", "web", "1.0", **PROBE),
        manifest_call("manifest.head", "web", "1.0", method="HEAD"),
        blob_call("upload.start", "web", "", status=202),
        blob_call("upload.chunk", "web", "", status=202),
        {"endpoint": "blob.get"},
        {"endpoint": "oauth.exchange"},
        {"endpoint": None, "status": 404},
    ],
)
def test_exchange_that_is_no_action(fields: Fields) -> None:
    assert summary_of(fields) is None


def test_actions_are_selected_by_kind() -> None:
    exchanges = exchanges_of(login(), push("web", "1.0"), pull("web", "1.0"), login())

    assert [one.exchange.number for one in actions_in(exchanges)] == [0, 1, 2, 3]
    assert [one.exchange.number for one in actions_in(exchanges, ActionKind.LOGIN)] == [0, 3]
    assert [one.exchange.number for one in actions_in(exchanges, ActionKind.UPLOAD)] == []


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        (push("dev/web", "1.0"), "dev/web:1.0"),
        (push("web", DIGEST, response_headers=TAGGED), "web:a, web:b, web:c"),
        (pull("web", DIGEST), f"web@{DIGEST[:19]}"),
        (deletion("acr.repository.delete", "web", None), "web"),
        (login(), "fake.azurecr.io"),
    ],
)
def test_text_names_what_the_action_was_for(fields: Fields, text: str) -> None:
    assert str(action_of(exchange_of(**fields))) == text
