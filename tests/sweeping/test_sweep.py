"""A sweep runs code once for each failure of each call, and says how each run ended."""

import asyncio
import gc
import itertools
import re
import sys
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import NoReturn

import pytest
import requests
from urllib3.util.retry import RequestHistory, Retry

from fake_registry import FakeRegistry
from fake_registry.clock import SECOND_NS
from fake_registry.spec.names import digest_of
from pytest_acr import RunOutcome, SweepImpossible, SweepReport, connect, sweep
from pytest_acr.sweeping.watching import RunWatch
from tests.support.swept_code import REPOSITORY, open_registry, push_and_pull, small_client

Run = Callable[[FakeRegistry], object]


def swept(
    run: Run, *, effects: str = "default", only: str | None = None, limit: int = 200, depth: int = 1
) -> SweepReport:
    return sweep(run, make_registry=open_registry, effects=effects, only=only, limit=limit, depth=depth)


def outcomes_of(report: SweepReport) -> dict[str, str]:
    """Return the letters of each call, in the order of the effects."""
    return {row.call: "".join(one.letter for one in row.outcomes.values()) for row in report.rows}


def broken_reason(run: Run, case: str) -> str:
    (broken,) = swept(run, only=case).runs
    assert broken.outcome is RunOutcome.BROKEN
    return broken.reason


def test_each_call_fails_with_each_effect() -> None:
    report = swept(push_and_pull)

    assert outcomes_of(report) == {
        "upload.start#1": "fff--",
        "upload.finish#1": "fff--",
        "upload.start#2": "fff--",
        "upload.finish#2": "fff--",
        "manifest.put#1": "fff--",
        "blob.get#1": "fffff",
    }
    assert report.effects == ("Refuse(503)", "Disconnect(before)", "Disconnect(after)", "Truncate", "Corrupt")
    assert (len(report.failed_cleanly), report.broken) == (20, ())
    report.raise_if_broken()


def test_code_that_tries_again_survives() -> None:
    def push(registry: FakeRegistry) -> None:
        for _ in range(2):
            try:
                push_and_pull(registry)
            except requests.RequestException:
                continue
            return

    report = swept(push)
    assert {outcome for row in outcomes_of(report).values() for outcome in row} == {".", "-"}


def test_swallowed_error_is_a_success_with_wrong_content() -> None:
    def push(registry: FakeRegistry) -> None:
        with suppress(requests.RequestException):
            push_and_pull(registry)

    reason = broken_reason(push, "manifest.put#1:Refuse(503)")
    assert reason.startswith("it passed, but the registry has other content than after ")
    assert f"    - tag {REPOSITORY}:1 -> sha256:" in reason


def test_content_that_no_good_run_has_is_broken() -> None:
    """The second tag is not reached, and the first one was not to be left alone."""

    def push(registry: FakeRegistry) -> None:
        with small_client(registry) as client:
            try:
                client.push_image("1", b"layer")
            finally:
                client.push_image("2", b"layer")

    reason = broken_reason(push, "manifest.put#1:Refuse(503)")
    assert reason.startswith("it failed, and left content that the run without faults never has; compared with")
    assert f"- tag {REPOSITORY}:1 -> sha256:" in reason


def test_confirmed_push_that_is_lost_is_broken() -> None:
    """The content at the end is that of the beginning, and no request has deleted anything."""

    def push(registry: FakeRegistry) -> None:
        before = registry.snapshot()
        with small_client(registry) as client:
            client.push_image("1", b"layer")
            try:
                client.push_image("2", b"layer")
            except requests.RequestException:
                registry.restore(before)
                raise

    reason = broken_reason(push, "manifest.put#2:Refuse(503)")
    assert reason == f"it failed, and {REPOSITORY}:1 is lost, although the registry had confirmed its push"


