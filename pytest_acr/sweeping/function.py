"""`sweep`: the fault sweep for code outside pytest."""

import asyncio
import inspect
from collections.abc import Callable, Sequence
from functools import partial

from fake_registry import FakeRegistry, ManualClock
from fake_registry.arguments import check_type
from fake_registry.http.faults.effect import Effect
from pytest_acr.sweeping.options import options_of
from pytest_acr.sweeping.report import SweepReport
from pytest_acr.sweeping.run import run_sweep
from pytest_acr.sweeping.run_failure import RunFailure, failure_of
from pytest_acr.sweeping.stopping import RunStopped
from pytest_acr.usage import note_use


def _new_registry() -> FakeRegistry:
    return FakeRegistry(clock=ManualClock())


def sweep(
    run: Callable[[FakeRegistry], object],
    *,
    make_registry: Callable[[], FakeRegistry] = _new_registry,
    effects: str | Sequence[str | Effect] = "default",
    expect: type[BaseException] | Sequence[type[BaseException]] | None = None,
    endpoints: str | Sequence[str] = "*",
    limit: int = 200,
    depth: int = 1,
    seconds: float = 10.0,
    seed: int = 0,
    only: str | None = None,
) -> SweepReport:
    """Run `run(registry)` once without faults, then once for each failure of each of its calls.

    Each run has a registry of `make_registry`, by default one with a clock on which retries wait.
    `run` may be a coroutine function. A run survives if it ends and the registry has the content
    that it has without faults. It fails cleanly if it raises an exception of `expect`, by default
    the errors of azure-core and requests and `DigestValidationError`, and the registry has the
    content of some point of the run without faults. Anything else is broken: see
    `SweepReport.raise_if_broken`.

    `effects` are `"default"`, `"all"`, names, or effects such as `Refuse(418)`; `endpoints` patterns
    of the calls that fail. `depth=2` also tries pairs of failures. Beyond `limit`, cases are drawn
    with `seed`. A run may take `seconds`, and make 20 times the calls. `only` is the id of a case.

    Raises SweepImpossible where a sweep would mean nothing, with the reason; ValueError and
    TypeError for a wrong argument.
    """
    check_type("run", run, Callable)
    check_type("make_registry", make_registry, Callable)
    options = options_of(
        effects=effects,
        expect=expect,
        endpoints=endpoints,
        limit=limit,
        depth=depth,
        seconds=seconds,
        seed=seed,
        only=only,
    )
    return run_sweep(partial(_run_once, run, make_registry), options)


def _run_once(
    run: Callable[[FakeRegistry], object],
    make_registry: Callable[[], FakeRegistry],
) -> RunFailure | None:
    registry = note_use(make_registry())
    try:
        result = run(registry)
        if inspect.iscoroutine(result):
            asyncio.run(result)
    except (KeyboardInterrupt, RunStopped):
        raise
    except BaseException as error:  # noqa: BLE001  it is judged, as are `sys.exit` and `pytest.fail`
        return failure_of(error)
    return None
