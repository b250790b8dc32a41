"""Which calls faults strike, how long, in which order, and which faults are refused."""

from typing import get_args

import pytest

from fake_registry import FakeRegistry
from fake_registry.http.faults import Corrupt, Disconnect, DropHeader, Effect, Fault, Refuse, Truncate, When
from fake_registry.spec.endpoints import NAMES
from tests.support.http import (
    HOST,
    IMAGE,
    IMAGE_DIGEST,
    LAYER,
    OCI_MANIFEST,
    HttpAnswer,
    answer,
    error_answer,
    json_answer,
    pull_layer,
    registry_of,
    send,
)
from tests.support.logins import basic, bearer, log_in, token_for

UNAVAILABLE = error_answer(503, "UNAVAILABLE", "service unavailable")
TAGS = "/v2/samples/hello/tags/list"
MOMENTS: tuple[When, ...] = get_args(When)


def _put(registry: FakeRegistry, reference: str = "v1") -> HttpAnswer:
    return send(registry, "PUT", f"/v2/samples/hello/manifests/{reference}", IMAGE, {"Content-Type": OCI_MANIFEST})


class TestCounting:
    """Which calls are struck."""

    def test_counts_cannot_be_changed_through_an_active_fault(self, ready: FakeRegistry) -> None:
        active = ready.faults.add(Fault("base", Refuse()))

        assert [name for name in dir(active) if not name.startswith("_")] == [
            "fault",
            "hits",
            "idle_hits",
            "idle_reason",
            "problem",
            "remove",
            "seed",
        ]
        with pytest.raises(AttributeError):
            active.hits = 1  # type: ignore[misc]

    def _statuses(self, registry: FakeRegistry, calls: int = 5) -> list[int]:
        return [send(registry, "GET", TAGS).status for _ in range(calls)]

    @pytest.mark.parametrize(
        ("skip", "times", "struck"),
        [
            (0, None, [1, 1, 1, 1, 1]),
            (0, 1, [1, 0, 0, 0, 0]),
            (2, None, [0, 0, 1, 1, 1]),
            (1, 2, [0, 1, 1, 0, 0]),
            (5, None, [0, 0, 0, 0, 0]),
        ],
    )
    def test_skip_and_times(self, ready: FakeRegistry, skip: int, times: int | None, struck: list[int]) -> None:
        _put(ready)
        fault = ready.faults.add(Fault("tags.list", Refuse(), skip=skip, times=times))

        assert self._statuses(ready) == [503 if one else 200 for one in struck]
        assert fault.hits == sum(struck)

    @pytest.mark.parametrize(
        ("pattern", "status"),
        [("tags.list", 503), ("tags.*", 503), ("*", 503), ("*.list", 503), ("[st]ags.list", 503), ("acr.*", 200)],
    )
    def test_patterns(self, ready: FakeRegistry, pattern: str, status: int) -> None:
        _put(ready)
        ready.faults.add(Fault(pattern, Refuse()))

        assert self._statuses(ready, 1) == [status]

    def test_one_repository(self, ready: FakeRegistry) -> None:
        _put(ready)
        fault = ready.faults.add(Fault("*", Refuse(), repository="samples/other"))

        assert send(ready, "GET", TAGS).status == 200
        assert send(ready, "GET", "/v2/samples/other/tags/list") == UNAVAILABLE
        assert send(ready, "GET", "/v2/_catalog").status == 200
        assert fault.hits == 1

    def test_request_without_an_endpoint_is_not_counted(self, ready: FakeRegistry) -> None:
        fault = ready.faults.add(Fault("*", Refuse(), when="door"))

        assert send(ready, "GET", "/nowhere").status == 404
        assert send(ready, "BREW", "/v2/").status == 405
        assert send(ready, "GET", "/v2/UPPER/tags/list").status in (400, 404)
        assert fault.hits == 0

    @pytest.mark.parametrize(("when", "hits"), [("door", 2), ("before", 1), ("after", 1)])
    def test_call_without_a_token_is_struck_by_faults_at_the_door_alone(self, when: When, hits: int) -> None:
        registry = registry_of(auth="token")
        token = token_for(registry, log_in(registry), "repository:samples/hello:metadata_read")
        fault = registry.faults.add(Fault("tags.list", Refuse(), when=when))

        probe = send(registry, "GET", TAGS)
        call = send(registry, "GET", TAGS, headers=bearer(token))

        assert (probe.status, call.status, fault.hits) == (503 if when == "door" else 401, 503, hits)

    def test_a_call_that_is_refused_is_done_as_well(self, either: FakeRegistry) -> None:
        """`after` strikes the answer whatever it is: the registry has looked at the call."""
        fault = either.faults.add(Fault("tags.list", Refuse(), when="after"))

        assert send(either, "GET", TAGS) == UNAVAILABLE
        assert fault.hits == 1

    def test_login_and_storage_have_names_too(self) -> None:
        registry = registry_of(auth="token", admin_user="fake", admin_password="x")
        registry.faults.add(Fault("oauth.*", Refuse(status=500)))

        found = send(registry, "GET", f"/oauth2/token?service={HOST}", headers=basic("fake", "x"))

        error = {"code": "UNAVAILABLE", "message": "internal server error"}
        assert (found.status, found.json) == (500, {"errors": [error]})


