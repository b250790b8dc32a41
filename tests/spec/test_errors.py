"""The errors: their tree, their codes, what they carry."""

import gc
import pickle
import re
import weakref
from collections.abc import Iterator

import pytest

from fake_registry.spec import errors
from fake_registry.spec.errors import ABSENT, BlobUnknown, ManifestBlobUnknown, RegistryError

SPECIFIED_CODES = {
    "BLOB_UNKNOWN",
    "BLOB_UPLOAD_INVALID",
    "BLOB_UPLOAD_UNKNOWN",
    "DIGEST_INVALID",
    "MANIFEST_BLOB_UNKNOWN",
    "MANIFEST_INVALID",
    "MANIFEST_UNKNOWN",
    "NAME_INVALID",
    "NAME_UNKNOWN",
    "SIZE_INVALID",
    "UNAUTHORIZED",
    "DENIED",
    "UNSUPPORTED",
    "TOOMANYREQUESTS",
}
"""distribution-spec v1.1.1, Error Codes, code-1 to code-14."""


def tree_of(error: type[RegistryError]) -> Iterator[tuple[str, str, str]]:
    for kind in error.__subclasses__():
        yield kind.__name__, kind.code, error.__name__
        yield from tree_of(kind)


def drawn_tree() -> Iterator[tuple[str, str, str]]:
    parents = {0: "RegistryError"}
    for rail, name, code in re.findall(r"^([│ ]*)[├└]── (\w+) +([A-Z_]+)", errors.__doc__ or "", re.MULTILINE):
        depth = len(rail) // 4
        parents[depth + 1] = name
        yield name, code, parents[depth]


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    assert sorted(drawn_tree()) == sorted(tree_of(RegistryError))


def test_each_code_of_the_specification_has_a_class() -> None:
    assert {code for _, code, _ in tree_of(RegistryError)} >= SPECIFIED_CODES


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (BlobUnknown(), "BLOB_UNKNOWN"),
        (BlobUnknown("gone", digest="sha256:0", repository="a"), "BLOB_UNKNOWN: gone: digest=sha256:0, repository=a"),
        (BlobUnknown(digest="sha256:0"), "BLOB_UNKNOWN: digest=sha256:0"),
    ],
)
def test_text_is_code_reason_and_facts(error: RegistryError, text: str) -> None:
    assert str(error) == text


def test_absent_null_and_given_detail_differ() -> None:
    found = [BlobUnknown().detail, BlobUnknown(detail=None).detail, BlobUnknown(detail={"a": 1}).detail]
    assert found == [ABSENT, None, {"a": 1}]
    assert repr(ABSENT) == "ABSENT"


def test_one_error_is_its_own_entry() -> None:
    error = BlobUnknown(digest="sha256:0")
    assert error.entries == (error,)


def test_error_has_an_entry_for_each_missing_blob() -> None:
    missing = tuple(ManifestBlobUnknown(digest=f"sha256:{n}") for n in range(3))
    assert ManifestBlobUnknown(entries=missing).entries == missing


def test_error_can_be_pickled() -> None:
    """pytest-xdist sends what a test raised from worker to controller."""
    error = pickle.loads(pickle.dumps(BlobUnknown("gone", detail=None, digest="sha256:0")))
    assert (type(error), str(error), error.detail) == (BlobUnknown, "BLOB_UNKNOWN: gone: digest=sha256:0", None)


def test_unreferenced_error_is_freed_at_once() -> None:
    """An error in a cycle keeps its traceback, and every frame's bodies and sockets, until the collector comes by."""
    gc.disable()
    try:
        error = weakref.ref(BlobUnknown(digest="sha256:0"))
        assert error() is None
    finally:
        gc.enable()
