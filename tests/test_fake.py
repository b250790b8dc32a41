"""`FakeRegistry`: snapshot, reset, entropy and certificates."""

import gc
import random
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from fake_registry import FakeRegistry, Fault, ManualClock, Refuse, Settings
from fake_registry.http.routing import ROUTES
from fake_registry.server.tls import Certificates
from tests.support.http import HOST, START_NS, begin, everything, put_image, registry_of, send
from tests.support.logins import entra_token, log_in, post_form, token_for

EMPTY = registry_of().snapshot()
PULL = "repository:samples/hello:pull"


def exchange_status(registry: FakeRegistry, oid: str) -> int:
    """Return the status of the exchange of a principal's Entra token."""
    form = {"grant_type": "access_token", "service": HOST, "access_token": entra_token(oid=oid)}
    return post_form(registry, "/oauth2/exchange", **form).status


def access_of(registry: FakeRegistry) -> dict[str, bool]:
    """Return which of two principals get a token."""
    statuses = {oid: exchange_status(registry, oid) for oid in ("alice", "bob")}
    assert set(statuses.values()) <= {200, 401}
    return {oid: status == 200 for oid, status in statuses.items()}


def test_reset_empties_the_caches_of_tokens_and_routes() -> None:
    registry = registry_of(auth="token")
    token = token_for(registry, log_in(registry), PULL)
    issuer = registry._authority._issuer
    kept = len(issuer._minted), len(ROUTES) > 0
    registry.reset()

    assert (kept, len(issuer._minted), len(ROUTES)) == ((2, True), 0, 0)
    assert issuer.verify_access_token(token, service=HOST, now=registry.clock.now()).access


def used_registry() -> FakeRegistry:
    """Return a registry with some of everything: content, an upload, a role, a fault and recorded requests."""
    registry = registry_of()
    put_image(registry, "samples/hello", "v1")
    begin(registry, "samples/hello", b"four")
    registry.grant("alice", "AcrPull")
    registry.faults.add(Fault("manifest.*", Refuse()))
    return registry


class TestSnapshot:
    """Content and roles are restored; faults and recorded requests stay."""

    def test_roles_are_restored_after_a_reset(self) -> None:
        registry = registry_of(auth="token")
        registry.grant("alice", "AcrPull")
        snapshot = registry.snapshot()
        registry.reset()
        registry.grant("bob", "AcrPush")
        since = access_of(registry)
        registry.restore(snapshot)

        assert since == {"alice": False, "bob": True}
        assert access_of(registry) == {"alice": True, "bob": False}

    def test_roles_granted_after_the_snapshot_are_removed(self) -> None:
        registry = registry_of(auth="token")
        registry.grant("alice", "AcrPull")
        snapshot = registry.snapshot()
        found = []
        for _ in range(2):
            registry.grant("bob", "AcrPull")
            registry.restore(snapshot)
            found.append(access_of(registry))

        assert found == [{"alice": True, "bob": False}] * 2

    def test_snapshot_without_roles_lets_every_principal_in(self) -> None:
        registry = registry_of(auth="token")
        snapshot = registry.snapshot()
        registry.grant("alice", "AcrPull")
        since = access_of(registry)
        registry.restore(snapshot)

        assert since == {"alice": True, "bob": False}
        assert access_of(registry) == {"alice": True, "bob": True}

    def test_content_is_restored(self) -> None:
        registry = registry_of()
        put_image(registry, "samples/hello", "v1")
        before, snapshot = everything(registry), registry.snapshot()
        put_image(registry, "other", "v2")
        since = everything(registry)
        registry.restore(snapshot)

        assert (everything(registry), since == before) == (before, False)

    def test_restores_content_and_roles_in_another_registry(self) -> None:
        source, target = registry_of(auth="token"), registry_of(auth="token")
        source.grant("alice", "AcrPull")
        target.restore(source.snapshot())

        assert access_of(target) == {"alice": True, "bob": False}

    def test_keeps_faults_and_requests(self) -> None:
        registry = used_registry()
        faults, recorded = list(registry.faults), list(registry.requests)
        registry.restore(registry_of().snapshot())

        assert (list(registry.faults), list(registry.requests)) == (faults, recorded)


class TestReset:
    """Everything is removed; the clock keeps its time."""

    def test_forgets_content_uploads_and_roles(self) -> None:
        registry = used_registry()
        before = registry.snapshot()
        registry.reset()

        assert (registry.snapshot(), before == EMPTY) == (EMPTY, False)

    def test_lets_every_principal_in(self) -> None:
        registry = registry_of(auth="token")
        registry.grant("alice", "AcrPull")
        registry.reset()

        assert access_of(registry) == {"alice": True, "bob": True}

    def test_forgets_faults(self) -> None:
        registry = used_registry()
        registry.reset()

        put_image(registry, "samples/hello", "v1")
        assert (len(registry.faults), registry.requests[-1].faults) == (0, ())

    def test_forgets_requests_and_counts_from_0(self) -> None:
        registry = used_registry()
        registry.reset()
        left = list(registry.requests)
        exchange_status(registry, "alice")

        assert (left, [exchange.number for exchange in registry.requests]) == ([], [0])

    def test_keeps_the_time_of_the_clock(self) -> None:
        clock = ManualClock(START_NS)
        registry = FakeRegistry(clock=clock)
        clock.advance(60)
        registry.reset()

        assert clock.now() > START_NS + 60 * 1_000_000_000


