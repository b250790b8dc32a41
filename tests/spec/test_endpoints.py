"""The vocabulary of endpoints: rows, their names, and patterns of names."""

import fnmatch
import json
import re
from typing import get_args

import pytest

from fake_registry.spec.endpoints import (
    BASE_WITHOUT_SLASH,
    ENDPOINTS,
    NAMES,
    Endpoint,
    EndpointName,
    Resource,
    check_endpoint_pattern,
    endpoint_of,
)


def test_every_name_has_a_row_in_the_order_of_names() -> None:
    assert list(dict.fromkeys(endpoint.name for endpoint in ENDPOINTS)) == list(EndpointName)


def test_no_two_rows_have_one_name_and_method_or_one_path_and_method() -> None:
    assert len({(row.name, row.method) for row in ENDPOINTS}) == len(ENDPOINTS)
    assert len({(row.path, row.method) for row in ENDPOINTS}) == len(ENDPOINTS)


@pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: f"{row.method} {row.name}")
def test_rows_of_one_name_differ_in_method_and_source_alone(row: Endpoint) -> None:
    first = endpoint_of(row.name)
    assert {name for name, fact in vars(row).items() if fact != vars(first)[name]} <= {"method", "source"}


@pytest.mark.parametrize("row", ENDPOINTS, ids=lambda row: f"{row.method} {row.name}")
def test_resource_is_that_of_the_path_where_actions_are_required(row: Endpoint) -> None:
    resources = [resource for resource in get_args(Resource) if resource in row.path]
    assert [row.resource] == (resources if row.needs else [None])


def test_endpoint_is_found_by_name_and_method() -> None:
    assert [endpoint_of(row.name, row.method) for row in ENDPOINTS] == list(ENDPOINTS)
    with pytest.raises(KeyError):
        endpoint_of(EndpointName.BLOB_GET, "PUT")


def test_redirecting_base_needs_no_authorization() -> None:
    assert (BASE_WITHOUT_SLASH.name, BASE_WITHOUT_SLASH.path, BASE_WITHOUT_SLASH.needs) == ("base", "/v2", None)


def test_name_is_plain_text_to_users() -> None:
    name = EndpointName.UPLOAD_CHUNK
    assert (str(name), f"{name}", json.dumps(name), name) == ("upload.chunk", "upload.chunk", '"upload.chunk"', name)
    assert {"upload.chunk": 1}[name] == 1
    assert {type(name) for name in NAMES} == {str}


@pytest.mark.parametrize("pattern", ["upload.chunk", "upload.*", "*", "*.get", "base"])
def test_pattern_that_matches_an_endpoint_is_accepted(pattern: str) -> None:
    check_endpoint_pattern(pattern)
    assert fnmatch.filter(NAMES, pattern)


@pytest.mark.parametrize("pattern", ["", "upload", "upload.chunks", "UPLOAD.chunk", "nothing.*"])
def test_pattern_that_matches_no_endpoint_is_refused_with_all_names(pattern: str) -> None:
    with pytest.raises(ValueError, match="there is no endpoint") as raised:
        check_endpoint_pattern(pattern)
    start, _, known = str(raised.value).partition("; the endpoints are ")
    assert start == f"there is no endpoint {pattern!r}"
    assert sorted(known.split(", ")) == sorted(NAMES)


@pytest.mark.parametrize(("pattern", "nearest"), [("upload.chunks", "upload.chunk"), ("BAES", "base"), ("x", "base")])
def test_nearest_endpoint_is_the_first(pattern: str, nearest: str) -> None:
    with pytest.raises(ValueError, match=f"; the endpoints are {re.escape(nearest)}, "):
        check_endpoint_pattern(pattern)
