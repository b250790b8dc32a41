"""`respond`: finds the route of a request, reads its query and body, and calls the handler.

`app` imports this module with the first request: it loads msgspec, and the types of all documents.
"""

from collections.abc import Collection, Generator, Iterable, Mapping
from contextlib import closing
from typing import Any, Final

import msgspec
from werkzeug.exceptions import BadRequest, Conflict, HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import Map, PathConverter, Rule
from werkzeug.wrappers import Request, Response

from fake_registry.arguments import names_text
from fake_registry.control.answers import done, json_answer, refuse, stream_answer
from fake_registry.control.bodies import check_content_type, check_no_body
from fake_registry.control.controlled import Controlled
from fake_registry.control.decoding import convert, read_document
from fake_registry.control.events import EventStream
from fake_registry.control.filters import read_query
from fake_registry.control.limits import MAX_BODY_BYTES
from fake_registry.control.paths import PREFIX
from fake_registry.control.route import ControlRoute
from fake_registry.control.routes import ROUTES
from fake_registry.spec.errors import OperationDisallowed, RegistryError
from fake_registry.wsgi import FINISHING, Pause


class _RestConverter(PathConverter):
    """The rest of a path, which may begin with a slash: names of principals and tokens are any text."""

    regex = ".+?"
    part_isolating = False


def _rule_of(route: ControlRoute) -> Rule:
    path = route.path.replace("<", "<rest:") if route.has_slashes else route.path
    return Rule(PREFIX + path, methods=[route.method], endpoint=route)


_URLS: Final = Map(
    [_rule_of(route) for route in ROUTES],
    merge_slashes=False,
    converters={"rest": _RestConverter},
).bind("")


def respond(controlled: Controlled, request: Request) -> Generator[Pause, None, Response]:
    """Return the answer to a request, also to an invalid one; yield the pauses before it."""
    request.max_content_length = MAX_BODY_BYTES
    try:
        return (yield from _serve(controlled, request))
    except HTTPException as refusal:
        return refuse(refusal)
    except OperationDisallowed as error:
        return refuse(Conflict(str(error)))
    except (RegistryError, ValueError) as error:  # an invalid document, or an invalid value in it
        return refuse(BadRequest(str(error)))


def _serve(controlled: Controlled, request: Request) -> Generator[Pause, None, Response]:
    route, names = _match(request)
    arguments = {**names, **_read(route, request)}

    result = route.handler(controlled, **arguments)
    if isinstance(result, Generator):
        result = yield from _wait(result)
    if result is None:
        return done()
    if isinstance(result, EventStream):
        return stream_answer(result)
    return json_answer(msgspec.to_builtins(result), status=route.status)


def _match(request: Request) -> tuple[ControlRoute, Mapping[str, str]]:
    # `faults/schema` is also a path of `faults/<fault_id>`, and has not its methods
    methods = {one.method for one in ROUTES if PREFIX + one.path == request.path}
    if methods and request.method not in _with_head(methods):
        raise _refuse_method(request, methods)

    try:
        route, names = _URLS.match(request.path, request.method)
    except NotFound:
        paths = dict.fromkeys(PREFIX + route.path for route in ROUTES)
        known = names_text(request.path, paths)
        raise NotFound(f"there is no {request.path[:100]}; there are {known}") from None
    except MethodNotAllowed as refusal:
        raise _refuse_method(request, refusal.valid_methods or ()) from None
    return route, names


def _with_head(methods: Collection[str]) -> Collection[str]:
    return {*methods, "HEAD"} if "GET" in methods else methods


def _refuse_method(request: Request, methods: Iterable[str]) -> MethodNotAllowed:
    allowed = sorted({*methods} - {"HEAD"})
    text = f"expected {' or '.join(allowed)} at {request.path[:100]}, found {request.method[:20]}"
    return MethodNotAllowed(allowed, text)


def _read(route: ControlRoute, request: Request) -> dict[str, Any]:  # Any: of each parameter
    """Return the handler's arguments from the query and the body. All of both is checked."""
    check_content_type(request)
    arguments: dict[str, Any] = {}  # Any: as above

    if route.has_criteria:
        arguments["criteria"] = read_query(request.args)
    elif route.query is not None:
        arguments["query"] = _read_parameters(route, request)
    elif request.args:
        name = next(iter(request.args))
        raise ValueError(f"expected no parameters in the URL, found {name[:100]!r}")

    if route.body is None:
        check_no_body(request)
    else:
        arguments["body"] = _read_body(route, request)

    if "origin" in route.types:
        arguments["origin"] = request.host_url.rstrip("/")
    if "is_ending" in route.types:
        arguments["is_ending"] = request.environ.get(FINISHING, _never)
    if "last_event_id" in route.types:
        arguments["last_event_id"] = request.headers.get("Last-Event-ID", "")
    return arguments


def _never() -> bool:
    return False


def _read_parameters(route: ControlRoute, request: Request) -> object:
    for name in request.args:
        if len(request.args.getlist(name)) > 1:
            raise ValueError(f"{name[:100]}: expected one value, found more")
    return convert(request.args.to_dict(), route.query, strict=False)


def _read_body(route: ControlRoute, request: Request) -> object:
    document = read_document(request.get_data())
    return route.decode(document) if route.decode else convert(document, route.body)


def _wait(steps: Generator[float, None, object]) -> Generator[Pause, None, object]:
    """Return the result of a handler that yields the seconds to wait."""
    with closing(steps):
        while True:
            try:
                seconds = next(steps)
            except StopIteration as end:
                return end.value
            yield Pause(seconds, "a wait for a request")
