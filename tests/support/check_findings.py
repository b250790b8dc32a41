"""Findings of the harness: of a planted bug, and made by hand with hostile texts."""

from collections.abc import Sequence
from typing import Final

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.core.memory import MemoryRegistry
from pytest_acr.harness.findings import Finding, PropertyBroken, RawExchange, TakenStep
from pytest_acr.harness.messages import RawRequest, RawResponse
from pytest_acr.harness.properties.blobs import BLOB_GET
from pytest_acr.harness.replay import WrittenStep, replay

OPEN: Final = Settings(profile="oci", auth="off")

LOST_DELETE: Final[Sequence[WrittenStep]] = (
    ("push_blob", {"repository": 0, "content": 0, "algorithm": 0, "single": False}),
    ("delete_blob", {"repository": 0, "which": 0}),
)

HOSTILE: Final = "</pre><script>alert(1)</script>]]>\x1b[2J\x00\u202e&\"'`$(reboot)\n{{x}}\ud800"
"""What a registry could put into its responses."""

SECRET: Final = "c2VjcmV0LXBhc3N3b3Jk"


def plant_lost_delete(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make registries acknowledge that a blob is deleted, and keep it."""
    monkeypatch.setattr(MemoryRegistry, "delete_blob", lambda *_args, **_names: None)


def finding_of_lost_delete(property_id: str = "blob-absent") -> Finding:
    """Return what the harness finds while the bug is planted."""
    with pytest.raises(PropertyBroken) as broken:
        replay(FakeRegistry(OPEN).wsgi_app, LOST_DELETE, only=property_id)
    return broken.value.finding


def hostile_finding() -> Finding:
    """Return a finding whose every text has markup, terminal sequences or a secret in it."""
    request = RawRequest(
        "PUT",
        "/v2/registry-check/0a/blobs/uploads/1?_state=secret-state&digest=x",
        (("Authorization", f"Bearer {SECRET}"), ("X-Text", "a'b\"c$d`e")),
        b"@content\x00\xff",
    )
    text = HOSTILE.encode("utf-8", "backslashreplace")
    headers = (("X-Hostile", HOSTILE), ("Set-Cookie", SECRET), ("Location", HOSTILE))
    response = RawResponse(200, headers, text + b'{"access_token": "%s"}' % SECRET.encode())
    return Finding(
        property=BLOB_GET,
        expected=HOSTILE,
        found=HOSTILE,
        transcript=[RawExchange(request, response)],
        steps=[TakenStep("get_blob", {"repository": 0, "which": 0})],
        repositories=["registry-check/0a", "registry-check/0b"],
    )
