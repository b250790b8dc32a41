"""One request by each HTTP library, sync and async, as code without test support writes it."""

import asyncio
import ssl
import urllib.request
from collections.abc import Callable, Coroutine
from typing import Final

import aiohttp
import httpx
import pytest
import requests
import urllib3
import uvloop
from aiohttp.abc import AbstractResolver

Get = Callable[[str], bytes]
"""Follows redirects, verifies TLS, returns the content. Raises what the library raises."""


def by_requests(url: str) -> bytes:
    with requests.Session() as session:
        return session.get(url, timeout=5).content


def by_urllib(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:
        content: bytes = answer.read()
    return content


def by_urllib3(url: str) -> bytes:
    with urllib3.PoolManager(retries=urllib3.Retry(3, connect=0)) as pool:
        return pool.request("GET", url).data


def by_httpx(url: str) -> bytes:
    with httpx.Client(follow_redirects=True) as client:
        return client.get(url).content


async def _by_httpx(url: str) -> bytes:
    async with httpx.AsyncClient(follow_redirects=True) as client:
        return (await client.get(url)).content


async def _by_aiohttp(url: str, resolver: AbstractResolver | None = None) -> bytes:
    connector = aiohttp.TCPConnector(resolver=resolver)
    async with aiohttp.ClientSession(connector=connector) as session, session.get(url) as answer:
        return await answer.read()


async def _by_aiohttp_threads(url: str) -> bytes:
    """Names resolved by the loop, as where aiodns is not installed."""
    return await _by_aiohttp(url, aiohttp.ThreadedResolver())


def run(get: Callable[[str], Coroutine[None, None, bytes]], new_loop: Callable[[], asyncio.AbstractEventLoop]) -> Get:
    """Make a way of an async one."""

    def way(url: str) -> bytes:
        try:
            with asyncio.Runner(loop_factory=new_loop) as runner:
                return runner.run(get(url))
        except BaseExceptionGroup as group:  # anyio dials addresses in a task group
            raise group.exceptions[0] from None

    return way


def by_streams(url: str) -> bytes:
    """asyncio itself, less redirects."""

    async def get() -> bytes:
        host, path = url.removeprefix("https://").split("/", 1)
        reader, writer = await asyncio.open_connection(host.strip("[]"), 443, ssl=ssl.create_default_context())
        writer.write(f"GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        return answer.partition(b"\r\n\r\n")[2]

    return asyncio.run(get())


WAYS: dict[str, Get] = {
    "requests": by_requests,
    "urllib": by_urllib,
    "urllib3": by_urllib3,
    "httpx": by_httpx,
    "httpx, async": run(_by_httpx, asyncio.new_event_loop),
    "httpx, uvloop": run(_by_httpx, uvloop.new_event_loop),
    "aiohttp": run(_by_aiohttp, asyncio.new_event_loop),
    "aiohttp, threads": run(_by_aiohttp_threads, asyncio.new_event_loop),
    "aiohttp, uvloop": run(_by_aiohttp_threads, uvloop.new_event_loop),
    "asyncio": by_streams,
}

KINDS: Final = frozenset({"requests", "httpx, async", "aiohttp", "aiohttp, uvloop", "asyncio"})
"""One way of each kind: blocking, anyio, aiohttp with its own resolver, a loop in C, a bare stream."""


def ways_by_kind(*, without: str = "") -> list[object]:
    """Return all ways as parameters; those that connect like another one are exhaustive."""
    return [pytest.param(way, marks=() if way in KINDS else pytest.mark.exhaustive) for way in WAYS if way != without]
