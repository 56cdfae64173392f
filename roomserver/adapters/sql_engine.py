"""
The way to the database: SQLite in the data folder (``sql_sqlite``), or PostgreSQL
(``sql_postgresql``).

Writing has connections of its own, so that no number of readers can keep a message
from being stored. Nobody is kept waiting for a database that doesn't answer, and nothing
that has been begun is cut off: it goes on behind our back, to its commit or its failure.
Cut off in the middle, a statement on SQLite leaves the write lock with a connection that
nobody has any more.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final, TypeVar

from sqlalchemy import Connection, Executable, Row, text
from sqlalchemy.exc import ProgrammingError

from roomserver.adapters.lookout import Lookout
from roomserver.adapters.sql_errors import answered
from roomserver.adapters.sql_rows import RowsParameter
from roomserver.core.errors import StorageUnavailable

ANSWER_S_MAX: Final = 1.9
"""How long any question or transaction may take, the wait for a connection included."""

T = TypeVar("T")

Rows = Sequence[Row[*tuple[Any, ...]]]
Facts = Mapping[str, object]

Prepared = Callable[[Connection, Iterable[Sequence[object]]], Sequence[Sequence[Any]]]
"""A statement that is said with every message. Called with a transaction and the rows that it is
about, of which there must be some; returns plain rows."""


class Database(ABC):
    """Two engines on one database: one for transactions, one for single questions."""

    kind: ClassVar[str]
    insert: Callable[..., Any]
    """The dialect's own INSERT, which knows "on conflict"."""

    writer: Any
    reader: Any
    """Each store's own kind of engine."""

    readers: ClassVar[int]
    """How many questions are answered at once; the others wait."""

    trial: ClassVar[str]
    """Writes something that needs room on the disk, and that nobody will find."""

    def __init__(self) -> None:
        self._lookout = Lookout(answer_s_max=ANSWER_S_MAX)
        self._under_way: set[asyncio.Future[Any]] = set()
        """What would be cut off if we hung up now."""

    async def ask(self, question: Executable, parameters: Facts | None = None) -> Rows:
        """
        Return the rows that answer *question*.

        Raises:
            StorageUnavailable: If the database didn't answer.

        """
        return await self._promptly(self._ask(question, parameters))

    async def write(self, work: Callable[[Connection], T]) -> T:
        """
        Do *work* in a transaction.

        It is an ordinary function, called where waiting for the database holds up nobody: on
        SQLite in the writer's thread, on PostgreSQL in a greenlet.

        If the connection turns out to have been cut, nothing has been committed yet, and
        *work* is done once more on another one.

        Raises:
            LockHeld: If a row was locked for too long. Nothing was committed.
            StorageUnavailable: If the database didn't answer. Whether the work was, or
                will yet be, committed is unknown.

        """
        return await self._promptly(self._write(work))

    @abstractmethod
    def prepared(self, statement: str, rows: RowsParameter) -> Prepared:
        """
        Make *statement* about *rows* ready to be said often, and to the driver with little ado.

        A lone message waits for a few of them. PostgreSQL hears each once, with all rows as a
        table. SQLite is a call away and hears it for every row, which costs less than to pack
        them into a parameter and to take them out again; there only a SELECT returns something.
        What goes in and comes out is what the driver takes and gives: nothing converts it.
        """

    @abstractmethod
    async def alter(self, work: Callable[[Connection], None]) -> None:
        """Do *work* on the tables themselves in a transaction, however long it takes."""

    async def is_answering(self) -> bool:
        """Ask for a sign of life (:class:`~roomserver.ports.probe.Storage`)."""
        try:
            await self.ask(text("SELECT 1"))
        except StorageUnavailable:
            return False
        return True

    async def is_storing(self) -> bool:
        """Write something that needs room on the disk, and that nobody will find."""
        trial = text(self.trial)
        try:
            await self.write(lambda tx: tx.execute(trial))
        except StorageUnavailable:
            return False
        except ProgrammingError:
            return await self.is_answering()  # We may not make temporary tables here.
        return True

    async def close(self) -> None:
        """Let what is under way come to its end, though not for long; hang up."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=ANSWER_S_MAX)
        for work in self._under_way:
            work.cancel()
        await self._hang_up()

    @abstractmethod
    def _ask(self, question: Executable, parameters: Facts | None) -> "asyncio.Future[Rows]":
        """Return what may be settled before it is answered: what comes then is dropped."""

    @abstractmethod
    def _write(self, work: Callable[[Connection], T]) -> "asyncio.Future[T]":
        """Return what may be settled before *work* is done, which is done all the same."""

    @abstractmethod
    async def _hang_up(self) -> None: ...

    async def _promptly(self, answer: "asyncio.Future[T]") -> T:
        self._lookout.begin(answer)
        try:
            with answered:
                return await answer
        finally:
            self._lookout.end(answer)

    def _apart(self, work: "asyncio.Future[T]") -> "asyncio.Future[T]":
        """Return what *work* will bring. To give that up doesn't touch the work."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._under_way.add(work)
        work.add_done_callback(partial(self._pass_on, answer))
        return answer

    def _pass_on(self, answer: "asyncio.Future[T]", work: "asyncio.Future[T]") -> None:
        self._under_way.discard(work)
        failure = None if work.cancelled() else work.exception()
        if answer.done():
            return  # Whoever asked has given up: it is no news.
        if work.cancelled():
            answer.cancel()
        elif failure is not None:
            answer.set_exception(failure)
        else:
            answer.set_result(work.result())
