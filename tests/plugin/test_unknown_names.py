"""Misspelt options, markers and fixtures: pytest's report has the nearest ones."""

import pytest

pytestmark = pytest.mark.usefixtures("add_suite")

A_TEST = "def test_nothing(): pass"


@pytest.mark.parametrize("arguments", [("--acr-transprot", "http"), ("--acr-transprot=http",)])
def test_option(pytester: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    result = pytester.runpytest(*arguments)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("ERROR: there is no option --acr-transprot; those most like it are --acr-transport")


@pytest.mark.parametrize("name", ["--acr_transport", "--arc-transport"])
def test_option_with_another_beginning(pytester: pytest.Pytester, name: str) -> None:
    result = pytester.runpytest(f"{name}=http")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(f"ERROR: there is no option {name}; those most like it are --acr-transport")


def test_option_like_none_of_the_plugin(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--apr-transport=http")

    result.stderr.fnmatch_lines("*error: unrecognized arguments: --apr-transport=http")


def test_option_like_no_other(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest("--acr-zzz")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("ERROR: there is no option --acr-zzz; there are --acr-budgets, *, --acr-unused-faults")


def test_option_of_a_conftest_is_known(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("def pytest_addoption(parser): parser.addoption('--acr-transports')")
    pytester.makepyfile(A_TEST)
    pytester.runpytest("--acr-transports=http").assert_outcomes(passed=1)


def test_variable(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ACR_TRANSPROT", "http")
    result = pytester.runpytest()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = "there is no variable PYTEST_ACR_TRANSPROT; those most like it are PYTEST_ACR_TRANSPORT"
    result.stderr.fnmatch_lines(f"ERROR: {text}")


@pytest.mark.parametrize("name", ["PYTEST_ACR_LIVE_USERNAME", "PYTEST_ACR_COLOUR", "PYTEST_ACRTRANSPORT"])
def test_variable_of_ours_or_of_another_program(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "http")
    pytester.makepyfile(A_TEST)
    pytester.runpytest().assert_outcomes(passed=1)


def test_ini_option(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nacr_show_request = all\n")
    result = pytester.runpytest()

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    text = "there is no ini option acr_show_request; those most like it are acr_show_requests"
    result.stderr.fnmatch_lines(f"ERROR: {text}")


MARKED = """
    import pytest

    @pytest.mark.acr_imge("dev/web:1.0")
    def test_nothing(): pass
"""


def test_marker(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MARKED)
    result = pytester.runpytest("-W", "default")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        "ERROR: test_marker.py::test_nothing: there is no marker acr_imge; those most like it are acr_image"
    )


def test_marker_in_a_worker_of_xdist(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(f"{MARKED}\n    def test_other(): pass\n")
    result = pytester.runpytest("-W", "default", "-n", "1")

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines("E*: there is no marker acr_imge; those most like it are acr_image")


@pytest.mark.parametrize("name", ["acr_imge", "arc_image"])
@pytest.mark.parametrize("option", ["--strict-markers", "-Werror"])
def test_marker_that_pytest_refuses(pytester: pytest.Pytester, option: str, name: str) -> None:
    pytester.makepyfile(MARKED.replace("acr_imge", name))
    result = pytester.runpytest(option)

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(f"there is no marker {name}; those most like it are acr_image")


@pytest.mark.parametrize("name", ["image", "car", "ocr_image"])
def test_marker_like_none_of_the_plugin(pytester: pytest.Pytester, name: str) -> None:
    pytester.makepyfile(MARKED.replace("acr_imge", name))
    pytester.runpytest("-W", "default").assert_outcomes(passed=1, warnings=1)


def test_registered_marker_is_known(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nmarkers = acr_imge(name): ours\n")
    pytester.makepyfile(MARKED)
    pytester.runpytest().assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("acr_clinet", "acr_client, acr_aio_client"), ("make_acrs", "make_acr"), ("make_arc", "make_acr")],
)
def test_fixture(pytester: pytest.Pytester, name: str, nearest: str) -> None:
    pytester.makepyfile(f"def test_nothing({name}): pass")
    result = pytester.runpytest()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["* acr fixture *", f"there is no fixture {name}; those most like it are {nearest}"])


@pytest.mark.parametrize("name", ["across_all", "acr_zzz", "tmp_pth", "client", "car", "ocr_client"])
def test_fixture_like_none_of_the_plugin(pytester: pytest.Pytester, name: str) -> None:
    pytester.makepyfile(f"def test_nothing({name}): pass")
    result = pytester.runpytest()

    result.assert_outcomes(errors=1)
    result.stdout.no_fnmatch_line("* acr fixture *")
