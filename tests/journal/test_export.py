"""Files of exchanges: whole or not at all."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.journal.exchange import Exchange
from fake_registry.journal.exchanges import Exchanges
from fake_registry.journal.sources import Selection
from tests.support.effort import examples
from tests.support.exchanges import RecordedExchanges, exchanges, exchanges_of
from tests.support.har import har_problems

Write = Callable[[Exchanges, Any], Path]  # Any: a path, or a wrong argument

both = pytest.mark.parametrize("write", [Exchanges.to_har, Exchanges.to_json_lines])


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_har_file_has_all_exchanges(tmp_path: Path) -> None:
    path = exchanges_of({}, {"status": 404}).to_har(tmp_path / "a.har")

    document = json.loads(path.read_text(encoding="utf-8"))
    assert list(har_problems(document)) == []
    assert [entry["response"]["status"] for entry in document["log"]["entries"]] == [200, 404]


def test_filtered_exchanges_can_be_written(tmp_path: Path) -> None:
    some = exchanges_of({}, {"status": 404}).where(status=404)

    [line] = some.to_json_lines(tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    document = json.loads(some.to_har(tmp_path / "a.har").read_text(encoding="utf-8"))
    assert json.loads(line)["number"] == 1
    assert [entry["_number"] for entry in document["log"]["entries"]] == [1]


def test_no_exchanges_are_an_empty_file_of_lines(tmp_path: Path) -> None:
    assert exchanges_of().to_json_lines(tmp_path / "a.jsonl").read_bytes() == b""


@both
@pytest.mark.parametrize("kind", [str, Path])
def test_path_is_returned(tmp_path: Path, write: Write, kind: type) -> None:
    assert write(exchanges_of({}), kind(tmp_path / "a")) == tmp_path / "a"


@both
def test_file_that_exists_is_replaced(tmp_path: Path, write: Write) -> None:
    path = tmp_path / "a"
    path.write_text("old", encoding="utf-8")

    write(exchanges_of({}), path)

    assert path.read_bytes().startswith(b"{")
    assert names_in(tmp_path) == ["a"]


@both
@pytest.mark.parametrize(
    ("name", "error", "message"),
    [
        ("absent/a", FileNotFoundError, "expected a file in an existing folder, found an absent one"),
        ("file/a", NotADirectoryError, "expected a file in an existing folder, found a file in its place"),
        ("folder", IsADirectoryError, "expected the path of a file, found a folder"),
        ("a\0b", ValueError, "path: expected the path of a file, found one with a NUL"),
        ("a" * 300 + "/b", FileNotFoundError, "expected a file in an existing folder, found an absent one"),
        ("a" * 300, OSError, "expected a file that can be written, found: File name too long"),
    ],
)
def test_path_that_cannot_be_written_is_refused(
    tmp_path: Path, write: Write, name: str, error: type[Exception], message: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("kept", encoding="utf-8")

    with pytest.raises(error) as raised:
        write(exchanges_of({}), tmp_path / name)

    assert message in str(raised.value)
    assert repr(str(tmp_path / name)) in str(raised.value)
    assert names_in(tmp_path) == ["file", "folder"]
    assert (tmp_path / "file").read_text(encoding="utf-8") == "kept"


@both
def test_pipe_is_refused_and_stays(tmp_path: Path, write: Write) -> None:
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe)

    for path in (pipe, link):
        with pytest.raises(FileExistsError, match="expected the path of a file, found a device, a pipe or a socket"):
            write(exchanges_of({}), path)

    assert (pipe.is_fifo(), link.is_symlink()) == (True, True)
    assert names_in(tmp_path) == ["link", "pipe"]


@both
def test_nothing_is_read_for_a_path_that_is_refused(tmp_path: Path, write: Write) -> None:
    class Unread(RecordedExchanges):
        def read(self) -> tuple[Exchange, ...]:
            raise AssertionError("exchanges were read")

    with pytest.raises(IsADirectoryError):
        write(Exchanges(Unread()), tmp_path)


@both
def test_error_while_writing_leaves_the_old_file(tmp_path: Path, write: Write) -> None:
    path = tmp_path / "a"
    path.write_text("old", encoding="utf-8")
    broken = exchanges_of({"request_headers": ((b"x", "y"),), "time": "soon"})

    with pytest.raises(TypeError):
        write(broken, path)

    assert path.read_text(encoding="utf-8") == "old"
    assert names_in(tmp_path) == ["a"]


@both
@pytest.mark.parametrize(("path", "found"), [(None, "None"), (5, "int"), (b"a", "bytes")])
def test_path_of_another_type_is_refused(write: Write, path: object, found: str) -> None:
    with pytest.raises(TypeError, match=rf"^path: expected str or a path, found {found}$"):
        write(exchanges_of({}), path)


@examples(10)  # each writes two files to the disk
@given(items=st.lists(exchanges(), max_size=3))
def test_files_are_ascii_whatever_the_exchanges(
    tmp_path_factory: pytest.TempPathFactory, items: list[Exchange]
) -> None:
    folder = tmp_path_factory.mktemp("files")
    har = Exchanges(Selection(tuple(items))).to_har(folder / "a.har").read_bytes()
    lines = Exchanges(Selection(tuple(items))).to_json_lines(folder / "a.jsonl").read_bytes()

    assert har.isascii()
    assert lines.isascii()
    assert list(har_problems(json.loads(har))) == []
    assert len(lines.splitlines()) == len(items)
