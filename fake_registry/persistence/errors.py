"""`StorageError`: a folder that cannot be a registry's storage, or cannot be written to."""

from fake_registry.spec.text import printable


class StorageError(Exception):
    """One sentence that names the file or folder."""

    def __str__(self) -> str:
        return printable(super().__str__())