def test_push_that_is_taken_back_is_a_clean_failure() -> None:
    def push(registry: FakeRegistry) -> None:
        with small_client(registry) as client:
            first = client.push_image("1", b"layer")
            try:
                client.push_image("2", b"layer")
            except requests.RequestException:
                client.send("DELETE", f"manifests/{first}")
                raise

    (run,) = swept(push, only="manifest.put#2:Refuse(503)").runs
    assert run.outcome is RunOutcome.FAILED


def test_blobs_of_another_order_are_no_other_content() -> None:
    def push(registry: FakeRegistry) -> None:
        with small_client(registry) as client:
            try:
                client.push_blob(b"first")
            finally:
                client.push_blob(b"second")

    assert "B" not in "".join(outcomes_of(swept(push)).values())


def test_blob_that_no_good_run_has_is_broken() -> None:
    def push(registry: FakeRegistry) -> None:
        with small_client(registry) as client:
            try:
                client.push_blob(b"first")
            except requests.RequestException:
                client.push_blob(b"another")
                raise

    assert f"+ blob {REPOSITORY}@sha256:" in broken_reason(push, "upload.start#1:Refuse(503)")


@pytest.mark.parametrize(("ignored", "letter"), [((), "f"), ((requests.HTTPError,), ".")])
def test_content_that_the_failure_itself_changes_is_not_judged(
    ignored: tuple[type[Exception], ...], letter: str
) -> None:
    def push(registry: FakeRegistry) -> None:
        with small_client(registry) as client:
            client.push_image("1", b"layer")
            with suppress(*ignored):
                client.send("GET", "manifests/1")

    (run,) = swept(push, only="manifest.get#1:VanishManifest").runs
    assert run.outcome.letter == letter


def test_other_exception_is_broken() -> None:
    def pull(registry: FakeRegistry) -> None:
        registry.push_image(f"{REPOSITORY}:1", layers=[b"layer"])
        with connect(registry) as connection:
            response = connection.session.get(f"{connection.endpoint}/v2/{REPOSITORY}/tags/list")
            assert response.json()["tags"] == ["1"]

    (run,) = swept(pull, only="tags.list#1:Refuse(503)").broken
    assert run.reason.startswith("it raised an exception that is not expected (expected: ")
    assert run.error == "KeyError: 'tags'"
    assert run.exchange.startswith(f"#0 GET /v2/{REPOSITORY}/tags/list -> 503 ")
    assert run.line.startswith("tests/sweeping/test_sweep.py:")
    assert run.line.endswith(': assert response.json()["tags"] == ["1"]')


@pytest.mark.parametrize("reference", ["1", "digest"])
def test_damaged_manifest_that_is_not_noticed_is_broken(reference: str) -> None:
    def pull(registry: FakeRegistry) -> None:
        image = registry.push_image(f"{REPOSITORY}:1", layers=[b"layer"])
        with small_client(registry) as client:
            client.send("GET", f"manifests/{image.digest if reference == 'digest' else reference}")
            client.pull(digest_of(b"layer"))

    report = swept(pull)
    assert outcomes_of(report) == {"manifest.get#1": "ffffB", "blob.get#1": "fffff"}
    (run,) = report.broken
    assert run.reason.startswith("it passed, although manifest.get ")
    assert run.reason.endswith(" came damaged and was not read again: is its digest checked?")


def test_damaged_blob_that_is_not_noticed_is_broken() -> None:
    def pull(registry: FakeRegistry) -> None:
        registry.push_image(f"{REPOSITORY}:1", layers=[b"layer"])
        with small_client(registry) as client:
            client.send("GET", f"blobs/{digest_of(b'layer')}")

    assert outcomes_of(swept(pull)) == {"blob.get#1": "ffffB"}


def test_damaged_blob_that_is_read_again_is_survived() -> None:
    def pull(registry: FakeRegistry) -> None:
        registry.push_image(f"{REPOSITORY}:1", layers=[b"layer"])
        with small_client(registry) as client:
            try:
                client.pull(digest_of(b"layer"))
            except requests.RequestException:
                client.pull(digest_of(b"layer"))

    assert outcomes_of(swept(pull)) == {"blob.get#1": "....."}


