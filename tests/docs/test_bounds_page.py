"""docs/reference/bounds.md names every cache in the code, and has the bounds of today."""

import ast
import dataclasses
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from fake_registry.auth import minted
from fake_registry.auth.entra import _CLAIMS
from fake_registry.auth.scopes import _SCOPES
from fake_registry.control import limits, snapshots
from fake_registry.core import unfinished
from fake_registry.entra.journal import KEPT_REQUESTS
from fake_registry.http.faults import active, plan
from fake_registry.http.oauth import _EXCHANGES
from fake_registry.http.refusals import _refusal_without_credentials
from fake_registry.http.routing import _QUERIES, ROUTES
from fake_registry.journal import redaction
from fake_registry.settings import Settings
from fake_registry.spec.text_cache import LONGEST_KEY
from pytest_acr.harness import login, redirects, response_reader, trial, url_target
from pytest_acr.harness.check import options
from pytest_acr.harness.concurrency import targets
from tests.support.sources import nodes_of, tree_of

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "reference" / "bounds.md"

GROWING: Final = frozenset({"TextCache", "MintedTokens", "lru_cache", "deque", "OrderedDict", "WeakKeyDictionary"})
"""Classes and decorators of stores that grow by themselves."""

MIB: Final = 1024 * 1024


def text_of_page() -> str:
    return re.sub(r"\s+", " ", PAGE.read_text(encoding="utf-8"))


def modules_with_stores() -> Iterator[str]:
    """Yield the modules of `fake_registry` that make a store that grows."""
    package = ROOT / "fake_registry"
    for path in sorted(package.rglob("*.py")):
        if not any(word in path.read_text(encoding="utf-8") for word in GROWING):
            continue

        used = {_name_of(node) for node in nodes_of(tree_of(path)) if isinstance(node, ast.Call | ast.FunctionDef)}
        if used & GROWING:
            yield path.relative_to(package).as_posix()


def _name_of(node: ast.AST) -> str:
    """Return the name of a called class, or of a function's decorator."""
    if isinstance(node, ast.Call):
        return ast.unparse(node.func).partition("[")[0]
    decorators = getattr(node, "decorator_list", [])
    return ast.unparse(decorators[0]).partition("(")[0] if decorators else ""


@pytest.mark.parametrize("module", list(modules_with_stores()))
def test_module_with_a_store_is_on_the_page(module: str) -> None:
    makers = {"auth/tokens.py": "auth/minted.py", "entra/journal.py": "entra/journal.py"}
    assert f"`{makers.get(module, module)}`" in text_of_page(), (
        f"docs/reference/bounds.md does not name {module}: add its store"
    )


def test_modules_of_the_page_exist() -> None:
    named = re.findall(r"`([a-z0-9_/]+\.py)`", text_of_page())
    assert [name for name in named if not (ROOT / "fake_registry" / name).is_file()] == []


def test_settings_of_the_page_have_their_defaults() -> None:
    page, settings = text_of_page(), Settings()
    named = {field.name for field in dataclasses.fields(Settings) if f"`{field.name}`" in page}

    assert named == {
        "max_unfinished_bytes",
        "upload_lifetime",
        "max_recorded_bytes",
        "max_recorded_requests",
        "max_snapshot_bytes",
    }
    assert f"{settings.max_unfinished_bytes // 1024**3} GiB together" in page
    assert (settings.upload_lifetime, "a week without a chunk" in page) == (timedelta(weeks=1), True)
    assert f"{settings.max_recorded_bytes // MIB} MiB, and {settings.max_recorded_requests:,} requests" in page
    assert f"{settings.max_snapshot_bytes // MIB} MiB of content together" in page


@pytest.mark.parametrize(
    "bound",
    [
        f"{unfinished.BYTES_OF_UPLOAD // 1024} KiB for each upload",
        f"{unfinished.BYTES_OF_PIECE} bytes for each piece",
        f"Texts of failures have {redaction.KEPT_REASON:,} characters",
        f"{minted.KEPT_TOKENS:,} tokens of {minted.KEPT_CHARACTERS:,} characters together",
        f"{ROUTES._entries:,} paths of {LONGEST_KEY} characters",
        f"A key has at most {LONGEST_KEY} characters",
        f"queries of requests, of at most {_QUERIES._longest} characters | {_QUERIES._entries} queries",
        f"forms of exchanges, of at most {_EXCHANGES._longest:,} characters | {_EXCHANGES._entries} forms",
        f"{_refusal_without_credentials.cache_parameters()['maxsize']} answers for hosts of {LONGEST_KEY} characters",
        f"scopes that logins request | {_SCOPES._entries} texts",
        f"of at most {_CLAIMS._longest:,} characters | {_CLAIMS._entries} tokens",
        f"{snapshots.MAX_SNAPSHOTS} snapshots",
        f"{limits.MAX_FAULTS:,} faults",
        f"{active.MAX_TARGETS:,} targets for each fault",
        f"{plan.MAX_ENDED} faults",
        f"{limits.MAX_ROLES:,} roles",
        f"{limits.MAX_WAITS:,} waits of {limits.MAX_WAIT_SECONDS} seconds and streams together",
        f"{limits.MAX_TOKENS:,} tokens, names of {limits.MAX_ACCOUNT_NAME} characters",
        f"{KEPT_REQUESTS:,} requests, texts of {redaction.KEPT_CHARACTERS} characters",
        f"{url_target.MAX_BODY_BYTES // MIB} MiB; in a check of",
        f"concurrent requests {targets.MAX_BODY_BYTES // MIB} MiB",
        f"{response_reader.MAX_HEAD_BYTES:,} bytes each",
        f"| {url_target.TIMEOUT_SECONDS:.0f} seconds | `--timeout`",
        f"| redirects of a request | {redirects.MAX_REDIRECTS} |",
        f"| connections at a time | {url_target.MAX_CONNECTIONS} |",
        f"| body of a response that a transcript keeps | {trial.MAX_KEPT_BYTES:,} bytes |",
        f"those of {login._MAX_SCOPES} scopes",
        f"| time of a run | {options.DEFAULT_MAX_SECONDS:.0f} seconds",
    ],
)
def test_bound_of_the_code_is_on_the_page(bound: str) -> None:
    assert bound in text_of_page()


def test_page_is_linked() -> None:
    assert "docs/reference/bounds.md" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert "(../reference/bounds.md)" in (ROOT / "docs" / "how-to" / "control-api.md").read_text(encoding="utf-8")
