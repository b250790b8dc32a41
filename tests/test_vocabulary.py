"""Names, families and paths of endpoints are in `fake_registry/spec/endpoints` alone; other code uses
its constants and facts.

Checked on the source of both packages. Users' code and tests write names as strings.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from fake_registry.spec.endpoints import NAMES, Family
from tests.support.sources import nodes_of, tree_of

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("fake_registry", "pytest_acr")
VOCABULARY: Final = Path("fake_registry/spec/endpoints")

ROUTES: Final = tuple(f"{family.value}/" for family in Family if family is not Family.STORAGE)
"""`/v2/`, `/acr/v1/` and so on."""
PATHS_OF_OTHERS: Final = {
    "fake_registry/entra/discovery.py": "the paths of Entra ID, which has an /oauth2 too",
}
"""Files with paths that are not the registry's, and whose they are."""
HARNESS: Final = Path("pytest_acr/harness")
"""Writes paths as the documents do, and has words of its own: a wrong row of an endpoint must not make
its requests wrong."""

DOTS: Final = [(name, place) for name in NAMES for place, letter in enumerate(name) if letter == "."]
PREFIXES: Final = {name[: place + 1] for name, place in DOTS}
"""`acr.`, `acr.tag.`, `upload.` and so on."""
FAMILIES: Final = {prefix.rstrip(".") for prefix in PREFIXES}
"""`acr`, `acr.tag`, `upload` and so on."""
OTHER_WORDS: Final = {
    "profile": "`acr` is a profile, too",
    "resource": "`catalog` is a value of that fact of a row",
}
"""Names of variables and attributes whose values may be a family's word, and why."""
CUTTING: Final = frozenset(
    {"endswith", "partition", "removeprefix", "removesuffix", "rpartition", "split", "startswith"}
)
"""Methods of text that look at a part of it."""
SUFFIXES: Final = {name[place:] for name, place in DOTS}
"""`.head`, `.tag.get` and so on. Names of files may end with them, too."""


def bare_names(root: Path) -> Iterator[str]:
    """Yield file, line and advice for each string in the packages at `root` that names endpoints."""
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            file = path.relative_to(root)
            if {VOCABULARY, HARNESS}.isdisjoint(file.parents):
                tree = tree_of(path)
                found = [*bare_names_in(tree), *bare_families_in(tree)]
                if file.as_posix() not in PATHS_OF_OTHERS:
                    found += bare_paths_in(tree)
                yield from (f"{file.as_posix()}:{one}" for one in found)


def bare_names_in(tree: ast.Module) -> Iterator[str]:
    documentation = {node.value for node in nodes_of(tree) if isinstance(node, ast.Expr)}
    endings = set(arguments_of_endswith(tree))

    for node in nodes_of(tree):
        if not isinstance(node, ast.Constant) or node in documentation:
            continue
        match node.value:
            case str(text) if text in NAMES:
                yield f"{node.lineno}: {text!r}: write EndpointName.{constant_of(text)}"
            case str(text) if is_part(text) or (node in endings and text in SUFFIXES):
                yield f"{node.lineno}: {text!r}: use a fact of the endpoint's row, such as its family"


def bare_families_in(tree: ast.Module) -> Iterator[str]:
    """Yield each family that a text is compared with, or searched for at its ends."""
    found: list[ast.AST]
    for node in nodes_of(tree):
        match node:
            case ast.Compare(ops=[ast.Eq() | ast.NotEq()]):
                found = [] if is_fact(node) else [node.left, *node.comparators]
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[ast.Tuple() | ast.Set() | ast.List() as known]):
                found = [] if is_fact(node) else [*known.elts]
            case ast.Call(func=ast.Attribute(attr=method), args=arguments) if method in CUTTING:
                found = [inner for argument in arguments for inner in ast.walk(argument)]
            case ast.Match(cases=cases) if not is_fact(node.subject):
                found = [inner for case in cases for inner in ast.walk(case.pattern)]
            case _:
                continue
        for one in found:
            if isinstance(one, ast.Constant) and one.value in FAMILIES:
                yield f"{one.lineno}: {one.value!r}: use a fact of the endpoint's row, such as its family"


def is_fact(node: ast.AST) -> bool:
    """Return whether an expression is about a fact whose values are words of its own."""
    words = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    words |= {inner.attr for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}
    return not words.isdisjoint(OTHER_WORDS)


def bare_paths_in(tree: ast.Module) -> Iterator[str]:
    documentation = {node.value for node in nodes_of(tree) if isinstance(node, ast.Expr)}
    for node in nodes_of(tree):
        match node:
            case ast.Constant(value=str(text)) if node not in documentation and f"{text}/".startswith(ROUTES):
                yield f"{node.lineno}: {text!r}: use the path of the endpoint's row, or the value of its family"


def arguments_of_endswith(tree: ast.Module) -> Iterator[ast.AST]:
    for node in nodes_of(tree):
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
    assert "\n".join(bare_names(ROOT)) == ""


A_FACT = "use a fact of the endpoint's row, such as its family"
A_PATH = "use the path of the endpoint's row, or the value of its family"


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
        ("name.split('.')[0] == 'oauth'", f"1: 'oauth': {A_FACT}"),
        ("name.partition('.')[0] != 'acr'", f"1: 'acr': {A_FACT}"),
        ("name.rpartition('.')[0] in ('x', 'acr.tag')", f"1: 'acr.tag': {A_FACT}"),
        ("match name.split('.'):\n    case ['oauth', _]: ok", f"2: 'oauth': {A_FACT}"),
        ("name.startswith('upload')", f"1: 'upload': {A_FACT}"),
        ("name.startswith(('x', 'acr'))", f"1: 'acr': {A_FACT}"),
        ("name.removeprefix('storage')", f"1: 'storage': {A_FACT}"),
        ("url = f'{host}/acr/v1/_catalog'", f"1: '/acr/v1/_catalog': {A_PATH}"),
        ("re.compile(r'/v2/(.+)/blobs/')", f"1: '/v2/(.+)/blobs/': {A_PATH}"),
        ("path == '/v2'", f"1: '/v2': {A_PATH}"),
        ("'/oauth2/' in url", f"1: '/oauth2/': {A_PATH}"),
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


def test_words_that_are_no_families_are_not_reported() -> None:
    lines = ("profile == 'acr'", "row.resource == 'catalog'", "'tags' in item", "item['tags']")
    source = "\n".join((*lines, "match settings.profile:\n    case 'acr': ok"))
    assert list(bare_families_in(ast.parse(source))) == []


def test_files_with_paths_of_others_are_still_needed() -> None:
    trees = {file: tree_of(ROOT / file) for file in PATHS_OF_OTHERS}
    assert [file for file, tree in trees.items() if not list(bare_paths_in(tree))] == []
