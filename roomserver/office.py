"""What an operator does from the command line beside a running server, on the same database."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from roomserver.adapters.argon2_passwords import Argon2Passwords
from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_migrate import migrate
from roomserver.adapters.sql_people import SqlPeople
from roomserver.adapters.sql_revocations import SqlRevocations
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.sql_sessions import SqlSessions
from roomserver.adapters.sql_sqlite import sqlite_database
from roomserver.adapters.system_clock import SystemClock
from roomserver.bootstrap import SQLITE_FILE
from roomserver.bootstrap.database import database_at
from roomserver.config import Config
from roomserver.core.errors import CannotStart, RoomNotFound, StorageUnavailable
from roomserver.core.model import RoomId, User
from roomserver.core.names import check_account_name, check_password
from roomserver.core.people import Person, PersonKind, new_user_id
from roomserver.service.programs import Programs
from roomserver.service.revocation import Revocations
from roomserver.service.rooms import Rooms


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """
    People and programs, without a server.

    What is taken back here ends on every running instance within two seconds.
    """

    people: SqlPeople
    programs: Programs
    passwords: Argon2Passwords
    rooms: Rooms
    clock: SystemClock

    async def add(self, username: str, password: str, *, is_owner: bool) -> Person:
        """
        Make an account.

        Raises:
            InvalidEvent: If nobody can have that name or password.

        """
        name = check_account_name(username)
        hashed = await self.passwords.hash(check_password(password, username=name))
        person = Person(
            user=User(new_user_id(), name),
            kind=PersonKind.ACCOUNT,
            is_owner=is_owner,
            created_at_ms=self.clock.now_ms(),
        )
        await self.people.add(person, password_hash=hashed)
        return person

    async def account(self, username: str) -> Person | None:
        """Return the account with exactly this name, or a name that looks like it."""
        known = await self.people.find_by_name(username)
        return known.person if known and known.person.kind is PersonKind.ACCOUNT else None

    async def room_ids(self, addresses: tuple[str, ...]) -> list[RoomId] | None:
        """
        Return the numbers of these rooms; None if there are none.

        Raises:
            RoomNotFound: If one of them isn't there; it names it.

        """
        if not addresses:
            return None
        found = []
        for address in addresses:
            try:
                found.append((await self.rooms.find(address)).id)
            except RoomNotFound:
                raise CannotStart(f"There is no room {address!r}.") from None
        return found


@asynccontextmanager
async def opened_office(config: Config) -> AsyncIterator[Office]:
    """
    Open the database of *config*; a server may be running on it.

    Raises:
        CannotStart: If it can't be used.

    """
    clock = SystemClock()
    passwords = Argon2Passwords()
    try:
        async with _database_of(config) as database, AsyncExitStack() as stack:
            await migrate(database)
            people = SqlPeople(database, clock)
            rooms = Rooms(SqlRooms(database, clock), auto_create=False)
            stack.push_async_callback(rooms.close)
            yield Office(
                people=people,
                programs=Programs(
                    people=people,
                    sessions=SqlSessions(database, clock),
                    revocations=Revocations(SqlRevocations(database, clock), clock),
                    clock=clock,
                ),
                passwords=passwords,
                rooms=rooms,
                clock=clock,
            )
    except StorageUnavailable as error:
        raise CannotStart(f"The database does not answer ({error.__cause__}).") from error
    finally:
        passwords.close()


def _database_of(config: Config) -> AbstractAsyncContextManager[Database]:
    if config.database.url:
        return database_at(config.database.url)
    folder = Path(config.server.data_dir)
    if not folder.is_dir():
        raise CannotStart(f"There is no folder {folder}: name it with --data-dir.")
    # SQLite lets us in beside the server: each of our transactions waits its turn.
    return sqlite_database(folder / SQLITE_FILE)