class TestInForce:
    """From `add` to the end."""

    def test_it_ends_with_the_block(self, ready: FakeRegistry) -> None:
        with ready.faults.add(Fault("base", Refuse())) as fault:
            assert send(ready, "GET", "/v2/").status == 503
        assert send(ready, "GET", "/v2/").status == 200
        assert (fault.hits, len(ready.faults)) == (1, 0)

    def test_it_ends_with_a_block_that_fails(self, ready: FakeRegistry) -> None:
        with pytest.raises(KeyError), ready.faults.add(Fault("base", Refuse())):
            raise KeyError

        assert len(ready.faults) == 0

    def test_removing_twice_does_no_harm(self, ready: FakeRegistry) -> None:
        fault = ready.faults.add(Fault("base", Refuse()))
        other = ready.faults.add(Fault("base", Refuse()))
        fault.remove()
        fault.remove()

        assert list(ready.faults) == [other]

    def test_clear_ends_all(self, ready: FakeRegistry) -> None:
        ready.faults.add(Fault("base", Refuse()))
        ready.faults.add(Fault("*", Disconnect()))
        ready.faults.clear()

        assert send(ready, "GET", "/v2/").status == 200

    def test_clear_leaves_a_fault_apart_from_the_plan(self, ready: FakeRegistry) -> None:
        apart = ready.faults.add_apart(Fault("base", Refuse()))
        assert (len(ready.faults), list(ready.faults)) == (0, [])

        ready.faults.clear()
        ready.reset()
        assert send(ready, "GET", "/v2/").status == 503

        apart.remove()
        assert send(ready, "GET", "/v2/").status == 200

    def test_fault_apart_from_the_plan_ends_with_the_registry(self, ready: FakeRegistry) -> None:
        ready.faults.add_apart(Fault("base", Refuse()))
        ready.close()
        assert not ready.faults.active

    def test_fault_apart_from_the_plan_changes_no_seed(self, ready: FakeRegistry) -> None:
        drawn = Fault("base", Refuse(), probability=0.5)
        seed = ready.faults.add(drawn).seed

        other = FakeRegistry(ready.settings)
        other.faults.add_apart(Fault("blob.get", Refuse()))
        assert other.faults.add(drawn).seed == seed

    def test_one_fault_added_twice_counts_twice(self, ready: FakeRegistry) -> None:
        fault = Fault("base", Refuse(), times=1)
        first, second = ready.faults.add(fault), ready.faults.add(fault)

        assert [send(ready, "GET", "/v2/").status for _ in range(3)] == [503, 503, 200]
        assert (first.hits, second.hits) == (1, 1)

    def test_call_that_one_fault_answers_is_no_hit_of_the_next(self, ready: FakeRegistry) -> None:
        first = ready.faults.add(Fault("base", Refuse(status=500), times=1))
        second = ready.faults.add(Fault("base", Refuse(status=502), times=1))

        assert send(ready, "GET", "/v2/").status == 500
        assert (first.hits, second.hits) == (1, 0)

    def test_first_fault_with_an_answer_decides(self, ready: FakeRegistry) -> None:
        ready.faults.add(Fault("base", Refuse(status=500), times=1))
        ready.faults.add(Fault("base", Refuse(status=502), skip=1))

        assert [send(ready, "GET", "/v2/").status for _ in range(3)] == [500, 502, 502]

    def test_moments_come_in_their_order(self, ready: FakeRegistry) -> None:
        ready.faults.add(Fault("base", Refuse(status=502), when="after", times=1))
        ready.faults.add(Fault("base", Refuse(status=501), when="before", times=1))
        ready.faults.add(Fault("base", Refuse(status=500), when="door", times=1))

        assert [send(ready, "GET", "/v2/").status for _ in range(4)] == [500, 501, 502, 200]

    def test_effects_add_up_in_the_order_they_were_added(self, ready: FakeRegistry, download: str) -> None:
        ready.faults.add(Fault(download, Corrupt(0)))
        ready.faults.add(Fault(download, Corrupt(1)))
        ready.faults.add(Fault(download, Corrupt(0)))

        assert pull_layer(ready).body == LAYER[:1] + bytes([LAYER[1] ^ 0xFF]) + LAYER[2:]
        (struck,) = ready.requests.where(endpoint=download)
        assert struck.faults == (
            "Corrupt(offset=0)",
            "Corrupt(offset=1)",
            "Corrupt(offset=0)",
        )

    def test_text_of_a_fault_in_force_names_the_fault_and_its_hits(self, ready: FakeRegistry) -> None:
        fault = ready.faults.add(Fault("base", Truncate(3)))
        send(ready, "HEAD", "/v2/")

        assert repr(fault) == "<ActiveFault Truncate(size=3) at base, 1 hit>"


