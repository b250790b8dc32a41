from wsgiref.types import WSGIApplication

from fake_registry import FakeRegistry, Settings
from pytest_acr.harness import Dialect, replay, test_case_for


def open_registry() -> WSGIApplication:  # a function that returns a URL does as well
    return FakeRegistry(Settings(auth="off")).wsgi_app


TestMyRegistry = test_case_for(
    open_registry,
    dialect=Dialect.like("acr"),
    known=["error-body"],  # ids of properties that are known to be broken
)


def test_deleted_blob_is_gone() -> None:
    steps = [
        ("push_blob", {"repository": 0, "content": 0, "algorithm": 0, "single": False}),
        ("delete_blob", {"repository": 0, "which": 0}),
    ]
    replay(open_registry, steps, only="blob-absent")
