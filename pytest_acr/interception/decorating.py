"""Wraps functions, and the tests of a class, so that they run inside a context manager."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from typing import Any, Final, TypeVar, cast

from fake_registry.arguments import kind_of

_ABSENT: Final = object()

F = TypeVar("F", bound=Callable[..., Any])  # Any: the arguments and the result of any function


def run_inside(context: AbstractContextManager[object], function: F) -> F:
    """Return a function of the same kind as `function` that enters `context` for each call.

    It may be a plain function, a coroutine function or a generator function, async or not, a static
    method or a class method. A generator leaves `context` when it ends. `context` must allow to be
    entered again. TypeError for an object that cannot be called.
    """
    if isinstance(function, staticmethod | classmethod):
        wrapped = run_inside(context, function.__func__)
        return cast("F", type(function)(wrapped))
    if not callable(function):
        raise TypeError(f"expected a function or a class with tests, found {kind_of(function)}")

    wrapper = wraps(function)(_wrapper_of(context, function))
    return cast("F", wrapper)  # it has the kind and the parameters of `function`


# Any: the arguments and the result of any function
def run_setup_inside(context: AbstractContextManager[object], function: Any) -> Any:
    """`run_inside` for a method such as `setup_method`, with or without its optional argument.

    pytest reads from the code of a function (`co_argcount`) whether it takes the argument, and
    ignores `__wrapped__`: so the wrapper takes as many arguments as `function`.
    """
    if isinstance(function, staticmethod | classmethod):
        return type(function)(run_setup_inside(context, function.__func__))

    count = getattr(getattr(function, "__code__", None), "co_argcount", 0)
    inside = run_inside(context, function)
    if count == 0:
        return inside
    return wraps(function)(_of_one_argument(inside) if count == 1 else _of_two_arguments(inside))


def _of_one_argument(function: Callable[..., Any]) -> Callable[..., Any]:
    def run_setup(owner: Any, /) -> Any:
        return function(owner)

    return run_setup


def _of_two_arguments(function: Callable[..., Any]) -> Callable[..., Any]:
    def run_setup(owner: Any, argument: Any = _ABSENT, /) -> Any:
        return function(owner) if argument is _ABSENT else function(owner, argument)

    return run_setup


# Any: the arguments and the result are those of `function`
def _wrapper_of(
    context: AbstractContextManager[object],
    function: Callable[..., Any],
) -> Callable[..., Any]:
    if isasyncgenfunction(function):

        async def generate_async(*args: Any, **kwargs: Any) -> Any:
            with context:
                async for item in function(*args, **kwargs):
                    yield item

        return generate_async

    if isgeneratorfunction(function):

        def generate(*args: Any, **kwargs: Any) -> Any:
            with context:
                return (yield from function(*args, **kwargs))

        return generate

    if iscoroutinefunction(function):

        async def run_async(*args: Any, **kwargs: Any) -> Any:
            with context:
                return await function(*args, **kwargs)

        return run_async

    def run(*args: Any, **kwargs: Any) -> Any:
        with context:
            return function(*args, **kwargs)

    return run
