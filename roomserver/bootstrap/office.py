"""What the operator's commands work on, beside a running server."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from roomserver.adapters.sql_rights import SqlRights
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.system_clock import SystemClock
from roomserver.bootstrap.database import open_database
from roomserver.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorsDesk:
    """What the operator's commands work on."""

    rooms: SqlRooms
    rights: SqlRights


@asynccontextmanager
async def operators_desk(config: Config) -> AsyncIterator[OperatorsDesk]:
    """
    Open the database, beside a server that may be running: it notices within two seconds.

    Raises:
        CannotStart: If the database can't be used; it says what to do.

    """
    async with AsyncExitStack() as stack:
        database = await open_database(stack, config, is_server=False)
        clock = SystemClock()
        yield OperatorsDesk(rooms=SqlRooms(database, clock), rights=SqlRights(database, clock))
