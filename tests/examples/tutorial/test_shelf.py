from shelf import app

from pytest_acr.harness import Dialect, replay, test_case_for

DIALECT = Dialect(ranges=False)  # it does not send parts of blobs

TestShelf = test_case_for(lambda: app, dialect=DIALECT)


def test_refused_end_leaves_the_upload_as_it_was() -> None:
    replay(
        lambda: app,
        [("finish_with_wrong_digest", {"which": 0, "content": 0, "with_tail": True})],
        only="upload-after-wrong-digest",
        dialect=DIALECT,
    )