class TestEntropy:
    """Keys and ids are made of `entropy`."""

    def test_same_entropy_makes_the_same_upload_ids(self) -> None:
        first, second = (_start_uploads(random.Random(0).randbytes) for _ in range(2))

        assert first == second
        assert len(set(first)) == len(first)

    def test_other_entropy_makes_other_upload_ids(self) -> None:
        assert not set(_start_uploads(random.Random(0).randbytes)) & set(_start_uploads(random.Random(1).randbytes))

    def test_default_entropy_differs_between_registries(self) -> None:
        first, second = (begin(FakeRegistry(Settings(auth="off")), "samples/hello") for _ in range(2))

        assert first != second

    @pytest.mark.parametrize("read", [b"", b"x", bytes(33)], ids=len)
    def test_entropy_of_another_size_is_refused(self, read: bytes) -> None:
        with pytest.raises(ValueError, match=r"^entropy\(32\): expected 32 bytes, found "):
            FakeRegistry(entropy=lambda size: read)

    def test_same_entropy_makes_the_same_keys(self) -> None:
        """A registry of the same entropy accepts the token; one of other entropy refuses it."""
        registry, twin, stranger = (
            FakeRegistry(clock=ManualClock(START_NS), entropy=random.Random(seed).randbytes) for seed in (0, 0, 1)
        )
        refresh = log_in(registry, oid="alice")
        token_for(twin, refresh, PULL)
        form = {"grant_type": "refresh_token", "service": HOST, "refresh_token": refresh, "scope": PULL}

        assert post_form(stranger, "/oauth2/token", **form).status == 401


class TestContextManager:
    """The end of the block closes the registry."""

    def test_removes_the_content(self) -> None:
        registry = used_registry()
        with registry as entered:
            inside = registry.snapshot()

        assert (entered is registry, inside == EMPTY, registry.snapshot()) == (True, False, EMPTY)

    def test_removes_content_and_faults_after_an_error(self) -> None:
        registry = used_registry()
        with pytest.raises(RuntimeError, match="the block's own"), registry:
            raise RuntimeError("the block's own")

        assert (registry.snapshot(), len(registry.faults)) == (EMPTY, 0)

    @pytest.mark.parametrize("fails", [True, False])
    def test_content_at_its_end_is_kept_for_the_report(self, *, fails: bool) -> None:
        registry = used_registry()
        tree, faults = str(registry.tree()), tuple(registry.faults)
        with suppress(RuntimeError), registry:
            if fails:
                raise RuntimeError

        assert registry.ended_block is not None
        assert (str(registry.ended_block[0]), registry.ended_block[1]) == (tree, faults)

        registry.reset()
        assert registry.ended_block is None

    def test_requests_stay_readable(self) -> None:
        registry = used_registry()
        before = list(registry.requests)
        with registry:
            pass

        assert before
        assert list(registry.requests) == before


class TestServe:
    """TLS with given certificates, or with its own."""

    def test_uses_the_given_certificates(self, tmp_path: Path) -> None:
        certificates = Certificates.generate()
        trusted = certificates.write_ca(tmp_path / "ca.pem")

        with FakeRegistry() as one, FakeRegistry() as other:
            assert [_status(registry, certificates, trusted) for registry in (one, other)] == [401, 401]

    def test_makes_its_own_ca(self, tmp_path: Path) -> None:
        with FakeRegistry() as registry, registry.serve(tls=True) as server, requests.Session() as session:
            assert server.ca_file is not None
            assert session.get(f"{server.url}/v2/", verify=str(server.ca_file)).status_code == 401
            assert Certificates.generate().ca_pem != server.ca_file.read_bytes()

    def test_serves_plain_http_without_tls(self) -> None:
        with FakeRegistry() as registry, registry.serve() as server, requests.Session() as session:
            assert (server.url.partition("://")[0], server.ca_file) == ("http", None)
            assert session.get(f"{server.url}/v2/").status_code == 401

    def test_time_limits_are_those_of_the_server(self) -> None:
        with FakeRegistry() as registry:
            for name in ("idle", "head", "drain"):
                limit: Any = {f"{name}_seconds": 0}  # Any: a wrong value of each
                with pytest.raises(ValueError, match=f"^expected {name}_seconds to be above 0"):
                    registry.serve(**limit)


def _start_uploads(entropy: Callable[[int], bytes]) -> list[str]:
    """Return the Locations of three uploads: their ids and their state, signed with the key."""
    registry = FakeRegistry(Settings(auth="off"), clock=ManualClock(START_NS), entropy=entropy)
    return [begin(registry, "samples/hello") for _ in range(3)]


def _status(registry: FakeRegistry, certificates: Certificates, trusted: Path) -> int:
    """Return the status for a client that trusts only `trusted`."""
    with registry.serve(tls=certificates) as server, requests.Session() as session:
        return session.get(f"{server.url}/v2/", verify=str(trusted)).status_code


def test_registry_is_freed_without_the_garbage_collector() -> None:
    """Its content may be large."""
    gc.disable()
    try:
        registry = registry_of()
        send(registry, "GET", "/v2/")
        kept = len(registry.requests), weakref.ref(registry)
        del registry
        assert (kept[0], kept[1]()) == (1, None)
    finally:
        gc.enable()
