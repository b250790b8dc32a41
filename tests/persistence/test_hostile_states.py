"""Folders with content that no registry can have are refused, and nothing in them is changed."""

import json
from contextlib import nullcontext
from pathlib import Path

import pytest

from fake_registry.persistence import StorageError
from fake_registry.persistence.files import STATE_NAME
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from tests.persistence.stored import loaded_from, stored_in
from tests.support.images import image, push
from tests.support.layouts import files_in

ONE = RepositoryName("one")
DIGEST = digest_of(b"absent").encode()
EMPTY = b'{"facts":{"created":0,"updated":0}'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "storage"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"zzz":1}', "line 3: .*zzz"),
        (b"[" * 100_000, "line 3: "),
        (b'{"repositories":{"../x":{}}}', "line 3: "),
        (b'{"repositories":{"a":{"blobs":{"sha256:../x":null}}}}', "line 3: "),
        (b'{"contents":{"../x":"aGVsbG8="}}', "line 3: "),
        (b'{"repositories":{"%s":{}}}' % (b"x" * 5000), "line 3: NAME_INVALID"),
        (
            b'{"repositories":{"a":' + EMPTY + b',"blobs":{"%s":{"stored":0}}}}}' % DIGEST,
            "cannot be read: No such file",
        ),
        (
            b'{"repositories":{"a":%s,"tags":{"v":{"digest":"%s","created":0,"updated":0}}}}}' % (EMPTY, DIGEST),
            "the tag a:v: expected a manifest of the repository, found sha256:",
        ),
        (b'{"repositories":{"a":{"facts":{"created":-1,"updated":0}}}}', "expected times from 0 to .*, found -1"),
        (b'{"repositories":{"a":{"facts":{"created":0,"updated":1%s}}}}' % (b"0" * 30), "expected times from 0 to"),
    ],
)
def test_state_that_no_registry_can_have_is_refused(path: Path, line: bytes, reason: str) -> None:
    """And nothing in the folder is changed."""
    with stored_in(path):
        pass
    with (path / STATE_NAME).open("ab") as file:
        file.write(line + b"\n")
    before = files_in(path)
    with pytest.raises(StorageError, match=reason) as refusal:
        loaded_from(path)
    assert len(str(refusal.value)) < 400
    assert files_in(path) == before


@pytest.mark.parametrize("field", ["created", "updated", "stored"])
@pytest.mark.parametrize("table", ["blobs", "manifests", "tags", "facts"])
def test_time_of_any_item_is_checked(path: Path, table: str, field: str) -> None:
    with stored_in(path) as stored:
        push(stored.registry.content, ONE, image(b"layer"), tags=[Tag("v1")])
    header, line = (path / STATE_NAME).read_bytes().splitlines()
    document = json.loads(line)
    found = document["repositories"]["one"][table]
    items = [item for item in ([found] if table == "facts" else found.values()) if field in item]
    for item in items[:1]:
        item[field] = -1
    (path / STATE_NAME).write_bytes(header + b"\n" + json.dumps(document).encode() + b"\n")
    with pytest.raises(StorageError, match="found -1") if items else nullcontext():
        loaded_from(path)


@pytest.mark.parametrize(("member", "value"), [(b'"bytes":', b'"bytes":1'), (b'"size":', b'"size":-')])
def test_size_that_a_manifest_cannot_have_is_refused(path: Path, member: bytes, value: bytes) -> None:
    """`index.json` would have the first, and ACR's imageSize the second."""
    with stored_in(path) as stored:
        push(stored.registry.content, ONE, image(b"layer"), tags=[Tag("v1")])
    state = (path / STATE_NAME).read_bytes()
    (path / STATE_NAME).write_bytes(state.replace(member, value))
    with pytest.raises(StorageError, match=r"expected .* bytes, as its content has, and a size of 0 or more, found"):
        loaded_from(path)


def test_folder_in_place_of_the_index_is_refused(path: Path) -> None:
    with stored_in(path):
        pass
    (path / "index.json").unlink()
    (path / "index.json").mkdir()
    before = (path / STATE_NAME).read_bytes()
    with pytest.raises(StorageError, match=r"index\.json: expected the path of a file, found a folder"):
        loaded_from(path)
    assert (path / STATE_NAME).read_bytes() == before
