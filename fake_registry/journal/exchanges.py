"""`Exchanges`: recorded exchanges as a sequence, with filters and assertions."""

from collections.abc import Coroutine, Iterable, Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack, overload

from fake_registry.arguments import check_type
from fake_registry.journal import assertions
from fake_registry.journal.budget import RequestBudget, limits_of
from fake_registry.journal.counting import check_number
from fake_registry.journal.criteria import Criteria, ExchangeCriteria, check_of
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.export import write_har, write_json_lines
from fake_registry.journal.reading import Reading
from fake_registry.journal.sources import RecordedSource, Selection, growth_of, items_at
from fake_registry.journal.text import list_text
from fake_registry.journal.waiting import ExchangeWait, WaitSteps
from fake_registry.spec.words import count_text

if TYPE_CHECKING:
    from fake_registry.journal.checks.rule import BrokenRule


class Exchanges(Sequence[Exchange]):
    """Recorded exchanges, oldest first. A registry's own is live: it grows with each request.

    Criteria are fields of `Exchange` by name; endpoint, repository, reference and path are patterns
    such as `upload.*`. A list meets a criterion by one of its items: a code, an effect, a header.

    Assertions in registry terms raise AssertionError with the last exchanges, also if they are
    uncertain because exchanges were dropped. Their `name` is
    `repository[:tag][@digest]`: NameInvalid, TagInvalid or DigestInvalid for a malformed one.
    """

    def __init__(self, source: RecordedSource | Selection) -> None:
        self._source = source

    @property
    def dropped(self) -> int:
        """The number of older exchanges that are no longer kept. A part has the number that its
        whole had when it was made."""
        return self._source.dropped

    @overload
    def __getitem__(self, place: int) -> Exchange: ...
    @overload
    def __getitem__(self, place: slice) -> "Exchanges": ...
    def __getitem__(self, place: int | slice) -> "Exchange | Exchanges":
        if isinstance(place, slice):
            return self._part_of(items_at(self._source, place))
        return self._source.read()[place]

    def __len__(self) -> int:
        return len(self._source.read())

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._source.read())  # one reading for all, where `Sequence` would read for each item

    def __contains__(self, value: object) -> bool:
        """Return whether an exchange is among these. TypeError for a criterion: see `where`."""
        check_type("value", value, Exchange)
        return value in self._source.read()

    def count(self, value: Exchange) -> int:
        """Return how often an exchange is among these. TypeError for a criterion: see `where`."""
        check_type("value", value, Exchange)
        return self._source.read().count(value)

    def __repr__(self) -> str:
        return f"<Exchanges, {count_text(len(self), 'request')}>"

    def __str__(self) -> str:
        return list_text(self._source.read())

    def where(self, **criteria: Unpack[ExchangeCriteria]) -> "Exchanges":
        """Return the exchanges that meet all criteria.

        Raises TypeError for an unknown field or a value of another type, ValueError for an unknown
        endpoint, method or status: an assertion on a filter that matches nothing could never fail.
        """
        meets = check_of(criteria)
        return self._part_of(tuple([item for item in self._source.read() if meets(item)]))

    def one(self, **criteria: Unpack[ExchangeCriteria]) -> Exchange:
        """Return the only exchange that meets the criteria; AssertionError unless it is one."""
        __tracebackhide__ = True
        self.assert_count(1, **criteria)
        return self.where(**criteria)[0]

    def assert_count(self, expected: int, **criteria: Unpack[ExchangeCriteria]) -> None:
        """Raise AssertionError, with the last exchanges, unless `expected` meet the criteria.

        Also if exchanges were dropped, because those may have met the criteria: see `dropped`.
        """
        __tracebackhide__ = True
        found = self.where(**criteria)
        check_number(expected, Reading(found, found.dropped), self._reading(), criteria)

    def assert_none(self, **criteria: Unpack[ExchangeCriteria]) -> None:
        """Raise AssertionError, with the last ones, if any exchange meets the criteria, or if some
        were dropped that may have."""
        __tracebackhide__ = True
        self.assert_count(0, **criteria)

    def assert_pushed(self, name: str, times: int | None = None) -> None:
        """Check that a manifest of this name was pushed: at least once, or exactly `times` times.

        A push by tag has the digest, too. See `assert_tagged` for the tags of a push by digest.
        """
        __tracebackhide__ = True
        assertions.check_pushes(self._reading(), name, times)

    def assert_not_pushed(self, name: str) -> None:
        """Check that no manifest of this name was pushed. See `assert_pushed`."""
        __tracebackhide__ = True
        assertions.check_pushes(self._reading(), name, 0)

    def assert_pulled(self, name: str, times: int | None = None) -> None:
        """Check that a manifest of this name was pulled: at least once, or exactly `times` times.

        A pull by tag has the digest, too; a pull by digest has no tag. HEAD, and an answer 304,
        are no pulls.
        """
        __tracebackhide__ = True
        assertions.check_pulls(self._reading(), name, times)

    def assert_not_pulled(self, name: str) -> None:
        """Check that no manifest of this name was pulled. See `assert_pulled`."""
        __tracebackhide__ = True
        assertions.check_pulls(self._reading(), name, 0)

    def assert_mounted(
        self,
        name: str,
        source: str | None = None,
        digest: str | None = None,
        times: int | None = None,
    ) -> None:
        """Check that a blob was mounted into the repository in `name`: at least once, or exactly
        `times` times.

        `name` is `repository` or `repository@digest`, `source` the repository in the request's
        `from`. A mount that the registry answered with the start of an upload does not count.
        """
        __tracebackhide__ = True
        reading = self._reading()
        assertions.check_mounts(reading, name, source=source, digest=digest, times=times)

    def assert_deleted(self, name: str, times: int | None = None) -> None:
        """Check that this was deleted by a request of its own: at least once, or exactly `times`.

        `repository` stands for the whole repository, `repository@digest` for a manifest or a blob.
        A tag that went with its manifest was not deleted by a request of its own.
        """
        __tracebackhide__ = True
        assertions.check_deletions(self._reading(), name, times)

    def assert_tagged(self, name: str, times: int | None = None) -> None:
        """Check that a push set the tag in `repository:tag`, or `repository:tag@digest`, by its
        path or by parameters: at least once, or exactly `times` times.
        """
        __tracebackhide__ = True
        assertions.check_tags(self._reading(), name, times)

    def assert_logins(self, *, at_most: int) -> None:
        """Check that the registry issued at most this many access tokens."""
        __tracebackhide__ = True
        assertions.check_logins(self._reading(), at_most)

    def assert_uploaded_once(self) -> None:
        """Check that no blob was uploaded twice to one repository; no uploads are fine."""
        __tracebackhide__ = True
        assertions.check_uploads(self._reading())

    def mistakes(self, *, allow: Iterable[str] = ()) -> "list[BrokenRule]":
        """Return what clients did against the rules of strict mode, except those in `allow`.

        ValueError, with the names of the rules, for an unknown one.
        """
        __tracebackhide__ = True
        from fake_registry.journal.checks.table import mistakes_in  # 7 ms, and rarely used

        return mistakes_in(self._source.read(), allow)

    def assert_no_mistakes(self, *, allow: Iterable[str] = ()) -> None:
        """Check that clients broke no rule of strict mode, except those in `allow`."""
        __tracebackhide__ = True
        from fake_registry.journal.checks.check import check_mistakes  # as above

        check_mistakes(self._reading(), allow)

    def assert_order(self, *endpoint_patterns: str) -> None:
        """Check that successful exchanges match the patterns in this order, one for each pattern.

        Others may come before, between and after. Raises ValueError for an unknown endpoint.
        """
        __tracebackhide__ = True
        assertions.check_order(self._reading(), endpoint_patterns)

    def budget(
        self,
        *,
        requests: int | None = None,
        bytes_sent: int | None = None,
        bytes_received: int | None = None,
        logins: int | None = None,
        pushes: int | None = None,
        pulls: int | None = None,
        uploads: int | None = None,
        mounts: int | None = None,
        deletions: int | None = None,
    ) -> RequestBudget:
        """Return a context manager that bounds the requests recorded while its block runs.

        It raises AssertionError at the end of the block if a number was exceeded. An
        exception of the block passes unchanged. Requests that the registry has dropped, or has
        forgotten, are counted too.

        `bytes_sent` are the bytes of bodies that the registry read; `bytes_received` the lengths
        that answers to other methods than HEAD announced: a list without Content-Length counts 0.
        """
        given = {
            "requests": requests,
            "bytes_sent": bytes_sent,
            "bytes_received": bytes_received,
            "logins": logins,
            "pushes": pushes,
            "pulls": pulls,
            "uploads": uploads,
            "mounts": mounts,
            "deletions": deletions,
        }

        return RequestBudget(limits_of(given), growth_of(self._source))

    def wait_for(
        self,
        timeout: float = 5,
        *,
        after: int | None = None,
        **criteria: Unpack[ExchangeCriteria],
    ) -> Exchange:
        """Return the first exchange that meets the criteria; it may be there already.

        `after` is the number of an exchange: only later ones count, and all once the requests are
        forgotten. Waits at most `timeout` seconds of real time, and blocks the thread: in async
        code await `wait_for_async`. AssertionError, with the last exchanges, if none comes.
        """
        __tracebackhide__ = True
        wait = ExchangeWait(timeout, after, criteria)
        return wait.block(self._source.read, growth_of(self._source))

    def wait_for_async(
        self,
        timeout: float = 5,
        *,
        after: int | None = None,
        **criteria: Unpack[ExchangeCriteria],
    ) -> Coroutine[Any, Any, Exchange]:  # Any: what asyncio and trio exchange with a task
        """Return an awaitable for the first exchange that meets the criteria. See `wait_for`.

        Other tasks of asyncio or trio run meanwhile.
        """
        wait = ExchangeWait(timeout, after, criteria)
        return wait.suspend(self._source.read, growth_of(self._source))

    def wait_in_steps(self, timeout: float, after: int | None, criteria: Criteria) -> WaitSteps:
        """Return a generator that yields seconds to wait, and returns as `wait_for` does."""
        wait = ExchangeWait(timeout, after, criteria)
        return wait.in_steps(self._source.read, growth_of(self._source))

    def to_har(self, path: str | PathLike[str]) -> Path:
        """Write the exchanges to a HAR 1.2 file, for a browser's network panel; return its path.

        A file at `path` is replaced. Raises OSError or ValueError, with the path, if it cannot be
        written; then the file that was there stays. The same goes for `to_json_lines`.
        """
        __tracebackhide__ = True
        return write_har(path, self)

    def to_json_lines(self, path: str | PathLike[str]) -> Path:
        """Write each exchange as one line of JSON; return the path of the file.

        A line has the fields of `Exchange`, and `time_text`, the time as text.
        """
        __tracebackhide__ = True
        return write_json_lines(path, self)

    def _reading(self) -> Reading:
        items = self._source.read()
        return Reading(items, self.dropped)

    def _part_of(self, items: tuple[Exchange, ...]) -> "Exchanges":
        # counted after `items` were read: none is neither among them nor counted
        return Exchanges(Selection(items, self.dropped))
