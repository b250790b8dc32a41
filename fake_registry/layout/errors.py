"""`LayoutError`: the file of a layout that is malformed, and the mistake in it."""

from fake_registry.spec.text import printable


class LayoutError(ValueError):
    """A folder is not a valid layout.

    `file` is the file at fault, relative to the folder, or the folder itself; for a member of a
    JSON document, its place follows after a comma. `expected` and `found` are prose.
    """

    def __init__(self, file: str, expected: str, found: str) -> None:
        super().__init__(file, expected, found)  # copies and pickles are made from these
        self.file = file
        self.expected = expected
        self.found = found

    def __str__(self) -> str:
        return printable(f"{self.file}: {self.problem}")

    @property
    def problem(self) -> str:
        """The message without the file."""
        return f"expected {self.expected}, found {self.found}"


class RepositoryMissing(LayoutError):
    """The name of an entry has no repository in it, and none was given for such entries."""
