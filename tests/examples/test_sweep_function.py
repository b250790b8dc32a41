from fake_registry import FakeRegistry
from pytest_acr import connect, sweep


def push(registry: FakeRegistry) -> None:
    with connect(registry) as connection:
        client = connection.content_client("samples/hello")
        client.upload_blob(b"content")


def test_every_failure_of_a_push() -> None:
    report = sweep(push)

    report.raise_if_broken()
    assert "upload.finish#1" in report.table()