class TestMistakes:
    """A fault that could never strike raises at once."""

    @pytest.mark.parametrize("endpoint", ["upload.chunks", "", "uploads.*", "/v2/", "Base"])
    def test_an_unknown_endpoint_names_the_known_ones(self, endpoint: str) -> None:
        with pytest.raises(ValueError, match="there is no endpoint") as raised:
            Fault(endpoint, Refuse())

        start, _, known = str(raised.value).partition("; the endpoints are ")
        assert start == f"there is no endpoint {endpoint!r}"
        assert sorted(known.split(", ")) == sorted(NAMES)

    @pytest.mark.parametrize("name", ["Refuze", "refuse", "REFUSE"])
    def test_name_of_an_effect_is_refused_with_the_nearest_first(self, name: str) -> None:
        with pytest.raises(TypeError, match=r"^effect: expected an effect such as Refuse, Throttle, .*, found str$"):
            Fault("base", name)  # type: ignore[arg-type]  # the mistake

    @pytest.mark.parametrize("name", ["drop_header", "DropHeaders"])
    def test_nearest_effect_is_not_the_first_of_all(self, name: str) -> None:
        with pytest.raises(TypeError, match=r"^effect: expected an effect such as DropHeader, "):
            Fault("base", name)  # type: ignore[arg-type]  # the mistake

    def test_an_unknown_moment(self) -> None:
        with pytest.raises(ValueError, match=r"^when: expected one of after, door, before or None, found 'later'$"):
            Fault("base", Refuse(), when="later")  # type: ignore[arg-type]  # the mistake

    @pytest.mark.parametrize("when", ["door", "before"])
    def test_moment_at_which_the_effect_cannot_act(self, when: When) -> None:
        expected = f"^DropHeader cannot act at {when!r}; it acts at after$"
        with pytest.raises(ValueError, match=expected):
            Fault("base", DropHeader("Date"), when=when)

    @pytest.mark.parametrize(
        ("skip", "times", "expected"),
        [
            (-1, None, "skip: expected at least 0, found -1"),
            (0, 0, "times: expected at least 1, found 0"),
            (0, -1, "times: expected at least 1, found -1"),
        ],
    )
    def test_an_impossible_count(self, skip: int, times: int | None, expected: str) -> None:
        with pytest.raises(ValueError, match=f"^{expected}$"):
            Fault("base", Refuse(), skip=skip, times=times)

    def test_a_pattern_of_repositories_that_is_too_long(self) -> None:
        with pytest.raises(ValueError, match=r"^repository: expected at most 255 characters, found 256$"):
            Fault("tags.list", Refuse(), repository="a*" * 128)


@pytest.mark.parametrize(
    ("effect", "moment"), [(Refuse(), "before"), (Disconnect(), "before"), (Truncate(1), "after"), (Corrupt(), "after")]
)
def test_every_effect_has_a_moment_of_its_own(effect: Effect, moment: str) -> None:
    assert Fault("base", effect).moment == moment
    assert Fault("base", effect, when="door").moment == "door"


def test_without_faults_nothing_is_struck(ready: FakeRegistry) -> None:
    assert _put(ready) == answer(
        201, {"Docker-Content-Digest": IMAGE_DIGEST, "Location": f"/v2/samples/hello/manifests/{IMAGE_DIGEST}"}
    )
    assert send(ready, "GET", TAGS) == json_answer({"name": "samples/hello", "tags": ["v1"]})
    assert {exchange.faults for exchange in ready.requests} == {()}
