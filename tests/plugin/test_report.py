"""The section "acr requests" of a failing test, in each way that pytest shows failures."""

import re
from typing import NoReturn
from xml.etree import ElementTree

import pytest

from fake_registry.journal import hints
from fake_registry.journal.evidence import Evidence
from tests.support.suites import AddSuite

TITLE = "acr requests"

PUSH = "good for repository:dev/web:pull, the call needs repository:dev/web:pull,push. *"

UNKNOWN_HOST = "No registry of the test has the name mine.azurecr.io; the hosts are fake.*"

MISTAKES = {
    "wrong_tag": "hint: There is no tag 1.1 in dev/web. It has: 1.0.",
    "wrong_accept": "hint: dev/web:1.0 exists, but the Accept header of #2 lists application/vnd.docker.*",
    "wrong_media_type": "400 MANIFEST_INVALID; mediaType is application/*, but Content-Type is application/*",
    "missing_layer": "hint: Blob sha256:* is in dev/web, not in dev/api: upload it there too, or mount it.",
    "missing_role_through_the_sdk": f"hint: The token of #3 is {PUSH}",
    "missing_role_through_requests": f"hint: The token of #2 is {PUSH}",
    "wrong_repository": "hint: There is no repository dev/wep. The registry has: dev/web.",
    "page_handling": "hint: #2 acr.tags.list was answered with one page, and its Link * was not followed. *",
    "missing_retry": "hint: The fault Refuse(*503*) struck #3 manifest.get, and the request was not sent again. *",
    "disconnect": "hint: The fault Disconnect(*) struck #3 manifest.get, and the request was not sent again. *",
    "outage": "the registry is down: each request loses its connection, until acr.up()",
    "digest_mismatch": "hint: sha256:* is the digest of manifest sha256:* written as JSON once more. *",
    "wrong_digest_of_an_upload": "400 DIGEST_INVALID; expected digest sha256:*, found sha256:*",
    "wrong_scope": "hint: The token of #2 is good for repository:dev/api:pull, the call needs *dev/web:pull. *",
    "forgotten_await": "hint: acr_aio_client sent no request. Is an `await` missing? *",
    "counting_without_a_status": "hint: 1 of the 2 requests to manifest.get had no token, and the answer 401: *",
    "assertion_without_a_status": "hint: 1 of the 2 requests to manifest.get had no token, and the answer 401: *",
    "name_of_no_registry": f"hint: {UNKNOWN_HOST}",
    "name_that_the_network_lacks": f"hint: {UNKNOWN_HOST}",
}
"""A sentence in pytest's output for each test of the suite `mistakes`."""

ORIGINS = {
    "test_setup": "in-setup",
    "test_teardown": "in-teardown",
    "test_call": "in-call",
    "test_without_traceback": "untraced",
    "test_unknown_fixture": "unknown-fixture",
    "test_strict_mark": "strict-mark",
    "test_thread": "in-thread",
    "test_subprocess": "in-subprocess",
    "test_made": "made",
    "test_connected": "connected",
    "test_network": "network",
    "TestUnittest.test_method": "in-case",
}
"""The tag in a request of each failing test of the suite `reports`."""


def _fail(evidence: Evidence) -> NoReturn:
    raise KeyError("broken")


def sections_of(result: pytest.RunResult) -> dict[str, str]:
    """Return the section of each failed test, by the name in the heading of its failure."""
    sections = {}
    for heading, text in re.findall(
        r"^_{3,} (.+?) _{3,}$(.*?)(?=^_{3,} |^={3,} )", result.stdout.str(), re.MULTILINE | re.DOTALL
    ):
        _, line, section = text.partition(f" {TITLE} ")
        if line:
            sections[heading.rpartition(" ")[2]] = section
    return sections


def test_each_mistake_is_explained(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("mistakes")
    result = pytester.runpytest("-p", "no:unraisableexception", "-W", "ignore")
    result.assert_outcomes(failed=len(MISTAKES))

    sections = sections_of(result)
    for name, sentence in MISTAKES.items():
        pytest.LineMatcher(sections[f"test_{name}"].splitlines()).fnmatch_lines([f"*{sentence}"])


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        pytest.param(("--show-capture=no",), marks=pytest.mark.exhaustive),
        ("--show-capture=log", "--tb=native"),
        pytest.param(("-n", "2"), marks=pytest.mark.exhaustive),
    ],
)
def test_requests_of_each_origin_are_shown(
    arguments: tuple[str, ...], pytester: pytest.Pytester, add_suite: AddSuite
) -> None:
    add_suite("reports")
    sections = sections_of(pytester.runpytest("-p", "no:randomly", *arguments))

    assert sections.keys() == {*ORIGINS, "test_many_requests"}
    for name, tag in ORIGINS.items():
        assert f"manifest.get dev/web:{tag} -> 401" in sections[name]


