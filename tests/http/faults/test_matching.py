"""Which calls a fault strikes beyond its endpoint: by reference, by a function, and by chance."""

from dataclasses import dataclass
from typing import ClassVar

import pytest

from fake_registry import FakeRegistry
from fake_registry.http.answers import Answer
from fake_registry.http.call import Call
from fake_registry.http.faults import Fault, Refuse, Scene, When
from tests.support.http import IMAGE, IMAGE_DIGEST, LAYER, begin, pull_layer, put_image, put_manifest, registry_of, send

TAGS = "/v2/samples/hello/tags/list"
CALLS = 200


@dataclass(frozen=True)
class RefuseLists:
    """Lists are refused, and nothing else."""

    default_when: ClassVar[When] = "before"
    endpoints: ClassVar[tuple[str, ...]] = ("*.list", "acr.catalog")

    def on_request(self, scene: Scene) -> Answer:
        return scene.answer(503, b"", "")


@pytest.fixture
def registry() -> FakeRegistry:
    made = registry_of("oci")
    put_image(made, "samples/hello", "v1", "v2")
    return made


def status_of(registry: FakeRegistry, path: str, method: str = "GET") -> int:
    return send(registry, method, f"/v2/samples/hello/{path}").status


@pytest.mark.parametrize(
    ("pattern", "struck"),
    [
        ("samples/hello", {"samples/hello"}),
        ("samples/*", {"samples/hello", "samples/web"}),
        ("*/web", {"samples/web", "dev/web"}),
        ("[a-m]*/*", {"dev/web"}),
        ("*", {"samples/hello", "samples/web", "dev/web"}),
        ("Samples/*", set()),
    ],
)
def test_calls_of_matching_repositories_are_struck(registry: FakeRegistry, pattern: str, struck: set[str]) -> None:
    names = ("samples/hello", "samples/web", "dev/web")
    for name in names:
        put_image(registry, name, "v1")
    registry.faults.add(Fault("*", Refuse(), repository=pattern))

    refused = {name for name in names if send(registry, "GET", f"/v2/{name}/tags/list").status == 503}
    assert refused == struck
    assert send(registry, "GET", "/v2/").status == 200  # of no repository
    assert send(registry, "GET", "/v2/_catalog").status == 200


class TestReference:
    """`reference` is a pattern of the tag, digest or upload in the path."""

    @pytest.mark.parametrize(
        ("pattern", "struck"),
        [
            ("v1", {"v1"}),
            ("v*", {"v1", "v2"}),
            ("sha256:*", {IMAGE_DIGEST}),
            (IMAGE_DIGEST, {IMAGE_DIGEST}),
            ("*", {"v1", "v2", IMAGE_DIGEST}),
            ("V1", set()),
            ("1", set()),
        ],
    )
    def test_manifest_is_struck_by_tag_or_digest(self, registry: FakeRegistry, pattern: str, struck: set[str]) -> None:
        registry.faults.add(Fault("manifest.get", Refuse(), reference=pattern))
        references = ("v1", "v2", IMAGE_DIGEST)

        refused = {one for one in references if status_of(registry, f"manifests/{one}") == 503}
        assert refused == struck

    def test_blob_and_upload_are_struck_by_their_names(self, registry: FakeRegistry) -> None:
        registry.faults.add(Fault("*", Refuse(), reference="sha256:*"))
        upload = begin(registry, "samples/hello")
        name = upload.rpartition("/")[2].partition("?")[0]
        with registry.faults.add(Fault("upload.*", Refuse(), reference=f"{name[:8]}*")):
            refused = send(registry, "PATCH", upload, LAYER).status
        passed = send(registry, "PATCH", upload, LAYER).status

        assert (pull_layer(registry).status, refused, passed) == (503, 503, 202)

    def test_metadata_has_references_too(self) -> None:
        registry = registry_of("acr")
        put_image(registry, "samples/hello", "v1", "v2")
        registry.faults.add(Fault("acr.tag.get", Refuse(), reference="v1"))

        found = [send(registry, "GET", f"/acr/v1/samples/hello/_tags/{tag}").status for tag in ("v1", "v2")]
        assert found == [503, 200]

    @pytest.mark.parametrize("endpoint", ["tags.list", "base", "oauth.*", "upload.start"])
    def test_endpoint_without_references_is_refused(self, endpoint: str) -> None:
        with pytest.raises(ValueError, match=r"^reference: expected an endpoint whose path names a tag"):
            Fault(endpoint, Refuse(), reference="v1")


