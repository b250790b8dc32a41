"""What a check expects. A difference ends the program."""

from collections.abc import Awaitable

from azure.core.exceptions import HttpResponseError


def expect(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise SystemExit(f"{what}: expected {expected!r}, found {found!r}")


async def expect_refusal(call: Awaitable[object], error: type[HttpResponseError], status: int) -> None:
    """Await a call that is to be refused."""
    try:
        result = await call
    except error as refusal:
        expect("status of the refusal", refusal.status_code, status)
    else:
        raise SystemExit(f"expected {error.__name__} with status {status}, found {result!r}")