def test_damaged_index_is_not_read_again_with_its_images() -> None:
    def pull(registry: FakeRegistry) -> None:
        image = registry.push_image(f"{REPOSITORY}:1", layers=[b"layer"])
        registry.push_index(f"{REPOSITORY}:all", manifests=[image])
        with small_client(registry) as client:
            client.send("GET", "manifests/all")
            client.send("GET", f"manifests/{image.digest}")

    assert outcomes_of(swept(pull, effects="Corrupt")) == {"manifest.get#1": "B", "manifest.get#2": "B"}


@pytest.mark.parametrize("ranges", [("0-1", "2-4"), ("0-4", "0-4")])
def test_reads_of_the_good_run_do_not_repair_a_damaged_blob(ranges: Sequence[str]) -> None:
    def pull(registry: FakeRegistry) -> None:
        registry.push_image(f"{REPOSITORY}:1", layers=[b"layer"])
        with small_client(registry) as client:
            for one in ranges:
                client.send("GET", f"blobs/{digest_of(b'layer')}", headers={"Range": f"bytes={one}"})

    assert outcomes_of(swept(pull, effects="Corrupt")) == {"blob.get#1": "B", "blob.get#2": "B"}


def test_damaged_repetition_is_not_read_again() -> None:
    def pull(registry: FakeRegistry) -> None:
        registry.push_image(f"{REPOSITORY}:1", layers=[b"layer"])
        with small_client(registry) as client:
            try:
                client.send("GET", f"blobs/{digest_of(b'layer')}")
            except requests.RequestException:
                client.send("GET", f"blobs/{digest_of(b'layer')}")

    report = swept(pull, only="blob.get#1:Refuse(503) + blob.get#2:Corrupt")
    assert len(report.broken) == 1


def test_damaged_manifest_that_is_read_from_another_registry_is_survived() -> None:
    def pull(registry: FakeRegistry) -> None:
        mirror = open_registry()
        images = [one.push_image(f"{REPOSITORY}:1", layers=[b"layer"]) for one in (registry, mirror)]
        with small_client(registry) as first, small_client(mirror) as second:
            for client, image in zip((first, second), images, strict=True):
                if digest_of(client.send("GET", "manifests/1").content) == image.digest:
                    return

    assert outcomes_of(swept(pull, effects="Corrupt")) == {"manifest.get#1": "."}


def test_lost_answer_that_is_repeated_blindly_is_found() -> None:
    """The tag is deleted, the answer lost, and the second try is refused with 404."""

    def delete(registry: FakeRegistry) -> None:
        image = registry.push_image(f"{REPOSITORY}:1", layers=[b"layer"])
        with small_client(registry) as client:
            try:
                client.send("DELETE", f"manifests/{image.digest}")
            except requests.ConnectionError:
                assert client.send("DELETE", f"manifests/{image.digest}").status_code == 202

    report = swept(delete)
    assert outcomes_of(report) == {"manifest.delete#1": "f.f--"}


def test_calls_without_end_are_stopped() -> None:
    def pull(registry: FakeRegistry) -> None:
        image = registry.push_image(f"{REPOSITORY}:1", layers=[b"layer"])
        with small_client(registry) as client:
            while True:
                try:
                    client.send("GET", f"manifests/{image.digest}")
                except requests.RequestException:
                    continue
                if client.send("GET", f"blobs/{digest_of(b'layer')}").content == b"layer":
                    return
                registry.down()

    (broken,) = swept(pull, only="blob.get#1:Corrupt").broken
    assert broken.reason == "it made more than 40 requests; the run without faults makes 2"
    assert broken.error == ""  # the interruption is no error of the code
    assert broken.line.startswith("tests/support/swept_code.py:")


def test_run_without_end_is_stopped() -> None:
    def wait(registry: FakeRegistry) -> None:
        with small_client(registry) as client:
            try:
                client.push_blob(b"content")
            except requests.RequestException:
                while True:
                    pass

    report = sweep(wait, make_registry=open_registry, only="upload.start#1:Refuse(503)", seconds=0.2)
    assert [run.reason for run in report.broken] == ["it took more than 0.2 s"]