class TestFunction:
    """`where` is called with each call that all else fits."""

    def test_calls_are_struck_for_which_it_returns_true(self, registry: FakeRegistry) -> None:
        def is_curl(call: Call) -> bool:
            return (call.request.header("User-Agent") or "").startswith("curl")

        fault = registry.faults.add(Fault("tags.list", Refuse(), where=is_curl))
        curl = send(registry, "GET", TAGS, headers={"User-Agent": "curl/8"}).status

        assert (curl, send(registry, "GET", TAGS).status, fault.hits) == (503, 200, 1)

    def test_its_error_is_that_of_the_call(self, registry: FakeRegistry) -> None:
        registry.faults.add(Fault("tags.list", Refuse(), where=lambda call: call.unknown))  # type: ignore[attr-defined]
        with pytest.raises(AttributeError):
            send(registry, "GET", TAGS)

    def test_it_must_be_a_function(self) -> None:
        with pytest.raises(TypeError, match=r"^where: expected a callable or None, found str$"):
            Fault("base", Refuse(), where="tags")  # type: ignore[arg-type]  # the mistake


class TestChance:
    """`probability`, with a seed that makes it the same again."""

    def struck(self, **options: float | int | None) -> list[int]:
        registry = registry_of("oci")
        registry.faults.add(Fault("base", Refuse(), **options))  # type: ignore[arg-type]  # of each kind
        return [int(send(registry, "GET", "/v2/").status == 503) for _ in range(CALLS)]

    def test_about_so_many_are_struck(self) -> None:
        assert 30 < sum(self.struck(probability=0.25)) < 70
        assert sum(self.struck(probability=1)) == CALLS

    def test_the_same_seed_strikes_the_same_calls(self) -> None:
        first, again, other = (self.struck(probability=0.5, seed=seed) for seed in (7, 7, 8))
        assert first == again != other

    def test_skip_and_times_hold_too(self) -> None:
        struck = self.struck(probability=0.5, seed=1, skip=20, times=3)
        assert (sum(struck[:20]), sum(struck)) == (0, 3)

    def test_seed_of_the_plan_is_that_of_faults_without_one(self) -> None:
        fault = Fault("base", Refuse(), probability=0.5)

        def seeds(seed: int) -> list[int]:
            registry = registry_of("oci")
            registry.faults.seed = seed
            return [registry.faults.add(fault).seed for _ in range(2)]

        assert seeds(1) == seeds(1)
        assert len({*seeds(1), *seeds(2)}) == 4
        assert registry_of("oci").faults.add(Fault("base", Refuse(), probability=0.5, seed=9)).seed == 9

    @pytest.mark.parametrize("probability", [0, -0.5, 1.5, float("nan"), float("inf")])
    def test_impossible_probability_is_refused(self, probability: float) -> None:
        with pytest.raises(ValueError, match=r"^probability: expected more than 0 and at most 1, found "):
            Fault("base", Refuse(), probability=probability)

    def test_seed_alone_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"^seed: expected a probability with it, found none$"):
            Fault("base", Refuse(), seed=3)


class TestEndpointsOfAnEffect:
    """An effect may name the endpoints at which it can act."""

    def test_pattern_strikes_those_alone(self, registry: FakeRegistry) -> None:
        fault = registry.faults.add(Fault("*", RefuseLists()))

        assert (status_of(registry, "tags/list"), status_of(registry, "manifests/v1"), fault.hits) == (503, 200, 1)

    @pytest.mark.parametrize("endpoint", ["manifest.get", "upload.*", "base"])
    def test_other_endpoints_are_refused(self, endpoint: str) -> None:
        expected = rf"^RefuseLists cannot act at '{endpoint.replace('*', '[*]')}'; it acts at \*\.list, acr\.catalog$"
        with pytest.raises(ValueError, match=expected):
            Fault(endpoint, RefuseLists())


def test_put_is_struck_by_its_tag(registry: FakeRegistry) -> None:
    registry.faults.add(Fault("manifest.put", Refuse(), reference="v3"))
    assert [put_manifest(registry, "samples/hello", tag, IMAGE).status for tag in ("v2", "v3")] == [201, 503]
