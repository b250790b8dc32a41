"""`show_fields`: `help` of a dataclass with its fields and their descriptions.

Python keeps no docstring of a field: the text below it is in the source alone. It is read when
`help` asks for it, because that takes longer than the import of the class.
"""

import ast
import dataclasses
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, TypeVar

T = TypeVar("T")


def show_fields(kind: type[T]) -> type[T]:
    """Have `help` show the fields of a dataclass, and `inspect.signature` the arguments of its
    `__init__`, of which a `__new__` would take the place."""
    decorated: Any = kind  # Any: type checkers know neither attribute as a descriptor
    decorated.__doc__ = _HelpText(kind.__doc__ or "")
    decorated.__signature__ = _InitSignature()
    return kind


class _HelpText:
    """The docstring of a class, and a paragraph for each of its fields."""

    def __init__(self, docstring: str) -> None:
        self._docstring = inspect.cleandoc(docstring)

    def __get__(self, instance: object, owner: type) -> str:
        descriptions = descriptions_of(owner)
        if not descriptions:
            return self._docstring  # the source is absent, as in a frozen application
        return "\n\n".join([self._docstring, "Fields:", *_paragraphs_of(owner, descriptions)])


class _InitSignature:
    """The signature of a class, as its `__init__` has it."""

    def __get__(self, instance: object, owner: type) -> inspect.Signature:
        signature = inspect.signature(owner.__init__)  # type: ignore[misc]  # of the class itself
        _, *parameters = signature.parameters.values()
        return signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty)


def descriptions_of(kind: type) -> Mapping[str, str]:
    """Return the text below each field in the source of a class; nothing without a source."""
    try:
        source = inspect.getsource(kind)
    except (OSError, TypeError):
        return {}

    [tree] = ast.parse(textwrap.dedent(source)).body
    return dict(_described_fields(tree)) if isinstance(tree, ast.ClassDef) else {}


def _described_fields(tree: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for node, below in pairwise(tree.body):
        match node, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)


def _paragraphs_of(kind: Any, descriptions: Mapping[str, str]) -> Iterator[str]:  # Any: a dataclass
    for field in dataclasses.fields(kind):
        head = f"{field.name}: {inspect.formatannotation(field.type)}, {_default_text(field)}"
        description = textwrap.indent(descriptions.get(field.name, ""), "    ")
        yield f"{head}\n{description}".rstrip()


def _default_text(field: dataclasses.Field[Any]) -> str:  # Any: of each type
    if field.metadata:
        return ", ".join(f"{value!r} in the profile {profile}" for profile, value in field.metadata.items())
    return f"by default {field.default!r}"