def test_section_has_requests_hints_faults_and_content(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from fake_registry import Disconnect, Fault, Truncate

        def test(acr, acr_client):
            acr.push_image("dev/web:1.0", layers=[b"layer"])
            acr.faults.add(Fault("manifest.get", Truncate(1), times=2))
            acr.faults.add(Fault("blob.get", Disconnect(), optional=True))
            acr_client.get_manifest("dev/web", "1.0")
        """
    )
    section = sections_of(pytester.runpytest())["test"]

    digest = r"sha256:[0-9a-f]{12}"
    assert re.fullmatch(
        r"-+\n"
        r"fake.azurecr.io: 4 requests\n"
        r"  \(left out: 1 call without a token, answered 401, and 2 token requests that succeeded\)\n"
        r"  #3 GET manifest.get dev/web:1.0 -> 200 \[fault Truncate\(.*\)\]\n"
        r"hint: The fault Truncate\(.*\) struck #3 manifest.get, and the request was not sent again. .*\n"
        r"fault in force: Truncate\(.*\) at manifest.get, 1 hit of at most 2\n"
        r"fault in force: Disconnect\(how='reset'\) at blob.get, 0 hits\n"
        r"the registry has:\n"
        rf"  dev/web\n    1.0  {digest}  OCI image, 1 layer, 562 bytes\n",
        section,
    ), section


def test_entra_has_its_own_lines(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("reports")
    sections = sections_of(pytester.runpytest("-k", "test_network"))

    assert "Entra: 1 request\n  #0 GET login.microsoftonline.com/common/v2.0/" in sections["test_network"]
    assert "mine.azurecr.io: 1 request\n" in sections["test_network"]


def test_content_of_a_registry_is_shown_after_its_block(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("reports")
    sections = sections_of(pytester.runpytest("-k", "test_made"))

    assert "fault in force: Disconnect(how='reset') at blob.get, 0 hits\n" in sections["test_made"]
    assert "the registry had at the end of its block:\n  dev/made\n" in sections["test_made"]


def test_content_is_shown_for_a_failure_after_the_block(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from fake_registry import Disconnect, Fault

        def test(make_acr):
            with make_acr() as registry:
                registry.push_image("dev/made:1.0")
                registry.faults.add(Fault("blob.get", Disconnect(), optional=True))
            assert False
        """
    )
    section = sections_of(pytester.runpytest())["test"]

    assert "fault in force: Disconnect(how='reset') at blob.get, 0 hits\n" in section
    assert "the registry had at the end of its block:\n  dev/made\n" in section


