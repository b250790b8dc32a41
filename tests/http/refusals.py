"""The form of every refusal."""

from tests.support.http import HttpAnswer


def assert_refused(found: HttpAnswer, *, profile: str, at_login: bool = False) -> None:
    """Assert that it is a refusal that a client can read. The login writes no newline."""
    assert 400 <= found.status < 500, found
    assert found.header("Content-Length") == str(len(found.body))
    if found.header("Content-Type") == "application/json; charset=utf-8":
        errors = found.json["errors"]
        assert errors
        assert all({"code", "message"} <= entry.keys() <= {"code", "message", "detail"} for entry in errors)
        assert found.body.endswith(b"\n") is not at_login
    else:
        assert profile == "acr"
        assert (found.status, found.header("Content-Type"), found.body) in (
            (404, "text/plain; charset=utf-8", b"404 page not found\n"),
            (405, "text/plain; charset=utf-8", b"Method not allowed\n"),
            (404, "application/octet-stream", b"Not found"),
        )
