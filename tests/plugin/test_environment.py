"""`acr_environment` over every transport, with a proxy in the environment; restored afterwards."""

import os

import pytest

from tests.support.suites import AddSuite


@pytest.mark.parametrize("transport", ["memory", "http", "https"])
def test_code_and_subprocesses_find_the_server_by_the_environment(
    pytester: pytest.Pytester, add_suite: AddSuite, monkeypatch: pytest.MonkeyPatch, transport: str
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    before = dict(os.environ)
    add_suite("environment")
    pytester.runpytest("-W", "error", "--acr-transport", transport).assert_outcomes(passed=1)
    after = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    assert after == {name: value for name, value in before.items() if not name.startswith("PYTEST_")}
