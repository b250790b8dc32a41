"""The arguments of a sweep are checked before the first run."""

from typing import Any

import pytest
import requests
from azure.core.exceptions import AzureError

from pytest_acr.sweeping.options import errors_of_clients, options_of


def test_errors_of_our_clients_are_expected_by_default() -> None:
    assert {AzureError, requests.RequestException} <= set(errors_of_clients())


def test_one_class_of_exceptions_will_do() -> None:
    assert options_of(expect=LookupError).expect == (LookupError,)
    assert options_of(expect=[LookupError, OSError]).expect == (LookupError, OSError)


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({"effects": "Trunkate"}, ValueError, "effects: expected one of Truncate, "),
        ({"endpoints": "upload.chunks"}, ValueError, "upload.chunk"),
        ({"expect": "LookupError"}, TypeError, "expect: expected classes of exceptions, found str"),
        ({"expect": [LookupError()]}, TypeError, "expect: expected classes of exceptions, found LookupError"),
        ({"limit": 0}, ValueError, "limit: expected at least 1, found 0"),
        ({"limit": True}, TypeError, "limit: expected int, found bool"),
        ({"depth": 3}, ValueError, "depth: expected 1 or 2, found 3"),
        ({"seconds": 0}, ValueError, "seconds: expected more than 0, found 0"),
        ({"seconds": float("nan")}, ValueError, "seconds: expected more than 0, found nan"),
        ({"seconds": "10"}, TypeError, "seconds: expected int or float, found str"),
        ({"seed": None}, TypeError, "seed: expected int, found None"),
    ],
)
def test_wrong_argument_is_refused(arguments: dict[str, Any], kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        options_of(**arguments)
