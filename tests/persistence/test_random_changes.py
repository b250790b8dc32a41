"""A folder has the content of its registry after any sequence of operations."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from tests.persistence.operations import OPERATIONS, perform
from tests.persistence.stored import everything_in, loaded_from, stored_in

STEPS = st.lists(
    st.tuples(st.sampled_from(sorted(OPERATIONS)), st.integers(0, 2), st.integers(0, 6)),
    min_size=1,
    max_size=25,
)


@given(STEPS, STEPS)
def test_reload_is_equal_to_the_live_registry(
    first: list[tuple[str, int, int]], second: list[tuple[str, int, int]]
) -> None:
    """Before the end, as a kill leaves the folder; after it; and after a second run in it."""
    with TemporaryDirectory() as name:
        path = Path(name) / "storage"
        with stored_in(path) as stored:
            for step in first:
                perform(stored.registry, *step)
                stored.storage.store()
            live = everything_in(stored.registry)
            killed = stored.copy_to(Path(name) / "killed")
        assert everything_in(loaded_from(killed)) == live
        assert everything_in(loaded_from(path)) == live

        with stored_in(path) as stored:
            assert everything_in(stored.registry) == live
            for step in second:
                perform(stored.registry, *step)
            live = everything_in(stored.registry)
        assert everything_in(loaded_from(path)) == live
