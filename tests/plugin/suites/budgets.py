"""Tests of each kind, that send a known number of requests. Run by test_budgets.py."""

import asyncio
import threading
import unittest
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
import requests
from azure.containerregistry import ContainerRegistryClient
from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient

from fake_registry import FakeRegistry, Settings
from pytest_acr import Connection, connect

Get = Callable[[int], None]
"""Sends so many requests to the registry of the test."""


@pytest.fixture
def get(acr_session: requests.Session, acr_endpoint: str) -> Get:
    def send(count: int) -> None:
        for _ in range(count):
            acr_session.get(f"{acr_endpoint}/v2/")

    return send


def get_from(registry: FakeRegistry, count: int) -> None:
    with connect(registry) as connection:
        get_over(connection, count)


def get_over(connection: Connection, count: int) -> None:
    for _ in range(count):
        connection.session.get(f"{connection.endpoint}/v2/")


@pytest.mark.parametrize("count", [1, 2])
def test_parametrised(get: Get, count: int) -> None:
    get(count)


class TestMethods:
    def test_method(self, get: Get) -> None:
        get(3)


class TestUnittest(unittest.TestCase):
    def setUp(self) -> None:
        self.registry = FakeRegistry()
        get_from(self.registry, 1)

    def test_case(self) -> None:
        get_from(self.registry, 1)

    def tearDown(self) -> None:
        get_from(self.registry, 2)


class TestAsyncUnittest(unittest.IsolatedAsyncioTestCase):
    async def test_case(self) -> None:
        get_from(FakeRegistry(), 5)


def test_async_client(acr_aio_client: AioContainerRegistryClient) -> None:
    async def push() -> None:
        await acr_aio_client.upload_blob("samples/hello", BytesIO(b"hello"))

    asyncio.run(push())


def test_client(acr_client: ContainerRegistryClient) -> None:
    acr_client.upload_blob("samples/hello", BytesIO(b"hello"))


def test_two_registries(make_acr: Callable[[], FakeRegistry]) -> None:
    get_from(make_acr(), 3)
    get_from(make_acr(), 4)


def test_forgotten_requests(acr: FakeRegistry, get: Get) -> None:
    get(2)
    acr.forget_requests()
    get(2)
    acr.reset()
    get(2)


def test_dropped_requests() -> None:
    get_from(FakeRegistry(Settings(max_recorded_requests=2)), 9)


def test_registry_that_is_gone() -> None:
    for _ in range(10):
        get_from(FakeRegistry(), 1)


def test_threads(get: Get) -> None:
    threads = [threading.Thread(target=get, args=(5,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.fixture
def around(get: Get) -> Iterator[None]:
    get(1)
    yield
    get(2)


def test_fixtures_of_the_test(around: None, get: Get) -> None:
    get(1)


@pytest.fixture(scope="module")
def shared() -> Iterator[Connection]:
    with connect(FakeRegistry()) as connection:
        get_over(connection, 50)
        yield connection
        get_over(connection, 50)


@pytest.fixture(scope="module", params=["one", "two"])
def shared_twice(shared: Connection) -> Iterator[Connection]:
    get_over(shared, 50)
    yield shared
    get_over(shared, 50)


def test_fixtures_of_a_wider_scope(shared_twice: Connection) -> None:
    get_over(shared_twice, 2)


class TestOfAClass:
    @classmethod
    def setup_class(cls) -> None:
        get_from(FakeRegistry(), 50)

    def test_in_it(self, get: Get) -> None:
        get(4)

    @classmethod
    def teardown_class(cls) -> None:
        get_from(FakeRegistry(), 50)


def test_without_requests(acr: FakeRegistry) -> None:
    acr.push_image("samples/hello:1.0")


def test_without_a_registry() -> None:
    pass