def test_registries_of_one_name_are_numbered(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from pytest_acr import connect

        def test(acr, acr_session, acr_endpoint, make_acr):
            acr_session.get(f"{acr_endpoint}/v2/dev/web/manifests/1.0")
            with connect(make_acr()) as connection:
                connection.session.get(f"{connection.endpoint}/v2/dev/web/manifests/2.0")
            assert False
        """
    )
    section = sections_of(pytester.runpytest())["test"]

    first, _, second = section.partition("fake.azurecr.io (2 of 2 with this name): 1 request\n")
    assert "fake.azurecr.io (1 of 2 with this name): 1 request\n" in first
    assert ("dev/web:1.0 -> 401" in first, "dev/web:2.0 -> 401" in second) == (True, True)


def test_requests_of_earlier_tests_are_not_shown(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    """The registry of the session is alive in both."""
    pytester.makepyfile(
        """
        import pytest
        from pytest_acr import connect

        @pytest.fixture(scope="session")
        def shared(make_acr):
            with connect(make_acr()) as connection:
                yield connection

        @pytest.mark.parametrize("tag", ["first", "second", "third"])
        def test(shared, tag):
            shared.session.get(f"{shared.endpoint}/v2/dev/web/manifests/{tag}")
            assert tag == "first"
        """
    )
    sections = sections_of(pytester.runpytest())

    assert re.findall(r"#\d+ GET manifest.get (\S+)", sections["test[second]"]) == ["dev/web:second"]
    assert re.findall(r"#\d+ GET manifest.get (\S+)", sections["test[third]"]) == ["dev/web:third"]


@pytest.mark.parametrize(("arguments", "lines"), [((), 25), (("-vv",), 30)])
def test_number_of_lines_depends_on_verbosity(
    arguments: tuple[str, ...], lines: int, pytester: pytest.Pytester, add_suite: AddSuite
) -> None:
    add_suite("reports")
    section = sections_of(pytester.runpytest("-k", "many", *arguments))["test_many_requests"]
    assert len(re.findall("#.* GET manifest.get ", section)) == lines


@pytest.mark.parametrize("argument", ["--tb=no", "--acr-show-requests=no"])
def test_section_is_not_shown_where_none_is_wanted(
    argument: str, pytester: pytest.Pytester, add_suite: AddSuite
) -> None:
    add_suite("reports")
    result = pytester.runpytest("-k", "test_call", argument)

    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line(f"*{TITLE}*")


def test_all_shows_requests_of_passing_tests_too(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("reports")
    result = pytester.runpytest("-k", "test_passes", "-rP", "--acr-show-requests", "all")

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"*- {TITLE} -*", "*manifest.get dev/web:passed -> 401*"])


def test_section_is_in_junit_xml(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("reports")
    pytester.runpytest("--junit-xml=report.xml")

    cases = ElementTree.parse("report.xml").getroot().iter("testcase")
    texts = {case.get("name"): "".join(case.itertext()) for case in cases}
    for name, tag in ORIGINS.items():
        assert f"manifest.get dev/web:{tag} -> 401" in texts[name.rpartition(".")[2]]


@pytest.mark.parametrize("shown", ["no", "stdout", "stderr", "log", "all"])
def test_section_is_shown_whatever_output_is(shown: str, pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("reports")
    result = pytester.runpytest("-k", "test_call or test_strict", f"--show-capture={shown}")
    assert sections_of(result).keys() == {"test_call", "test_strict_mark"}


def test_replaced_modules_leave_the_failure_as_it_is(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test(acr_session, acr_endpoint, monkeypatch):
            acr_session.get(f"{acr_endpoint}/v2/")
            monkeypatch.setitem(sys.modules, "pytest_acr.plugin.report", None)
            assert False, "its own failure"
        """
    )
    result = pytester.runpytest("--acr-har", "requests")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*its own failure*", "(the requests cannot be shown: import of * halted*"])


def test_error_of_the_report_is_its_text(
    pytester: pytest.Pytester, add_suite: AddSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_suite("reports")
    monkeypatch.setattr(hints, "HINTS", (_fail,))
    result = pytester.runpytest("-k", "test_call")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [f"*- {TITLE} -*", "*manifest.get dev/web:in-call*", "(the hints cannot be shown: KeyError: 'broken')"]
    )


def test_clock_that_fails_leaves_the_requests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from fake_registry import ManualClock

        class StoppedClock(ManualClock):
            def now(self):
                if self.is_stopped:
                    raise RuntimeError("stopped\\nclock")
                return super().now()

        @pytest.fixture
        def acr_clock():
            return StoppedClock()

        def test(acr_session, acr_endpoint, acr_clock):
            acr_clock.is_stopped = False
            acr_session.get(f"{acr_endpoint}/v2/")
            acr_clock.is_stopped = True
            raise AssertionError
        """
    )
    pytester.runpytest().stdout.fnmatch_lines(
        ["  #0 GET base -> 401*", "(the content cannot be shown: RuntimeError: stopped*clock)"]
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("--show-capture=no",),
        pytest.param(("-n", "1", "--show-capture=no"), marks=pytest.mark.exhaustive),
    ],
)
def test_doctest_has_a_section(arguments: tuple[str, ...], pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def f():
            '''
            >>> session, endpoint = getfixture("acr_session"), getfixture("acr_endpoint")
            >>> session.get(f"{endpoint}/v2/").status_code
            200
            '''
        """
    )
    result = pytester.runpytest("--doctest-modules", "--junit-xml=report.xml", *arguments)

    result.stdout.fnmatch_lines(["Expected:", f"*- {TITLE} -*", "  #0 GET base -> 401*"])
    assert f" {TITLE} -" in (pytester.path / "report.xml").read_text()


