"""`@network(...)` on a class: its tests run inside, under unittest and pytest."""

import asyncio
import unittest
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
import requests

from fake_registry import FakeRegistry, Settings
from pytest_acr import AcrNetwork, HostRefused, network

if TYPE_CHECKING:
    from collections.abc import Callable

HELLO = "https://myregistry.azurecr.io/v2/"


def call() -> bool:
    """Return whether the registry answers."""
    return requests.get(HELLO, timeout=5).ok


def is_inside() -> bool:
    """Return whether the caller is inside the network."""
    try:
        return call()
    except HostRefused:
        return False


@pytest.fixture
def inside(registry: FakeRegistry) -> AcrNetwork:
    """A network that was left before, so that its host is refused outside."""
    with network(registry) as inside:
        pass
    return inside


def run(test_case: type[unittest.TestCase]) -> unittest.TestResult:
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(test_case).run(result)
    return result


def test_test_case_is_inside_from_set_up_to_cleanup(inside: AcrNetwork) -> None:
    places: list[tuple[str, bool]] = []

    @inside
    class Case(unittest.TestCase):
        @classmethod
        def setUpClass(cls) -> None:
            places.append(("setUpClass", is_inside()))

        def setUp(self) -> None:
            self.session = requests.Session()
            self.addCleanup(self.session.close)
            self.addCleanup(lambda: places.append(("cleanup", is_inside())))
            places.append(("setUp", self.session.get(HELLO, timeout=5).ok))

        def tearDown(self) -> None:
            places.append(("tearDown", is_inside()))

        def test_one(self) -> None:
            places.append(("test", self.session.get(HELLO, timeout=5).ok))

        def test_two(self) -> None:
            self.fail("to be reported")

        @unittest.skip("to be reported")
        def test_three(self) -> None:
            """It is skipped."""

    result = run(Case)

    assert places[:5] == [(name, True) for name in ("setUpClass", "setUp", "test", "tearDown", "cleanup")]
    assert (result.testsRun, len(result.failures), len(result.skipped), result.errors) == (3, 1, 1, [])
    assert not is_inside()


def test_async_test_case(inside: AcrNetwork) -> None:
    @inside
    class Case(unittest.IsolatedAsyncioTestCase):
        async def asyncSetUp(self) -> None:
            assert await asyncio.to_thread(is_inside)

        async def test_it(self) -> None:
            assert await asyncio.to_thread(is_inside)

    result = run(Case)
    assert (result.testsRun, result.failures, result.errors) == (1, [], [])


def test_subclass_of_a_decorated_test_case_is_inside(inside: AcrNetwork) -> None:
    @inside
    class Base(unittest.TestCase):
        """It has no tests."""

    class Case(Base):
        def test_it(self) -> None:
            assert is_inside()

    assert run(Case).wasSuccessful()


