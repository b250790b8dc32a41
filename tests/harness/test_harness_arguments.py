"""Wrong arguments of the public functions: what was expected, and what was found."""

from collections.abc import Callable
from typing import Any

import pytest

from pytest_acr.harness import machine_for, replay, test_case_for

URL = "http://127.0.0.1:5000"

Function = Callable[..., object]


@pytest.mark.parametrize("function", [machine_for, test_case_for])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"registry": 5}, "registry: expected .*, found int"),
        ({"registry": None}, "registry: expected .*, found None"),
        ({"registry": URL, "dialect": "acr"}, "dialect: expected Dialect or None, found str"),
        ({"registry": URL, "machine": 3}, "machine: expected str, found int"),
        ({"registry": URL, "known": "blob-get"}, "known: expected .*, found str"),
        ({"registry": URL, "known": [3]}, "known: expected an iterable of str, found int"),
    ],
)
def test_argument_of_another_type_is_refused(
    function: Function,
    arguments: dict[str, Any],  # Any: what a test passes
    message: str,
) -> None:
    with pytest.raises(TypeError, match=message):
        function(**arguments)


@pytest.mark.parametrize(
    "call",
    [
        lambda known: machine_for(URL, known=known),
        lambda known: test_case_for(URL, known=known),
        lambda known: replay(URL, [("get_blob", {})], known=known),
    ],
)
def test_misspelt_id_of_a_property_is_refused(call: Callable[[list[str]], object]) -> None:
    message = "known: expected the id of a property, such as blob-get, found 'blob-gte'"
    with pytest.raises(ValueError, match=message):
        call(["blob-get", "blob-gte"])


def test_id_of_an_exact_status_is_known() -> None:
    assert machine_for(URL, known=["blob-absent-exact-status"])


@pytest.mark.parametrize("step", [3, "get_blob", ("get_blob",), ("get_blob", 3), (3, {})])
def test_malformed_step_is_refused(step: Any) -> None:  # Any: what a test passes
    with pytest.raises(TypeError, match="steps: expected pairs of a name and a dict of arguments, found"):
        replay(URL, [step])


def test_misspelt_id_to_replay_is_refused() -> None:
    with pytest.raises(ValueError, match="only: expected the id of a property, such as blob-get"):
        replay(URL, [("get_blob", {})], only="blob-gett")


@pytest.mark.parametrize("url", ["", "ftp://host", "http://127.0.0.1:5000/v2/", "not a URL"])
def test_malformed_url_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="expected a registry's URL such as"):
        test_case_for(url)


def test_function_that_makes_no_registry_is_refused() -> None:
    with pytest.raises(TypeError, match=r"registry: expected a URL, .*, found None"):
        replay(lambda: None, [("get_blob", {"repository": 0, "which": 0})])  # type: ignore[arg-type, return-value]
