"""The markers of the plugin: their names and help texts, and the functions that apply them."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from inspect import signature
from typing import TYPE_CHECKING, Final, TypeVar

import pytest

if TYPE_CHECKING:
    from fake_registry import FakeRegistry, RegistryError, Settings

S = TypeVar("S")
T = TypeVar("T")

_FAULT_ARGUMENTS: Final = ("endpoint", "effect")
_LONGEST_VALUE: Final = 100


@dataclass(frozen=True, kw_only=True)
class Marker:
    """A marker, as `pytest --markers` lists it."""

    name: str
    accepts: str
    """The arguments, as in a signature. Without a colon: pytest cuts the text at the first one."""
    help: str

    @property
    def text(self) -> str:
        """The line for pytest's ini option `markers`."""
        return f"{self.name}({self.accepts}): {self.help}"


SETTINGS: Final = Marker(
    name="acr",
    accepts="**settings",
    help="change the Settings of this test's registry",
)

IMAGES: Final = Marker(
    name="acr_image",
    accepts="*names, **options",
    help='push images, such as "samples/hello:1.0", with the options of FakeRegistry.push_image',
)

FAULT: Final = Marker(
    name="acr_fault",
    accepts="endpoint, effect, **options",
    help="add a Fault with these arguments, or this Fault, to this test's registry",
)

NEEDS_FAKE: Final = Marker(
    name="acr_fake",
    accepts="reason",
    help="skip this test in a run with --acr-live-endpoint, because it needs the fake",
)

STRICT: Final = Marker(
    name="acr_strict",
    accepts="allow=(), mode=None",
    help="fail this test for mistakes of clients, except against the rules in allow; mode is "
    "report, fail or no, by default that of --acr-strict or fail",
)

SWEEP: Final = Marker(
    name="acr_sweep",
    accepts="effects, expect, endpoints, limit, depth, seconds, seed",
    help="run this test again with each failure that each of its requests can have",
)

MARKERS: Final = (SETTINGS, IMAGES, FAULT, NEEDS_FAKE, STRICT, SWEEP)


def marked_settings(item: pytest.Item, settings: "Settings") -> "Settings":
    """Return `settings` as the markers of `item` change them. Errors as of `apply_mark`."""
    __tracebackhide__ = True
    for mark in marks_of(item, SETTINGS):
        settings = apply_mark(mark, _evolve, settings)
    return settings


def push_marked_images(item: pytest.Item, registry: "FakeRegistry") -> None:
    """Push the images of the markers of `item`. Errors as of `apply_mark`."""
    __tracebackhide__ = True
    for mark in marks_of(item, IMAGES):
        apply_mark(mark, _push_images, registry)


def add_marked_faults(item: pytest.Item, registry: "FakeRegistry") -> None:
    """Add the faults of the markers of `item`, from module to test. Errors as of `apply_mark`."""
    __tracebackhide__ = True
    for mark in marks_of(item, FAULT):
        apply_mark(mark, _add_fault, registry)


def marks_of(item: pytest.Item, marker: Marker) -> Iterator[pytest.Mark]:
    """Yield the marks of `item` from module to test, so that the test's own are applied last."""
    return reversed(list(item.iter_markers(marker.name)))


def text_of(mark: pytest.Mark) -> str:
    """Return a mark as it is written in a test; long values are shortened."""
    values = [*map(_short_text_of, mark.args)]
    values += [f"{name}={_short_text_of(value)}" for name, value in mark.kwargs.items()]
    return f"@pytest.mark.{mark.name}({', '.join(values)})"


def _values_text(values: Iterable[object]) -> str:
    return ", ".join(map(_short_text_of, values))


def _short_text_of(value: object) -> str:
    text = value.__name__ if isinstance(value, type) else repr(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."


def apply_mark(mark: pytest.Mark, apply: Callable[[S, pytest.Mark], T], target: S) -> T:
    """Return the result of `apply`, which applies `mark` to `target`.

    Its TypeError is raised again with the mark in front, other refusals as a ValueError. The
    traceback has no frame of ours: the mistake is in the mark.
    """
    __tracebackhide__ = True
    from fake_registry import RegistryError

    try:
        return apply(target, mark)
    except TypeError as error:
        raise TypeError(f"{text_of(mark)}: {error}") from None
    except RegistryError as error:
        raise ValueError(f"{text_of(mark)}: {_argument_problem(error)}") from None
    except ValueError as error:
        raise ValueError(f"{text_of(mark)}: {error}") from None


def _argument_problem(error: "RegistryError") -> str:
    """Return an error as other errors of arguments are written, if it is about one value."""
    if len(error.facts) != 1 or not error.reason:
        return str(error)

    [(name, value)] = error.facts.items()
    return f"{name}: {error.reason}, found {value!r}"


def check_keywords(mark: pytest.Mark, known: Collection[str]) -> None:
    """TypeError for an argument without a name, or with one that is not among the known ones."""
    if mark.args:
        raise TypeError(f"expected keyword arguments alone, found {_values_text(mark.args)}")
    _check_names("argument", mark, known)


def _check_names(kind: str, mark: pytest.Mark, known: Collection[str]) -> None:
    for name in mark.kwargs:
        if name not in known:
            from fake_registry.arguments import names_text

            raise TypeError(f"there is no {kind} {name!r}; the {kind}s are {names_text(name, known)}")


def _evolve(settings: "Settings", mark: pytest.Mark) -> "Settings":
    if mark.args:
        expected = 'expected settings with their names, as in acr(auth="off")'
        raise TypeError(f"{expected}, found {_values_text(mark.args)}")
    return settings.evolve(**mark.kwargs)


def _push_images(registry: "FakeRegistry", mark: pytest.Mark) -> None:
    _, *options = signature(registry.push_image).parameters
    _check_names("option", mark, options)
    if not mark.args:
        raise TypeError("expected at least one image name, found none")

    for name in mark.args:
        registry.push_image(name, **mark.kwargs)


def _add_fault(registry: "FakeRegistry", mark: pytest.Mark) -> None:
    from fake_registry import Fault

    _check_names("option", mark, signature(Fault).parameters)
    is_fault = len(mark.args) == 1 and isinstance(mark.args[0], Fault) and not mark.kwargs
    if is_fault:
        registry.faults.add(mark.args[0])
        return

    given = [*_FAULT_ARGUMENTS[: len(mark.args)], *mark.kwargs]
    if any(name not in given for name in _FAULT_ARGUMENTS):
        example = 'acr_fault("manifest.get", Refuse(503))'
        found = _values_text(mark.args) or "none of both"
        raise TypeError(f"expected an endpoint and an effect, as in {example}, found {found}")
    registry.faults.add(Fault(*mark.args, **mark.kwargs))
