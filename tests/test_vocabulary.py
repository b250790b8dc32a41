"""Endpoint names are in `fake_registry/spec/endpoints` alone; other code uses its constants.

Checked on the source of both packages. Users' code and tests write names as strings.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from fake_registry.spec.endpoints import NAMES

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("fake_registry", "pytest_acr")
VOCABULARY: Final = Path("fake_registry/spec/endpoints")

DOTS: Final = [(name, place) for name in NAMES for place, letter in enumerate(name) if letter == "."]
PREFIXES: Final = {name[: place + 1] for name, place in DOTS}
"""`acr.`, `acr.tag.`, `upload.` and so on."""
SUFFIXES: Final = {name[place:] for name, place in DOTS}
"""`.head`, `.tag.get` and so on. Names of files may end with them, too."""


def bare_names(root: Path) -> Iterator[str]:
    """Yield file, line and advice for each string in the packages at `root` that names endpoints."""
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            file = path.relative_to(root)
            if VOCABULARY not in file.parents:
                tree = ast.parse(path.read_text(encoding="utf-8"))
                yield from (f"{file.as_posix()}:{found}" for found in bare_names_in(tree))


def bare_names_in(tree: ast.Module) -> Iterator[str]:
    documentation = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    endings = set(arguments_of_endswith(tree))

    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or node in documentation:
            continue
        match node.value:
            case str(text) if text in NAMES:
                yield f"{node.lineno}: {text!r}: write EndpointName.{constant_of(text)}"
            case str(text) if is_part(text) or (node in endings and text in SUFFIXES):
                yield f"{node.lineno}: {text!r}: use a fact of the endpoint's row, such as its family"


def arguments_of_endswith(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="endswith")):
                yield from (inner for argument in node.args for inner in ast.walk(argument))


def is_part(text: str) -> bool:
    """Return whether `text` is a prefix of names, or a pattern that has part of a name."""
    part = text.strip("*")
    return part in PREFIXES or ("*" in text and part in SUFFIXES)


def constant_of(name: str) -> str:
    return name.upper().replace(".", "_")


def test_packages_have_no_endpoint_name_as_a_bare_string() -> None:
    assert list(bare_names(ROOT)) == []


A_FACT = "use a fact of the endpoint's row, such as its family"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("Fault('upload.chunk', None)", "1: 'upload.chunk': write EndpointName.UPLOAD_CHUNK"),
        ("ok = name == 'base'", "1: 'base': write EndpointName.BASE"),
        ("match name:\n    case 'blob.get': ok", "2: 'blob.get': write EndpointName.BLOB_GET"),
        ("\nname.startswith('acr.')", f"2: 'acr.': {A_FACT}"),
        ("name.startswith(('x', 'acr.tag.'))", f"1: 'acr.tag.': {A_FACT}"),
        ("name.endswith('.head')", f"1: '.head': {A_FACT}"),
        ("name.endswith(('x', '.head'))", f"1: '.head': {A_FACT}"),
        ("Fault('oauth.*')", f"1: 'oauth.*': {A_FACT}"),
        ("Fault('*.get')", f"1: '*.get': {A_FACT}"),
        ("f'upload.{verb}'", f"1: 'upload.': {A_FACT}"),
    ],
)
def test_planted_name_is_reported_with_its_place(tmp_path: Path, source: str, found: str) -> None:
    planted = tmp_path / "fake_registry" / "http" / "planted.py"
    planted.parent.mkdir(parents=True)
    planted.write_text(source, encoding="utf-8")

    assert list(bare_names(tmp_path)) == [f"fake_registry/http/planted.py:{found}"]


def test_docstrings_and_other_words_are_not_reported() -> None:
    source = '''
def f():
    """Like `base`."""
    "blob.get"
    return "blob", "uploads", "*", "acr", "key.head", ".token"

X = 1
"""upload.chunk"""
'''
    assert list(bare_names_in(ast.parse(source))) == []