def wait_for_an_hour() -> None:
    """Wait as urllib3 does before a third try."""
    history = (RequestHistory("GET", None, None, 503, None),) * 2
    Retry(backoff_factor=1800, backoff_max=3600, history=history).sleep()


def test_waits_move_the_clock() -> None:
    def push(registry: FakeRegistry) -> None:
        for _ in range(2):
            try:
                push_and_pull(registry)
            except requests.RequestException:
                before = registry.clock.now()
                wait_for_an_hour()
                assert registry.clock.now() - before >= 3600 * SECOND_NS
                continue
            return

    assert not swept(push).broken


@pytest.mark.parametrize("end_faults", [lambda registry: registry.faults.clear(), FakeRegistry.reset])
def test_code_that_ends_all_faults_is_swept(end_faults: Callable[[FakeRegistry], None]) -> None:
    def push(registry: FakeRegistry) -> None:
        end_faults(registry)
        assert not len(registry.faults)
        push_and_pull(registry)

    assert outcomes_of(swept(push)) == outcomes_of(swept(push_and_pull))


def test_sweep_in_a_run_is_no_part_of_it() -> None:
    def push(registry: FakeRegistry) -> None:
        push_and_pull(registry)
        swept(push_and_pull, only="upload.start#1:Refuse(503)").raise_if_broken()

    assert outcomes_of(swept(push)) == outcomes_of(swept(push_and_pull))


def test_sweep_in_another_thread_is_refused() -> None:
    """The limit of a run would be no help: a lock that is waited for is no failure of the code."""

    def push(registry: FakeRegistry) -> None:
        with (
            ThreadPoolExecutor() as threads,
            pytest.raises(SweepImpossible, match=r"^expected one sweep at a time, found one in another thread"),
        ):
            threads.submit(swept, push_and_pull).result()
        push_and_pull(registry)

    assert outcomes_of(swept(push)) == outcomes_of(swept(push_and_pull))


def test_sweep_in_a_run_ends_with_the_run() -> None:
    stopped: list[BaseException] = []

    def spin(registry: FakeRegistry) -> None:
        try:
            push_and_pull(registry)
        except requests.RequestException:
            try:
                while True:
                    pass
            except BaseException as error:
                stopped.append(error)
                raise

    def push(registry: FakeRegistry) -> None:
        try:
            push_and_pull(registry)
        except requests.RequestException:
            swept(spin)

    report = sweep(push, make_registry=open_registry, only="upload.start#1:Refuse(503)", seconds=0.2)
    assert [run.reason for run in report.broken] == ["it took more than 0.2 s"]
    assert len(stopped) == 1


def test_coroutine_function_is_swept() -> None:
    async def push(registry: FakeRegistry) -> None:
        await asyncio.sleep(3600)
        push_and_pull(registry)

    assert outcomes_of(swept(push)) == outcomes_of(swept(push_and_pull))


@pytest.mark.parametrize("end", [partial(sys.exit, "no image"), partial(pytest.fail, "no image")])
def test_exception_that_is_no_error_is_judged_too(end: Callable[[], NoReturn]) -> None:
    def push(registry: FakeRegistry) -> None:
        try:
            push_and_pull(registry)
        except requests.RequestException:
            end()

    case = "upload.start#1:Refuse(503)"
    assert broken_reason(push, case).startswith("it raised an exception that is not expected")
    report = sweep(push, make_registry=open_registry, only=case, expect=(SystemExit, pytest.fail.Exception))
    assert len(report.failed_cleanly) == 1


def test_interrupt_by_the_keyboard_ends_the_sweep() -> None:
    def push(registry: FakeRegistry) -> None:
        try:
            push_and_pull(registry)
        except requests.RequestException:
            raise KeyboardInterrupt from None

    with pytest.raises(KeyboardInterrupt):
        swept(push)


