"""Faults that did nothing, bodies at the end of a redirect, an outage, and a closed registry."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import pytest

from fake_registry import FakeRegistry
from fake_registry.http.answers import Answer
from fake_registry.http.faults import Disconnect, Fault, Refuse, Scene, Truncate, When
from fake_registry.http.faults.active import MAX_TARGETS
from fake_registry.http.faults.plan import MAX_ENDED
from fake_registry.spec.names import digest_of
from fake_registry.wsgi import ConnectionDropped, Pause
from tests.support.http import LAYER, STORAGE_HOST, follow, pull_layer, put_image, registry_of, send

TAGS = "/v2/samples/hello/tags/list"
BLOB = "/v2/samples/hello/blobs/"


@dataclass(frozen=True)
class Shout:
    """The body is in capitals."""

    default_when: ClassVar[When] = "after"
    follows_redirects: ClassVar[bool] = True

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        def upper(pieces: Iterable[bytes | Pause]) -> Iterator[bytes | Pause]:
            found = False
            for piece in pieces:
                shouted = piece if isinstance(piece, Pause) else piece.upper()
                found = found or shouted != piece
                yield shouted
            if not found:
                scene.note_no_effect("the body has no small letters")

        return answer.alter(upper)


@dataclass(frozen=True)
class Count:
    """The answer has the number of the strike in place of its body."""

    default_when: ClassVar[When] = "before"

    def on_request(self, scene: Scene) -> Answer:
        numbers: list[int] = scene.keep(list)
        numbers.append(len(numbers))
        scene.note_no_effect("first")
        scene.note_no_effect("second")
        return scene.answer(200, str(numbers[-1]).encode(), "text/plain")


@pytest.fixture
def registry() -> FakeRegistry:
    made = registry_of("oci")
    put_image(made, "samples/hello", "v1")
    return made


def problems(registry: FakeRegistry) -> list[str | None]:
    return [active.problem() for active in registry.faults.take_unused()]


class TestUnused:
    """`take_unused` returns each fault that did nothing, once."""

    def test_fault_that_met_no_call(self, registry: FakeRegistry) -> None:
        registry.faults.add(Fault("manifest.get", Refuse()))
        send(registry, "GET", TAGS)

        assert problems(registry) == ["Refuse(503) at manifest.get never struck: no call matched it"]
        assert problems(registry) == []

    def test_conditions_that_no_call_met_are_named(self, registry: FakeRegistry) -> None:
        aim = Fault("manifest.get", Refuse(), repository="samples/hello", reference="2.*", where=lambda _: True)
        registry.faults.add(aim)
        send(registry, "GET", "/v2/samples/hello/manifests/v1")

        restricted = "manifest.get, repository='samples/hello', reference='2.*'"
        expected = f"Refuse(503) at {restricted} never struck: no call matched it for which `where` is true"
        assert problems(registry) == [expected]

    @pytest.mark.parametrize(
        ("options", "causes"),
        [({"skip": 3}, "skip=3"), ({"skip": 1, "probability": 1e-9}, "skip=1, probability=1e-09")],
    )
    def test_fault_that_passed_all_calls(self, registry: FakeRegistry, options: dict[str, float], causes: str) -> None:
        registry.faults.add(Fault("tags.list", Refuse(), **options))  # type: ignore[arg-type]  # of each kind
        for _ in range(2):
            send(registry, "GET", TAGS)

        [problem] = problems(registry)
        assert problem == f"Refuse(503) at tags.list never struck: 2 calls matched it, and it let them pass ({causes})"

    def test_fault_is_named_with_what_it_is_restricted_to(self, registry: FakeRegistry) -> None:
        registry.faults.add(Fault("manifest.get", Refuse(), when="after", repository="dev/wbe", reference="1.*"))

        restricted = "manifest.get, when='after', repository='dev/wbe', reference='1.*'"
        assert problems(registry) == [f"Refuse(503) at {restricted} never struck: no call matched it"]

    def test_fault_that_had_no_effect_gives_its_reason(self, registry: FakeRegistry) -> None:
        fault = registry.faults.add(Fault("base", Shout()))
        assert [send(registry, "GET", "/v2/").status for _ in range(2)] == [200, 200]

        assert (fault.hits, fault.idle_hits) == (2, 2)
        assert registry.requests[-1].faults == ("Shout() without effect",)
        assert problems(registry) == ["Shout() at base struck 2 calls without effect: the body has no small letters"]

    def test_fault_that_acted_once_did_enough(self, registry: FakeRegistry) -> None:
        fault = registry.faults.add(Fault("*", Shout()))
        send(registry, "GET", "/v2/")
        send(registry, "GET", TAGS)

        assert (fault.hits, fault.idle_hits, problems(registry)) == (2, 1, [])

    def test_first_reason_of_a_strike_counts_and_the_effect_remembers(self, registry: FakeRegistry) -> None:
        first, second = (registry.faults.add(Fault("base", Count(), times=2)) for _ in range(2))
        bodies = [send(registry, "GET", "/v2/").body for _ in range(4)]

        assert bodies == [b"0", b"1", b"0", b"1"]
        assert (first.idle_hits, second.idle_hits) == (2, 2)
        assert problems(registry)[0] == "Count() at base struck 2 calls without effect: first"

    def test_optional_fault_need_not_act(self, registry: FakeRegistry) -> None:
        registry.faults.add(Fault("manifest.get", Refuse(), optional=True))
        assert problems(registry) == []

    @pytest.mark.parametrize("end", ["block", "remove", "clear", "reset", "close"])
    def test_fault_that_has_ended_is_returned_too(self, registry: FakeRegistry, end: str) -> None:
        active = registry.faults.add(Fault("manifest.get", Refuse()))
        ends = {
            "block": lambda: active.__exit__(None, None, None),
            "remove": active.remove,
            "clear": registry.faults.clear,
            "reset": registry.reset,
            "close": registry.close,
        }
        ends[end]()
        active.remove()

        assert len(problems(registry)) == 1

    def test_number_of_ended_faults_is_bounded(self, registry: FakeRegistry) -> None:
        for _ in range(MAX_ENDED + 1):
            registry.faults.add(Fault("base", Refuse())).remove()
        assert len(registry.faults.take_unused()) == MAX_ENDED

    def test_fault_that_acted_before_its_end_is_not(self, registry: FakeRegistry) -> None:
        with registry.faults.add(Fault("base", Refuse())):
            send(registry, "GET", "/v2/")
        assert problems(registry) == []


class TestRedirects:
    """An effect on a body acts where a redirect leads."""

    @pytest.fixture
    def azure(self) -> FakeRegistry:
        made = registry_of("acr")
        put_image(made, "samples/hello", "v1")
        return made

    def test_body_of_a_redirected_blob_is_struck(self, azure: FakeRegistry) -> None:
        fault = azure.faults.add(Fault("blob.get", Shout(), times=1, repository="samples/hello"))
        pulled = [pull_layer(azure) for _ in range(2)]

        assert [one.body for one in pulled] == [LAYER.upper(), LAYER]
        assert (fault.hits, fault.idle_hits, problems(azure)) == (1, 0, [])
        assert [(one.endpoint, one.status, one.faults) for one in azure.requests.where(endpoint="*blob*")][-4:] == [
            ("blob.get", 307, ()),
            ("storage.blob", 200, ("Shout()",)),
            ("blob.get", 307, ()),
            ("storage.blob", 200, ()),
        ]

    def test_client_may_encode_the_redirect_anew(self, azure: FakeRegistry) -> None:
        fault = azure.faults.add(Fault("blob.get", Shout()))
        redirect = send(azure, "GET", f"{BLOB}{digest_of(LAYER)}")
        _, _, target = redirect.header("Location").partition(STORAGE_HOST)
        assert "%3A" in target  # aiohttp sends ':'
        body = send(azure, "GET", target.replace("%3A", ":").replace("%2F", "/"), host=STORAGE_HOST).body

        assert (body, fault.hits, fault.idle_hits) == (LAYER.upper(), 1, 0)

    def test_connection_breaks_at_the_end_of_a_redirect(self, azure: FakeRegistry) -> None:
        azure.faults.add(Fault("blob.get", Truncate(1)))
        with pytest.raises(ConnectionDropped):
            pull_layer(azure)

    def test_client_that_does_not_follow_gets_nothing_altered(self, azure: FakeRegistry) -> None:
        fault = azure.faults.add(Fault("blob.get", Shout(), times=1))
        redirect = send(azure, "GET", f"{BLOB}{digest_of(LAYER)}")
        unfollowed = problems(azure)
        body = follow(azure, redirect).body

        reason = "the client did not follow the redirect to storage.blob, whose answer it changes"
        assert unfollowed == [f"Shout() at blob.get struck 1 call without effect: {reason}"]
        assert (body, fault.idle_hits) == (LAYER.upper(), 0)

    def test_each_redirect_leads_to_one_strike(self, azure: FakeRegistry) -> None:
        azure.faults.add(Fault("blob.get", Shout(), times=2))
        first, second = (send(azure, "GET", f"{BLOB}{digest_of(LAYER)}") for _ in range(2))

        bodies = [follow(azure, one).body for one in (first, second, first)]
        assert bodies == [LAYER.upper(), LAYER.upper(), LAYER]

    def test_number_of_redirects_to_follow_is_bounded(self, azure: FakeRegistry) -> None:
        azure.faults.add(Fault("blob.get", Shout()))
        first, *_, last = (send(azure, "GET", f"{BLOB}{digest_of(LAYER)}") for _ in range(MAX_TARGETS + 1))
        assert [follow(azure, one).body for one in (first, last)] == [LAYER, LAYER.upper()]


class TestOutage:
    """`down` breaks every connection until `up`."""

    @pytest.mark.parametrize("path", ["/v2/", TAGS, "/unknown", "/v2/BAD/manifests/x", "/oauth2/token"])
    def test_every_request_loses_its_connection(self, registry: FakeRegistry, path: str) -> None:
        usual = send(registry, "GET", path).status
        registry.down()
        with pytest.raises(ConnectionDropped):
            send(registry, "GET", path)
        registry.up()

        assert send(registry, "GET", path).status == usual
        assert [(one.status, one.faults) for one in registry.requests[-3:]] == [
            (usual, ()),
            (None, (repr(Disconnect()),)),
            (usual, ()),
        ]

    def test_outage_ends_with_its_block(self, registry: FakeRegistry) -> None:
        with pytest.raises(ConnectionDropped), registry.down():
            send(registry, "GET", TAGS)

        assert send(registry, "GET", TAGS).status == 200

    def test_outage_is_no_unused_fault_and_ends_with_a_reset(self, registry: FakeRegistry) -> None:
        registry.down()
        registry.reset()

        assert (send(registry, "GET", "/v2/").status, problems(registry)) == (200, [])


class TestRefusedFaults:
    """A fault that could not act is refused by `add`."""

    def test_closed_registry(self, registry: FakeRegistry) -> None:
        registry.close()
        with pytest.raises(RuntimeError, match="at base: expected an open registry, found one that was closed"):
            registry.faults.add(Fault("base", Refuse()))
        with pytest.raises(RuntimeError, match=r"^down: expected an open registry, found one that was closed$"):
            registry.down()

    @pytest.mark.parametrize(
        "second",
        [
            Fault("base", Disconnect()),
            Fault("base", Disconnect(), times=1),
            Fault("base", Disconnect(), skip=2, repository="samples/hello"),
        ],
    )
    def test_second_disconnect_of_one_request(self, registry: FakeRegistry, second: Fault) -> None:
        registry.faults.add(Fault("base", Disconnect()))
        with pytest.raises(ValueError, match=r"could never act: .* every such call already; remove that one"):
            registry.faults.add(second)
        assert len(registry.faults) == 1

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (Fault("upload.*", Disconnect()), Fault("upload.chunk", Disconnect())),
            (Fault("*.get", Disconnect()), Fault("manifest.g*", Disconnect("close"))),
            (Fault("base", Disconnect(), when="door"), Fault("base", Disconnect())),
            (Fault("base", Disconnect()), Fault("base", Disconnect(), when="after")),
        ],
    )
    def test_second_disconnect_of_a_request_that_is_broken_earlier(
        self, registry: FakeRegistry, first: Fault, second: Fault
    ) -> None:
        registry.faults.add(first)
        with pytest.raises(ValueError, match="could never act"):
            registry.faults.add(second)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (Fault("base", Disconnect(), times=1), Fault("base", Disconnect())),
            (Fault("base", Disconnect(), skip=1), Fault("base", Disconnect(), times=1)),
            (Fault("base", Disconnect(), when="after"), Fault("base", Disconnect())),
            (Fault("base", Disconnect()), Fault("*", Disconnect())),
            (Fault("upload.chunk", Disconnect()), Fault("upload.*", Disconnect())),
            (Fault("base", Disconnect(), probability=0.5), Fault("base", Disconnect())),
            (Fault("*", Disconnect(), repository="a"), Fault("*", Disconnect(), repository="b")),
            (Fault("manifest.get", Disconnect(), reference="1"), Fault("manifest.get", Disconnect())),
            (Fault("base", Disconnect(), where=bool), Fault("base", Disconnect())),
        ],
    )
    def test_second_disconnect_that_can_act_is_added(self, registry: FakeRegistry, first: Fault, second: Fault) -> None:
        registry.faults.add(first)
        registry.faults.add(second)
        assert len(registry.faults) == 2
