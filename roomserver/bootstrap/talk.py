"""The talk itself: what is said is stored, told to everyone, and read again."""

from dataclasses import dataclass

from roomserver.adapters.sql_log import SqlLog
from roomserver.adapters.sql_members import SqlMembers
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.sql_search import SqlSearch
from roomserver.bootstrap.base import Base
from roomserver.bootstrap.shared import Shared, open_shared
from roomserver.service.archive import Archive
from roomserver.service.attendance import Attendance
from roomserver.service.condition import Condition
from roomserver.service.hub import Hub
from roomserver.service.journal import Journal
from roomserver.service.register import Register
from roomserver.service.relay import Relay
from roomserver.service.rooms import Rooms
from roomserver.service.search import Search


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The way of a message, from its author to its readers."""

    hub: Hub
    condition: Condition
    shared: Shared
    relay: Relay
    archive: Archive
    rooms: Rooms
    register: Register
    journal: Journal
    search: Search
    attendance: Attendance


async def open_talk(base: Base) -> Talk:
    """Join it, each behind what it needs."""
    config, database, clock = base.config, base.database, base.clock
    hub = Hub(config.limits)
    condition = Condition(hub)
    shared = await open_shared(base, condition)
    store = SqlLog(database)
    relay = Relay(hub=hub, log=store, bus=shared.bus)
    await base.start(relay)
    archive = Archive(store, shared.recent, recent_messages_max=config.limits.recent_messages_max)
    base.stack.push_async_callback(archive.close)
    rooms = Rooms(SqlRooms(database, clock), auto_create=config.rooms.auto_create)
    base.stack.push_async_callback(rooms.close)
    await rooms.open_first()
    register = await _open_register(base, relay)
    journal = Journal(
        store=store,
        recent=shared.recent,
        audience=relay,
        condition=condition,
        messages_max=config.limits.journal_messages_max,
    )
    search = Search(SqlSearch(database))
    await base.start(search)
    journal.stored = search.note
    await base.start(journal)
    attendance = Attendance(
        presence=shared.presence, audience=relay, register=register, clock=clock
    )
    await base.start(attendance)
    return Talk(
        hub=hub,
        condition=condition,
        shared=shared,
        relay=relay,
        archive=archive,
        rooms=rooms,
        register=register,
        journal=journal,
        search=search,
        attendance=attendance,
    )


async def _open_register(base: Base, relay: Relay) -> Register:
    members = SqlMembers(base.database)
    if base.database.kind == "sqlite":
        await members.all_offline()
    register = Register(members=members, audience=relay, clock=base.clock)
    await base.start(register)
    return register
