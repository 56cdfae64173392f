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


@contextmanager
def answered() -> Iterator[None]:
    """
    Turn "the database didn't answer" into :exc:`StorageUnavailable`.

    A failure is "unknown" unless it is known to be a refusal: in every fault that was
    tried, some statements that raised had been committed. Bugs in SQL pass through.

    Raises:
        LockHeld: If a row was locked for too long. Nothing was committed.
        StorageUnavailable: If it is unknown what happened.

    """
    try:
        yield
    except (ProgrammingError, DataError, NotSupportedError, IntegrityError):
        raise
    except (DBAPIError, PoolTimeout, OSError, TimeoutError) as error:
        if getattr(getattr(error, "orig", None), "sqlstate", None) == _LOCK_NOT_AVAILABLE:
            raise LockHeld from error
        raise StorageUnavailable from error
    except Exception as error:
        # A fail-over can surface as the driver's own InternalClientError, which nobody wraps.
        if type(error).__module__.startswith("asyncpg"):
            raise StorageUnavailable from error
        raise
