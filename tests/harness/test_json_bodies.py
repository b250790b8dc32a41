"""The JSON of responses."""

import tracemalloc
from typing import Final

import pytest

from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.json_bodies import MAX_JSON_BYTES, decode_json
from pytest_acr.harness.messages import RawRequest, RawResponse
from pytest_acr.harness.properties.protocol import ERROR_DOCUMENT
from pytest_acr.harness.protocol import error_codes, protocol_breaches

JSON: Final = (("Content-Type", "application/json"),)

HOLLOW: Final = b'{"errors": [' + b"[]," * 1_000_000 + b"[]]}"
"""A text of 3 MB, whose value would take 64 MB."""


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"tags": ["a"]}', {"tags": ["a"]}),
        (b" " * (MAX_JSON_BYTES - 1) + b"3", 3),
        (b" " * MAX_JSON_BYTES + b"3", None),
        (b"", None),
        (b"\xff", None),
        (b"[" * 100_000, None),
        (b"1" * 5_000, None),
    ],
    ids=["object", "longest", "too long", "empty", "not UTF-8", "deep", "large number"],
)
def test_json_of_a_body(body: bytes, value: object) -> None:
    assert decode_json(RawResponse(200, (), body)) == value


def test_errors_of_a_hollow_document_cost_little_memory() -> None:
    response = RawResponse(400, JSON, HOLLOW)

    tracemalloc.start()
    codes = error_codes(response)
    broken = [each for each, _ in protocol_breaches(RawRequest("GET", "/"), response, Dialect())]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (codes, broken) == ((), [ERROR_DOCUMENT])
    assert peak < 1_000_000
