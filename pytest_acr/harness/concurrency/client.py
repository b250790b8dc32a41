"""Performs the planned operations of one thread, and reads everything at the end."""

from collections.abc import Iterable

from pytest_acr.harness.concurrency.blobs import ConcurrentBlobs
from pytest_acr.harness.concurrency.history import ThreadHistory
from pytest_acr.harness.concurrency.plan import BLOBS, LISTED_TAGS, LOCKED_TAGS, UPLOADS, PlannedOperation
from pytest_acr.harness.concurrency.repository import PreparedRepository
from pytest_acr.harness.concurrency.tags import ConcurrentTags


class ConcurrentClient:
    """A client of a prepared repository, for one thread."""

    def __init__(self, history: ThreadHistory, repository: PreparedRepository) -> None:
        """Record operations in `history`, which has the target."""
        self._repository = repository
        self._tags = ConcurrentTags(history, repository)
        self._blobs = ConcurrentBlobs(history, repository)

    def perform(self, operation: PlannedOperation) -> None:
        """Perform an operation of a plan, unless the registry does not offer it."""
        name, chosen, number = operation
        match name:
            case "put":
                self._tags.put(chosen, number)
            case "get":
                self._tags.get(chosen)
            case "delete":
                self._tags.delete(chosen)
            case "get manifest":
                self._tags.get_manifest(chosen, number)
            case "delete manifest":
                self._tags.delete_manifest(chosen, number)
            case "lock":
                self._tags.lock(chosen, number)
            case "attributes":
                self._tags.get_attributes(chosen)
            case "list":
                self._tags.list()
            case "walk":
                self._tags.walk(number)
            case _:
                self._use_blob(operation)

    def _use_blob(self, operation: PlannedOperation) -> None:
        name, chosen, number = operation
        match name:
            case "push blob":
                self._blobs.push(chosen)
            case "head blob":
                self._blobs.read("HEAD", chosen)
            case "get blob":
                self._blobs.read("GET", chosen)
            case "delete blob":
                self._blobs.delete(chosen)
            case "chunk":
                self._blobs.send_chunk(chosen, number)
            case "status":
                self._blobs.get_status(chosen)
            case "close":
                self._blobs.close(chosen)
            case "cancel":
                self._blobs.cancel(chosen)

    def read_all(self, plan: Iterable[PlannedOperation], *, certain: bool) -> None:
        """Read each object of a plan, and close its uploads. No other thread is running.

        `certain`: no answer was lost, so that the newest Location of each upload is known.
        """
        objects = {operation.object for operation in plan}
        for tag in sorted(objects.intersection(LISTED_TAGS + LOCKED_TAGS)):
            self._tags.get(tag)
            self._tags.get_attributes(tag)
        for blob in sorted(objects.intersection(BLOBS)):
            self._blobs.read("HEAD", blob)
        for upload in sorted(objects.intersection(UPLOADS)):
            self._blobs.get_status(upload)
            digest = self._blobs.close(upload, certain=certain)
            if digest is not None:
                self._blobs.head(digest)
        self._tags.list()
