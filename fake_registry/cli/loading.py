"""The content of the served registries: loaded from the folder of --dir, and stored in it."""

import gc
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fake_registry.cli.serve_options import OptionError, ServeOptions
from fake_registry.fake import FakeRegistry
from fake_registry.layout import LayoutError
from fake_registry.layout.errors import RepositoryMissing
from fake_registry.spec.errors import RegistryError

if TYPE_CHECKING:
    from fake_registry.persistence import Storage, StorageError

ReportFailure = Callable[["StorageError"], None]


@contextmanager
def loaded_content(
    options: ServeOptions,
    registries: Sequence[FakeRegistry],
    on_failure: ReportFailure,
) -> Iterator[Sequence["Storage"]]:
    """Load all content; yield the storages of the registries, none without --persist.

    The end of the block stores changes that are not stored yet. Raises OptionError before any folder is changed.
    """
    if options.dir is None or not options.persist:
        for registry in registries:
            _load_seed(options, registry)
        yield ()
        return

    with ExitStack() as stack:
        with _collection_paused():
            storages = _open_storages(options.dir, options.dir_repository, registries, on_failure, stack)
        yield storages


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Pause garbage collection in the block: a load makes none, and it takes a fourth of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _load_seed(options: ServeOptions, registry: FakeRegistry) -> None:
    if options.dir is not None:
        with _explain_refusals_of(options.dir):
            registry.load_layout(options.dir, repository=options.dir_repository)


def _open_storages(
    path: Path,
    repository: str | None,
    registries: Sequence[FakeRegistry],
    on_failure: ReportFailure,
    stack: ExitStack,
) -> Sequence["Storage"]:
    # imported when used: it loads msgspec
    from fake_registry.persistence import OpenFolder, StorageError

    folders = [_folder_of(registry, path, len(registries)) for registry in registries]
    opened: list[OpenFolder] = []
    for registry, folder in zip(registries, folders, strict=True):
        with _explain_refusals_of(folder, StorageError):
            opened.append(stack.enter_context(OpenFolder(folder)))
            opened[-1].load(registry, repository=repository)

    storages = []
    for registry, folder, one in zip(registries, folders, opened, strict=True):
        with _explain_refusals_of(folder, StorageError):
            storage = one.store(registry, on_failure=on_failure)
        stack.callback(_close, storage)
        storages.append(storage)
    return storages


def _close(storage: "Storage") -> None:
    from fake_registry.persistence import StorageError

    try:
        storage.close()
    except StorageError as error:
        raise OSError(str(error)) from error


def _folder_of(registry: FakeRegistry, path: Path, count: int) -> Path:
    """Return the folder of a registry: a sub-folder if there are several."""
    if count == 1:
        return path
    if (path / "oci-layout").exists():
        expected = "a folder with a sub-folder for each registry"
        raise OptionError(f"--dir {path}: expected {expected}, found a layout")
    return path / registry.settings.name.lower()


@contextmanager
def _explain_refusals_of(path: Path, *others: type[Exception]) -> Iterator[None]:
    """Turn an error of a layout or a file, or one of the `others`, into an OptionError that names
    the folder."""
    refusals: tuple[type[Exception], ...] = (LayoutError, RegistryError, OSError, *others)
    try:
        yield
    except RepositoryMissing as error:
        expected = "a name with a repository in it, or --dir-repository for those without"
        problem = f"{error.file}: expected {expected}, found {error.found}"
        raise OptionError(f"--dir {path}: {problem}") from error
    except refusals as error:
        raise OptionError(f"--dir {path}: {_problem_in(path, error)}") from error


def _problem_in(path: Path, error: Exception) -> str:
    """Return the message of an error, without the path if it names the folder itself."""
    if isinstance(error, LayoutError) and os.path.realpath(error.file) == os.path.realpath(path):
        return error.problem
    return str(error)