def test_errors_of_a_group_are_expected_one_by_one() -> None:
    def push(registry: FakeRegistry) -> None:
        try:
            push_and_pull(registry)
        except requests.RequestException as error:
            raise ExceptionGroup("two", [error, requests.RequestException()]) from None

    assert not swept(push).broken


def test_expected_exceptions_can_be_named() -> None:
    def push(registry: FakeRegistry) -> None:
        try:
            push_and_pull(registry)
        except requests.RequestException as error:
            raise LookupError("no image") from error

    assert len(swept(push).broken) == 20
    assert not sweep(push, make_registry=open_registry, expect=LookupError).broken


def push_in_tries(registry: FakeRegistry, most: int) -> bool:
    """Push a blob with a new client for each try. Return whether one succeeded."""
    for _ in range(most):
        with small_client(registry) as client, suppress(requests.RequestException):
            client.push_blob(b"content")
            return True
    return False


def test_pairs_strike_a_repetition() -> None:
    def push(registry: FakeRegistry) -> None:
        if not push_in_tries(registry, 2):
            raise LookupError("twice is too much")

    report = swept(push, effects="Refuse(503)", depth=2)
    assert [run.case for run in report.runs] == [
        "upload.start#1:Refuse(503)",
        "upload.finish#1:Refuse(503)",
        "upload.start#1:Refuse(503) + upload.start#2:Refuse(503)",
        "upload.start#1:Refuse(503) + upload.finish#1:Refuse(503)",
        "upload.finish#1:Refuse(503) + upload.finish#2:Refuse(503)",
        "upload.finish#1:Refuse(503) + upload.start#2:Refuse(503)",
    ]
    assert [run.outcome.letter for run in report.runs] == [".", ".", "B", "B", "B", "B"]

    again = swept(push, only=report.runs[3].case)
    assert [run.case for run in again.broken] == [report.runs[3].case]
    assert re.fullmatch(r"#0 POST .* -> 503 .*; then #2 PUT .* -> 503 .*", again.broken[0].exchange)


def push_and_look(registry: FakeRegistry) -> None:
    """Push a blob; after an error take it for present, unless a look says that it is absent."""
    with small_client(registry) as client:
        try:
            client.push_blob(b"content")
        except requests.RequestException:
            try:
                client.send("HEAD", f"blobs/{digest_of(b'content')}")
            except requests.HTTPError as error:
                if error.response.status_code == 404:
                    client.push_blob(b"content")


def test_pairs_strike_a_call_that_only_a_failure_leads_to() -> None:
    report = swept(push_and_look, effects="Refuse(503)", depth=2)

    pair = "upload.finish#1:Refuse(503) + blob.head#1:Refuse(503)"
    outcomes = {run.case: run.outcome.letter for run in report.runs}
    assert outcomes["upload.finish#1:Refuse(503)"] == "."
    assert outcomes[pair] == "B"
    assert report.calls == ("upload.start#1", "upload.finish#1")
    assert report.possible == len(report.runs)

    again = swept(push_and_look, only=pair)
    assert [run.case for run in again.broken] == [pair]


def test_no_pairs_follow_a_failure_that_breaks_the_code() -> None:
    def push(registry: FakeRegistry) -> None:
        with small_client(registry) as client:
            try:
                client.push_blob(b"content")
            except requests.RequestException as error:
                with suppress(requests.RequestException):
                    client.send("HEAD", f"blobs/{digest_of(b'content')}")
                raise LookupError from error

    report = swept(push, effects="Refuse(503)", depth=2)
    assert len(report.broken) == report.possible == 5
    assert [run.case for run in report.runs if "blob.head" in run.case] == []


def test_pair_with_a_call_that_the_failure_does_not_lead_to_is_unknown() -> None:
    only = "upload.finish#1:Refuse(503) + blob.get#1:Refuse(503)"
    with pytest.raises(SweepImpossible, match=r"there is no case 'blob\.get#1:Refuse"):
        swept(push_and_look, only=only)