def test_failure_of_the_registry_is_an_error_of_the_test(
    registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("our bug")

    monkeypatch.setattr(registry.content, "list_repositories", broken)

    @network(registry)
    class Case(unittest.TestCase):
        def test_it(self) -> None:
            assert requests.get(f"{HELLO}_catalog", timeout=5).status_code == 500

    result = run(Case)
    [(test, trace)] = result.errors
    assert test.id().endswith("test_it")
    assert "our bug" in trace


def test_test_case_can_be_run_alone(inside: AcrNetwork) -> None:
    @inside
    class Case(unittest.TestCase):
        def test_it(self) -> None:
            assert is_inside()

    result = Case("test_it").run()
    assert result is not None
    assert (result.testsRun, result.wasSuccessful()) == (1, True)


class Base:
    """A class whose tests are inherited."""

    seen: ClassVar[list[str]] = []

    def test_inherited(self) -> None:
        self.seen.append(f"inherited {is_inside()}")


def test_class_of_pytest(inside: AcrNetwork) -> None:
    @inside
    class TestIt(Base):
        seen: ClassVar[list[str]] = []

        @classmethod
        def setup_class(cls) -> None:
            cls.seen.append(f"setup_class {is_inside()}")

        def setup_method(self) -> None:
            self.seen.append(f"setup_method {is_inside()}")

        def test_plain(self) -> None:
            self.seen.append(f"plain {is_inside()}")

        async def test_async(self) -> None:
            self.seen.append(f"async {await asyncio.to_thread(is_inside)}")

        @staticmethod
        def test_static() -> None:
            TestIt.seen.append(f"static {is_inside()}")

        def helper(self) -> bool:
            return is_inside()

        class TestInner:
            def test_inner(self) -> None:
                TestIt.seen.append(f"inner {is_inside()}")

    TestIt.setup_class()
    one = TestIt()
    for test in (one.setup_method, one.test_plain, one.test_static, one.test_inherited, TestIt.TestInner().test_inner):
        test()
    asyncio.run(one.test_async())

    names = ("setup_class", "setup_method", "plain", "static", "inherited", "inner", "async")
    assert TestIt.seen == [f"{name} True" for name in names]
    assert not one.helper()
    Base().test_inherited()
    assert Base.seen == ["inherited False"]


@network(FakeRegistry(Settings(name="decorated", auth="off")))
class TestCollectedByPytest:
    """Tests with fixtures and parameters keep them."""

    @pytest.mark.parametrize("path", ["", "_catalog"])
    def test_with_a_fixture(self, path: str, registry: FakeRegistry) -> None:
        assert requests.get(f"https://decorated.azurecr.io/v2/{path}", timeout=5).ok
        assert registry.login_server == "myregistry.azurecr.io"


@network(FakeRegistry(Settings(name="decorated", auth="off")))
class TestCaseCollectedByPytest(unittest.TestCase):
    """A TestCase that pytest runs."""

    def setUp(self) -> None:
        self.answer = requests.get("https://decorated.azurecr.io/v2/", timeout=5)

    def test_it(self) -> None:
        assert self.answer.ok


SETUPS = {
    "setup_method": ("def {name}(self):", "def {name}(self, method):", "def {name}(self, method=None):"),
    "setup_class": (
        "@classmethod\n    def {name}(cls):",
        "@classmethod\n    def {name}(cls, more=None):",
        "@staticmethod\n    def {name}():",
        "@staticmethod\n    def {name}(cls):",
    ),
}
CASES = [(name, signature) for name, signatures in SETUPS.items() for signature in signatures]
SUITE = """
import requests
from fake_registry import FakeRegistry, Settings
from pytest_acr import network

OUTER = network(FakeRegistry(Settings(name="outer", auth="off")))
INNER = network(FakeRegistry(Settings(name="decorated", auth="off")))
SEEN = []

def request():
    hosts = ("outer", "decorated")
    SEEN.append([requests.get(f"https://{{host}}.azurecr.io/v2/", timeout=5).status_code for host in hosts])

@OUTER
@INNER
class TestIt:
    {setup}
        request()

    {teardown}
        request()

    def test_it(self):
        assert SEEN == [[200, 200]]

def test_teardown():
    assert SEEN == [[200, 200]] * 2
"""


@pytest.mark.parametrize(("name", "signature"), CASES)
def test_setup_and_teardown_have_each_signature_that_pytest_allows(
    pytester: pytest.Pytester, name: str, signature: str
) -> None:
    """pytest passes its argument to a function whose code has a parameter for it."""
    teardown = signature.format(name=name.replace("setup", "teardown"))
    pytester.makepyfile(SUITE.format(setup=signature.format(name=name), teardown=teardown))
    pytester.runpytest("-W", "error").assert_outcomes(passed=2)


class Untested:
    """A class without tests."""


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (dict, "expected a function or a class with tests to run inside the network, found <class 'dict'>"),
        (Untested, "expected a function or a class with tests to run inside the network, found "),
        (5, "expected a function or a class with tests, found int"),
        (None, "expected a function or a class with tests, found None"),
    ],
)
def test_other_objects_are_refused(inside: AcrNetwork, wrong: Any, message: str) -> None:
    with pytest.raises(TypeError) as refused:
        inside(wrong)
    assert str(refused.value).startswith(message)


def test_static_and_class_methods_keep_their_kind(inside: AcrNetwork) -> None:
    class Owner:
        name: ClassVar = "owner"

        @inside
        @staticmethod
        def plain() -> bool:
            return is_inside()

        @inside
        @classmethod
        def of_class(cls) -> tuple[str, bool]:
            return cls.name, is_inside()

    functions: list[Callable[[], object]] = [Owner.plain, Owner().plain, Owner.of_class, Owner().of_class]
    assert [function() for function in functions] == [True, True, ("owner", True), ("owner", True)]