def test_requests_that_were_forgotten_are_counted(pytester: pytest.Pytester) -> None:
    """As many came since: the number alone would say that the test has sent none."""
    pytester.makepyfile(
        """
        import pytest
        from pytest_acr import connect

        @pytest.fixture(scope="session")
        def shared(make_acr):
            with connect(make_acr()) as connection:
                yield connection

        @pytest.mark.parametrize("tag", ["first", "second"])
        def test(shared, tag):
            shared.registry.forget_requests()
            shared.session.get(f"{shared.endpoint}/v2/dev/web/manifests/{tag}")
            assert tag == "first"
        """
    )
    section = sections_of(pytester.runpytest())["test[second]"]
    assert ": 1 request, 1 forgotten before\n  #0 GET manifest.get dev/web:second" in section


def test_requests_that_were_dropped_are_counted(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.acr(max_recorded_requests=2)
        def test(acr_session, acr_endpoint):
            for _ in range(5):
                acr_session.get(f"{acr_endpoint}/v2/")
            raise AssertionError
        """
    )
    section = sections_of(pytester.runpytest())["test"]
    assert (
        ": 5 requests, the first 3 were dropped (see Settings.max_recorded_requests, max_recorded_bytes)\n  #3 GET base"
        in section
    )


def test_registries_that_a_test_has_dropped_are_shown(pytester: pytest.Pytester) -> None:
    """The last eight, whatever the number of places that note each."""
    pytester.makepyfile(
        """
        from fake_registry import FakeRegistry, Settings
        from pytest_acr import connect

        def test():
            for number in range(10):
                registry = FakeRegistry(Settings(name=f"made{number}"))
                with connect(registry) as connection, connect(registry):
                    connection.session.get(f"{connection.endpoint}/v2/")
            raise AssertionError
        """
    )
    section = sections_of(pytester.runpytest())["test"]
    assert re.findall(r"made\d", section) == [f"made{number}" for number in range(2, 10)]


def test_second_run_of_a_test_has_its_own_requests(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        from _pytest.runner import runtestprotocol

        def pytest_runtest_protocol(item, nextitem):
            runtestprotocol(item, nextitem=None, log=False)
            item._initrequest()  # as pytest-rerunfailures does
            runtestprotocol(item, nextitem=nextitem)
            return True
        """
    )
    pytester.makepyfile(
        """
        def test(acr_session, acr_endpoint, runs=[]):
            runs.append("run")
            acr_session.get(f"{acr_endpoint}/v2/dev/web/manifests/{len(runs)}")
            raise AssertionError
        """
    )
    section = sections_of(pytester.runpytest())["test"]
    assert re.findall(r"GET manifest.get (\S+)", section) == ["dev/web:2"]


@pytest.mark.parametrize("ending", ["acr.forget_requests()", "make_acr()"])
def test_async_client_that_was_called_misses_no_await(ending: str, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""
        import asyncio

        async def pull(client):
            return [name async for name in client.list_repository_names()]

        def test(acr, acr_aio_client, make_acr):
            asyncio.run(pull(acr_aio_client))
            {ending}
            assert False
        """
    )
    result = pytester.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*await*missing*")


def test_report_is_imported_for_a_failure_alone(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    """Run in a new process, because this one has imported it."""
    add_suite("reports")
    pytester.makeconftest(
        """
        import sys

        REPORT = ("pytest_acr.plugin.report", "fake_registry.journal.report", "fake_registry.journal.hints")

        class Blocker:
            found = []
            after = {}

            def find_spec(self, name, path=None, target=None):
                if name in REPORT:
                    self.found.append(name)
                    raise ImportError("blocked")

        def pytest_collection_modifyitems(items):
            items.sort(key=lambda item: item.name == "test_call")  # the failure is the last

        def pytest_runtest_logfinish(nodeid):
            Blocker.after[nodeid.rpartition("::")[2]] = list(Blocker.found)

        def pytest_terminal_summary(terminalreporter):
            terminalreporter.write_line(f"imported: {Blocker.after}")

        sys.meta_path.insert(0, Blocker())
        """
    )
    selected = "passes or expected_failure or test_call"
    result = pytester.runpytest_subprocess("-p", "no:randomly", "-k", selected)

    imported = {"test_passes": [], "test_expected_failure": [], "test_call": ["pytest_acr.plugin.report"]}
    assert f"imported: {imported}" in result.outlines