def test_pairs_of_some_endpoints_alone() -> None:
    report = sweep(
        push_and_look,
        make_registry=open_registry,
        effects="Refuse(503)",
        endpoints="upload.finish",
        depth=2,
    )
    assert [run.case for run in report.runs] == [
        "upload.finish#1:Refuse(503)",
        "upload.finish#1:Refuse(503) + upload.finish#2:Refuse(503)",
    ]


def test_lost_answers_of_a_pair_are_counted_without_the_refused_call() -> None:
    def push(registry: FakeRegistry) -> None:
        push_in_tries(registry, 3)

    case = "upload.start#1:Refuse(503) + upload.start#2:Disconnect(after)"
    (run,) = swept(push, only=case).runs
    assert run.outcome is RunOutcome.SURVIVED


def test_pair_is_without_effect_if_both_failures_are() -> None:
    def push(registry: FakeRegistry) -> None:
        for _ in range(2):
            with small_client(registry) as client, suppress(requests.RequestException):
                client.push_blob(b"content")
                return

    first = "upload.start#1:Truncate + upload.finish#1"
    letters = [swept(push, only=f"{first}:{effect}").runs[0].outcome.letter for effect in ("Corrupt", "Refuse(503)")]
    assert letters == ["-", "."]


def test_cases_beyond_the_limit_are_drawn_with_the_seed() -> None:
    def drawn(seed: int) -> list[str]:
        report = sweep(push_and_pull, make_registry=open_registry, limit=5, seed=seed)
        assert f"5 of 30 cases were tried, drawn with seed {seed}" in report.table()
        return [run.case for run in report.runs]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_calls_of_several_registries_are_distinguished() -> None:
    def copy(registry: FakeRegistry) -> None:
        other = open_registry()
        with small_client(registry) as first, small_client(other) as second:
            first.push_blob(b"content")
            second.push_blob(b"content")

    report = swept(copy, effects="Refuse")
    assert [row.call for row in report.rows] == [
        "fake/upload.start#1",
        "fake/upload.finish#1",
        "fake(2)/upload.start#1",
        "fake(2)/upload.finish#1",
    ]


def test_registry_that_a_failing_run_did_not_make_is_no_wrong_content() -> None:
    def copy(registry: FakeRegistry) -> None:
        with small_client(registry) as first:
            first.push_image("1", b"layer")
        with small_client(open_registry()) as second:
            second.push_image("1", b"layer")

    assert not swept(copy, effects="Refuse(503)").broken


def test_registry_that_only_a_failure_leads_to_is_no_wrong_content_while_it_is_empty() -> None:
    def push(registry: FakeRegistry) -> None:
        try:
            push_and_pull(registry)
        except requests.RequestException:
            with small_client(open_registry()) as mirror:
                mirror.send("GET", "/v2/")
            push_and_pull(registry)

    assert not swept(push, effects="Refuse(503)").broken


def test_registry_that_is_closed_at_the_end_is_judged_by_its_last_content() -> None:
    def push(_: FakeRegistry) -> None:
        with open_registry() as own, suppress(requests.RequestException):
            push_and_pull(own)

    assert "- tag" in broken_reason(push, "manifest.put#1:Refuse(503)")


def test_older_registry_whose_requests_are_forgotten_is_named() -> None:
    older = open_registry()
    with small_client(older) as client:
        client.push_blob(b"content")

    def push_again(_: FakeRegistry) -> None:
        older.forget_requests()
        with small_client(older) as client:
            client.push_blob(b"content")

    note = "fake.azurecr.io is of a wider scope than the test: all runs share it and its clients"
    assert swept(push_again, effects="Refuse").notes == (note,)


def test_runs_free_their_registries() -> None:
    """The memory of a sweep is that of one run."""
    made: list[weakref.ref[FakeRegistry]] = []

    def make() -> FakeRegistry:
        gc.collect()
        assert sum(one() is not None for one in made) <= 1
        registry = open_registry()
        made.append(weakref.ref(registry))
        return registry

    sweep(push_and_pull, make_registry=make, effects="Refuse(503)")
    assert len(made) == 8


