"""OCI image layouts with one flaw each.

Source: image-spec v1.1, Image Layout.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from fake_registry.spec import media_types
from fake_registry.spec.manifest import Manifest
from fake_registry.spec.names import digest_of
from pytest_acr.strategies.broken import ABSENT, replace_member
from pytest_acr.strategies.documents import JsonDict, encode_document
from pytest_acr.strategies.graphs import true_descriptor
from pytest_acr.strategies.layout import REF_NAME, draw_parts, path_of, write_files


@dataclass(frozen=True, kw_only=True)
class BrokenLayoutFiles:
    """The files of a layout with one flaw. Paths are relative and have slashes."""

    files: Mapping[str, bytes]
    flaw: str

    def write_to(self, folder: Path) -> None:
        """Write the files below `folder`, which may be absent."""
        write_files(self.files, folder)


@st.composite
def broken_layouts(draw: DrawFn) -> BrokenLayoutFiles:
    """Draw layouts with one flaw: in `oci-layout`, in `index.json`, in an entry, or in a blob.

    A file is absent, a folder, malformed, or has other content than its digest says. A version is
    wrong. A member of `index.json` or of an entry is absent, of a wrong type, or wrong; a digest is
    a path that leads out of the folder, or that of no file; two manifests have one name.
    """
    flaw, break_files, break_index = draw(_WAYS_TO_BREAK)
    graph, files, index = draw_parts(draw)
    files[path_of(digest_of(_EMPTY_INDEX))] = _EMPTY_INDEX  # for `_name_twice`

    files["index.json"] = encode_document(draw, break_index(index))
    return BrokenLayoutFiles(files=break_files(files, graph.manifests[0]), flaw=flaw)


_Files = dict[str, bytes]
_BreakFiles = Callable[[_Files, Manifest], _Files]
"""Returns other files; the manifest is one that they have, of an image."""
_BreakIndex = Callable[[JsonDict], JsonDict]
_WayToBreak = tuple[str, _BreakFiles, _BreakIndex]


def _keep_files(files: _Files, _image: Manifest) -> _Files:
    return files


def _keep_index(index: JsonDict) -> JsonDict:
    return index


# files


def _with_file(flaw: str, name: str, *contents: bytes) -> Iterator[_WayToBreak]:
    """Yield a way to break a layout for each content of a file."""
    for content in contents:
        yield flaw, partial(_put_file, name=name, content=content), _keep_index


def _put_file(files: _Files, _image: Manifest, *, name: str, content: bytes) -> _Files:
    return {**files, name: content}


def _without(files: _Files, path: str) -> _Files:
    return {name: content for name, content in files.items() if name != path}


def _remove_header(files: _Files, _image: Manifest) -> _Files:
    return _without(files, "oci-layout")


def _remove_index(files: _Files, _image: Manifest) -> _Files:
    return _without(files, "index.json")


def _remove_manifest(files: _Files, image: Manifest) -> _Files:
    return _without(files, path_of(image.digest))


def _remove_blob(files: _Files, image: Manifest) -> _Files:
    return _without(files, _path_of_blob(image))


def _change_manifest(files: _Files, image: Manifest) -> _Files:
    # of the same size, and a valid manifest: its digest alone is wrong
    changed = image.content.replace(b"vnd.example", b"vnd.Example", 1)
    return {**files, path_of(image.digest): changed}


def _lengthen_blob(files: _Files, image: Manifest) -> _Files:
    path = _path_of_blob(image)
    return {**files, path: files[path] + b"x"}


def _put_folder_for_blob(files: _Files, image: Manifest) -> _Files:
    path = _path_of_blob(image)
    return {**_without(files, path), f"{path}/file": b""}


def _path_of_blob(image: Manifest) -> str:
    return path_of(image.facts.blobs[0].digest)


# `index.json`


def _with_member(name: str, *values: object) -> Iterator[_WayToBreak]:
    """Yield a way to break a layout for each value of a member of `index.json`."""
    for value in values:
        change = partial(replace_member, name=name, value=value)
        yield f"index.json: {name}", _keep_files, change


def _with_entry_member(
    name: str,
    *values: object,
    flaw: str | None = None,
) -> Iterator[_WayToBreak]:
    """Yield a way to break a layout for each value of a member of its first entry."""
    for value in values:
        change = partial(_replace_in_entry, name=name, value=value)
        yield flaw or f"entry: {name}", _keep_files, change


def _replace_in_entry(index: JsonDict, *, name: str, value: object) -> JsonDict:
    first, *others = index["manifests"]
    return {**index, "manifests": [replace_member(first, name, value), *others]}


def _name_twice(index: JsonDict) -> JsonDict:
    first, *others = index["manifests"]
    second = true_descriptor(_EMPTY_INDEX, media_types.OCI_INDEX)
    name = {"annotations": {REF_NAME: "samples/hello:twice"}}
    return {**index, "manifests": [{**first, **name}, *others, {**second, **name}]}


_EMPTY_INDEX: Final = b'{"schemaVersion": 2, "manifests": []}'

_PATHS: Final = ("sha256:../../../outside", "sha256:../../index.json", "../outside", "sha256/../x")
_ABSENT_DIGEST: Final = digest_of(b"content of no file")

_WAYS: Final[Sequence[_WayToBreak]] = (
    ("no oci-layout", _remove_header, _keep_index),
    ("no index.json", _remove_index, _keep_index),
    *_with_file("malformed oci-layout", "oci-layout", b"", b"1.0.0", b'["1.0.0"]', b"{}"),
    *_with_file("wrong version", "oci-layout", b'{"imageLayoutVersion": "2.0.0"}'),
    *_with_file("wrong version", "oci-layout", b'{"imageLayoutVersion": 1}'),
    *_with_file("malformed index.json", "index.json", b"", b"{", b"[]", b"\xff"),
    ("missing manifest", _remove_manifest, _keep_index),
    ("missing blob", _remove_blob, _keep_index),
    ("other content", _change_manifest, _keep_index),
    ("longer blob", _lengthen_blob, _keep_index),
    ("folder for a blob", _put_folder_for_blob, _keep_index),
    *_with_member("schemaVersion", ABSENT, 1, "2"),
    *_with_member("mediaType", 7, media_types.OCI_MANIFEST),
    *_with_member("manifests", ABSENT, {}, "", [None], [[]]),
    *_with_entry_member("mediaType", ABSENT, None, 7, "text", media_types.OCI_ARTIFACT),
    *_with_entry_member("digest", ABSENT, None, "sha256:", "latest", _ABSENT_DIGEST),
    *_with_entry_member("digest", *_PATHS, flaw="digest that is a path"),
    *_with_entry_member("size", ABSENT, None, -1, "2", 1 << 40),
    *_with_entry_member("annotations", [], {"key": 1}, {REF_NAME: 7}),
    *_with_entry_member("annotations", {REF_NAME: "Samples/../Hello:v1"}),
    *_with_entry_member("platform", [], {"architecture": "amd64"}),
    ("name twice", _keep_files, _name_twice),
)


# each flaw as often as another, however many ways there are to have it
_FLAWS: Final = dict.fromkeys(flaw for flaw, _, _ in _WAYS)
_WAYS_TO_BREAK: Final[SearchStrategy[_WayToBreak]] = st.one_of(
    [st.sampled_from([way for way in _WAYS if way[0] == flaw]) for flaw in _FLAWS]
)
