"""The one place where a database's failures become ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    ProgrammingError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout

from roomserver.core.errors import StorageUnavailable

_LOCK_NOT_AVAILABLE: Final = "55P03"
"""PostgreSQL's own code: lock_timeout has passed."""


class LockHeld(StorageUnavailable):
    """Another transaction holds a row that this one needs, and has for a while."""


class ConnectionCut(StorageUnavailable):
    """The connection was gone, perhaps long before it was used."""


@contextmanager
def noticing_cuts() -> Iterator[None]:
    """
    Tell a connection that was cut from other failures.

    Raises:
        ConnectionCut: If it was.

    """
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated:
            raise ConnectionCut from error
        raise


class _Answered:
    """See :data:`answered`. A class, since every message passes here: a generator takes longer."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception) and (ours := _ours(error)) is not None:
            raise ours from error


answered: Final = _Answered()
"""
Turns "the database didn't answer" into :exc:`StorageUnavailable`, in a ``with`` block.

A failure is "unknown" unless it is known to be a refusal: in every fault that was tried, some
statements that raised had been committed. Bugs in SQL pass through.

Raises:
    LockHeld: If a row was locked for too long. Nothing was committed.
    StorageUnavailable: If it is unknown what happened.

"""


def _ours(error: Exception) -> StorageUnavailable | None:
    if isinstance(error, ProgrammingError | DataError | NotSupportedError | IntegrityError):
        return None
    if isinstance(error, DBAPIError | PoolTimeout | OSError | TimeoutError):
        code = getattr(getattr(error, "orig", None), "sqlstate", None)
        return LockHeld() if code == _LOCK_NOT_AVAILABLE else StorageUnavailable()
    # A fail-over can surface as the driver's own InternalClientError, which nobody wraps.
    return StorageUnavailable() if type(error).__module__.startswith("asyncpg") else None