# what cannot be swept


def impossible(run: Run, **options: object) -> str:
    with pytest.raises(SweepImpossible) as caught:
        swept(run, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_points_of_a_run_share_their_items() -> None:
    """Else a run of thousands of calls would need the square of that in memory."""
    registry = open_registry()
    with RunWatch(older={"one": registry}, on_request=lambda count: None, keeps_points=True) as watch:
        push_and_pull(registry)

    *points, _ = [point["one"].everything for point in watch.record().points]
    assert [len(point) for point in points] == [0, 1, 2, 5]
    assert len({id(item) for point in points for item in point}) == 5


def test_code_that_fails_without_failures_is_refused() -> None:
    def fail(registry: FakeRegistry) -> None:
        raise LookupError("always")

    text = impossible(fail)
    assert text.startswith("expected code that passes without a fault, found LookupError: always at tests/sweeping/")


def test_code_without_calls_is_refused() -> None:
    expected = "the code sends no request to a fake registry, or none that can fail"
    assert impossible(lambda registry: None) == expected


def test_calls_that_differ_are_named() -> None:
    counter = itertools.count()

    def push(registry: FakeRegistry) -> None:
        with small_client(registry) as client:
            for _ in range(next(counter)):
                client.push_blob(b"content")

    text = impossible(push)
    assert "two runs without faults differ: request 3 is absent in one, POST upload.start -> 202 in the other" in text


def test_order_of_requests_may_differ() -> None:
    counter = itertools.count()

    def pull(registry: FakeRegistry) -> None:
        registry.push_image(f"{REPOSITORY}:1", layers=[b"layer"])
        paths = ["tags/list", "manifests/1"]
        with small_client(registry) as client:
            for path in paths if next(counter) % 2 else reversed(paths):
                client.send("GET", path)

    assert {row.call for row in swept(pull, effects="Refuse").rows} == {"tags.list#1", "manifest.get#1"}


def test_content_that_differs_is_named() -> None:
    counter = itertools.count()

    def push(registry: FakeRegistry) -> None:
        with small_client(registry) as client:
            client.push_blob(str(next(counter)).encode())

    text = impossible(push)
    assert "two runs without faults differ: the content at the end, + blob samples/hello@sha256:" in text


def test_code_without_end_is_refused() -> None:
    def wait(registry: FakeRegistry) -> None:
        while True:
            pass

    text = r"expected code that ends without a fault: it took more than 0.3 s at .*test_sweep.py:\d+: "
    with pytest.raises(SweepImpossible, match=text):
        sweep(wait, make_registry=open_registry, seconds=0.3)


def test_unknown_case_is_refused_with_those_like_it() -> None:
    text = impossible(push_and_pull, only="blob.get#2:Corupt")
    nearest = "blob.get#1:Corrupt, blob.get#1:Truncate, blob.get#1:Compress"
    assert text == f"there is no case 'blob.get#2:Corupt'; those most like it are {nearest}"


def test_calls_without_a_token_alone_are_refused() -> None:
    def ask(registry: FakeRegistry) -> None:
        with connect(registry) as connection:
            assert connection.session.get(f"{connection.endpoint}/v2/").status_code == 401

    with pytest.raises(SweepImpossible, match=r"refused for lack of a token: effects='all'"):
        sweep(ask)
    assert sweep(ask, effects="all", expect=AssertionError).calls == ("base#1(door)",)


def test_effects_that_can_strike_no_call_are_refused() -> None:
    expected = "expected effects that strike one of the calls, found none that strikes any of them: "
    assert impossible(push_and_pull, effects="LoopLink").startswith(expected)


def test_endpoints_without_a_call_are_refused() -> None:
    with pytest.raises(SweepImpossible, match=r"no call matches endpoints tags.list: the calls are blob.get, "):
        sweep(push_and_pull, make_registry=open_registry, endpoints="tags.list")
