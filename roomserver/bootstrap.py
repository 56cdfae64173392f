"""The one place that knows everybody: chooses adapters, joins all, closes in reverse order."""

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiohttp import web

from roomserver import __version__
from roomserver.adapters.file_lock import locked_folder
from roomserver.adapters.memory_bus import MemoryBus
from roomserver.adapters.memory_census import MemoryCensus
from roomserver.adapters.memory_presence import MemoryPresence
from roomserver.adapters.memory_recent import MemoryRecent
from roomserver.adapters.sql_clock import SqlClock
from roomserver.adapters.sql_engine import Database, postgresql_database, sqlite_database
from roomserver.adapters.sql_invitations import SqlInvitations
from roomserver.adapters.sql_log import SqlLog
from roomserver.adapters.sql_members import SqlMembers
from roomserver.adapters.sql_migrate import migrate
from roomserver.adapters.sql_people import SqlPeople
from roomserver.adapters.sql_revocations import SqlRevocations
from roomserver.adapters.sql_rights import SqlRights
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.sql_sessions import SqlEntryLinks, SqlSessions
from roomserver.adapters.system_clock import SystemClock
from roomserver.config import AuthConfig, Config, read_secret
from roomserver.core.errors import CannotStart, StorageUnavailable
from roomserver.core.model import UserId
from roomserver.core.throttle import Throttle
from roomserver.edge.app import build_app
from roomserver.edge.keys import Site
from roomserver.ports.bus import Bus
from roomserver.ports.census import Census
from roomserver.ports.clock import Clock
from roomserver.ports.presence import Presence
from roomserver.ports.probe import Probe
from roomserver.ports.recent import Recent
from roomserver.ports.tokens import TokenReader
from roomserver.service.accounts import Accounts, AccountStores
from roomserver.service.admission import Admission
from roomserver.service.archive import Archive
from roomserver.service.attendance import Attendance
from roomserver.service.browser_sessions import BrowserSessions
from roomserver.service.condition import Condition
from roomserver.service.health import Health, Instance
from roomserver.service.hub import Hub
from roomserver.service.identity import Identity
from roomserver.service.invitations import RoomInvitations
from roomserver.service.journal import Journal
from roomserver.service.moderation import Moderation
from roomserver.service.pace import Pace
from roomserver.service.programs import Programs
from roomserver.service.refusals import Refusals
from roomserver.service.register import Register
from roomserver.service.relay import Relay
from roomserver.service.revocation import Revocations
from roomserver.service.rights import Rights
from roomserver.service.rooms import Rooms
from roomserver.service.server import Server
from roomserver.service.stats import Stats
from roomserver.service.tasks import Supervisor
from roomserver.service.visit import VisitServices, address_throttle

log = logging.getLogger(__name__)

SQLITE_FILE = "roomserver.sqlite3"


@asynccontextmanager
async def running_app(
    config: Config, *, clock: Clock | None = None
) -> AsyncIterator[web.Application]:
    """
    Open what the server needs, yield the application, close it all in reverse order.

    Raises:
        CannotStart: If the database or the data folder can't be used; it says what to do.

    """
    async with running_server(config, clock=clock or SystemClock()) as server:
        site = Site(
            version=__version__,
            is_on_network=config.is_on_network,
            mode=config.auth.mode,
            has_guests=config.auth.guests,
            allowed_origins=frozenset(config.server.allowed_origins),
            trusted_proxies=tuple(config.server.trusted_proxies),
        )
        yield build_app(server, site)


@asynccontextmanager
async def running_server(config: Config, *, clock: Clock) -> AsyncIterator[Server]:
    """Open everything below the edge (see :func:`running_app`)."""
    limits = config.limits
    async with AsyncExitStack() as stack:
        database = await _open_database(stack, config)
        instance = Instance(secrets.token_hex(4), __version__)
        supervisor = Supervisor()
        if database.kind == "postgresql":
            clock = SqlClock(database, clock)
            supervisor.watch(await stack.enter_async_context(clock.running()))
        hub = Hub(limits)
        condition = Condition(hub)
        shared = await _open_shared(stack, config, condition, instance, supervisor)
        store = SqlLog(database)
        relay = Relay(hub=hub, log=store, bus=shared.bus)
        supervisor.watch(await stack.enter_async_context(relay.running()))
        archive = Archive(store, shared.recent, recent_messages_max=limits.recent_messages_max)
        stack.push_async_callback(archive.close)
        rooms = Rooms(SqlRooms(database, clock), auto_create=config.rooms.auto_create)
        stack.push_async_callback(rooms.close)
        await rooms.open_first()
        members = SqlMembers(database)
        if database.kind == "sqlite":
            await members.all_offline()
        register = Register(members=members, audience=relay, clock=clock)
        supervisor.watch(await stack.enter_async_context(register.running()))
        journal = Journal(
            store=store,
            recent=shared.recent,
            audience=relay,
            condition=condition,
            messages_max=limits.journal_messages_max,
        )
        supervisor.watch(await stack.enter_async_context(journal.running()))
        attendance = Attendance(
            presence=shared.presence, audience=relay, register=register, clock=clock
        )
        supervisor.watch(await stack.enter_async_context(attendance.running()))
        revocations = Revocations(SqlRevocations(database, clock), clock)
        supervisor.watch(await stack.enter_async_context(revocations.running()))
        rights_store = SqlRights(database, clock)
        rights = Rights(store=rights_store, clock=clock, present=attendance.present)
        supervisor.watch(await stack.enter_async_context(rights.running()))
        moderation = Moderation(
            store=rights_store,
            rights=rights,
            revocations=revocations,
            audience=relay,
            clock=clock,
        )
        known = _open_identity(stack, config.auth, database, clock, (rooms, revocations))
        refusals = Refusals()
        admission = Admission(limits, clock)
        stats = Stats(
            hub=hub,
            written=journal.meter,
            census=shared.census,
            clock=clock,
            instance=instance.name,
        )
        supervisor.watch(await stack.enter_async_context(stats.running()))
        health = Health(
            database=database,
            redis=shared.probe,
            condition=condition,
            clock=clock,
            instance=instance,
        )
        supervisor.watch(await stack.enter_async_context(health.running()))
        yield Server(
            rooms=rooms,
            archive=archive,
            attendance=attendance,
            register=register,
            admission=admission,
            refusals=refusals,
            hub=hub,
            journal=journal,
            limits=limits,
            stats=stats,
            health=health,
            supervisor=supervisor,
            visits=VisitServices(
                journal=journal,
                hub=hub,
                archive=archive,
                attendance=attendance,
                register=register,
                relay=relay,
                messages=_throttle(limits.messages_per_second, limits.messages_burst),
                events=_throttle(limits.events_per_second, limits.events_burst),
                addresses=address_throttle(limits),
                refusals=refusals,
                pace=Pace(),
                limits=limits,
                clock=clock,
                instance=instance.name,
            ),
            condition=condition,
            revocations=revocations,
            identity=known.identity,
            accounts=known.accounts,
            programs=known.programs,
            rights=rights,
            moderation=moderation,
            invitations=RoomInvitations(
                store=SqlInvitations(database, clock), rights=rights, clock=clock
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What knows who somebody is."""

    identity: Identity
    accounts: Accounts | None
    programs: Programs


def _open_identity(
    stack: AsyncExitStack,
    auth: AuthConfig,
    database: Database,
    clock: Clock,
    services: tuple[Rooms, Revocations],
) -> _Known:
    rooms, revocations = services
    people, stored = SqlPeople(database, clock), SqlSessions(database, clock)
    sessions = BrowserSessions(
        sessions=stored, revocations=revocations, clock=clock, days=auth.session_days
    )
    accounts = None
    if auth.mode == "accounts":
        # Imported only here, as what reads tokens is: an open server starts without them.
        from roomserver.adapters.argon2_passwords import Argon2Passwords

        passwords = Argon2Passwords()
        stack.callback(passwords.close)
        accounts = Accounts(
            AccountStores(
                people=people,
                links=SqlEntryLinks(database),
                passwords=passwords,
                revocations=revocations,
            ),
            sessions=sessions,
            clock=clock,
            sign_up=auth.sign_up,
        )
    tokens = token_reader(auth, clock) if auth.mode == "tokens" else None
    return _Known(
        identity=Identity(
            people=people, sessions=sessions, tokens=tokens, rooms=rooms, clock=clock
        ),
        accounts=accounts,
        programs=Programs(people=people, sessions=stored, revocations=revocations, clock=clock),
    )


def token_reader(auth: AuthConfig, clock: Clock) -> TokenReader:
    """Return what checks the tokens of another application."""
    from roomserver.adapters.http_jwks import HttpJwks
    from roomserver.adapters.jwt_tokens import Demands, JwtTokens, Keys, SharedSecrets

    keys: Keys
    if auth.token_jwks_url:
        keys = HttpJwks(auth.token_jwks_url, clock)
    else:
        pairs = (
            (auth.token_secret, auth.token_secret_file),
            (auth.token_secret_before, auth.token_secret_before_file),
        )
        keys = SharedSecrets([text for pair in pairs if (text := read_secret(*pair))])
    demands = Demands(
        audience=auth.token_audience, issuer=auth.token_issuer, leeway_s=auth.token_leeway_s
    )
    return JwtTokens(keys, demands, clock)


def _throttle(per_second: float, burst: int) -> Throttle[UserId]:
    return Throttle(per_second=per_second, burst=burst)


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
        database = await _open_database(stack, config, is_server=False)
        clock = SystemClock()
        yield OperatorsDesk(rooms=SqlRooms(database, clock), rights=SqlRights(database, clock))


async def _open_database(
    stack: AsyncExitStack, config: Config, *, is_server: bool = True
) -> Database:
    if config.database.url:
        database = await stack.enter_async_context(postgresql_database(config.database.url))
    else:
        folder = Path(config.server.data_dir)
        if is_server:
            stack.enter_context(locked_folder(folder))
        elif not (folder / SQLITE_FILE).exists():
            raise CannotStart(f"There is no {folder / SQLITE_FILE}. Is --data-dir right?")
        database = await stack.enter_async_context(sqlite_database(folder / SQLITE_FILE))
    try:
        await migrate(database)
    except StorageUnavailable as error:
        raise CannotStart(
            f"The database does not answer ({error.__cause__}). "
            "Is it running, and is [database] url right?"
        ) from error
    return database


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What instances share besides the database."""

    recent: Recent
    bus: Bus
    presence: Presence
    census: Census
    probe: Probe | None


async def _open_shared(
    stack: AsyncExitStack,
    config: Config,
    condition: Condition,
    instance: Instance,
    supervisor: Supervisor,
) -> _Shared:
    messages_max = config.limits.recent_messages_max
    if not config.redis.url:
        # On one PostgreSQL there may be others, who are then heard through the database.
        return _Shared(
            recent=MemoryRecent(messages_max=messages_max),
            bus=MemoryBus(is_alone=not config.database.url),
            presence=MemoryPresence(),
            census=MemoryCensus(),
            probe=None,
        )
    # Imported only here: a single instance starts without loading redis.
    from roomserver.adapters.redis_bus import RedisBus
    from roomserver.adapters.redis_census import RedisCensus
    from roomserver.adapters.redis_client import redis_client
    from roomserver.adapters.redis_presence import RedisPresence
    from roomserver.adapters.redis_recent import RedisRecent

    client = await stack.enter_async_context(redis_client(config.redis.url))
    recent = RedisRecent(
        client,
        messages_max=messages_max,
        report=partial(condition.report, "redis", witness="recent"),
    )
    bus = RedisBus(
        client,
        instance=instance.name,
        report=partial(condition.report, "redis", witness="bus"),
    )
    supervisor.watch(await stack.enter_async_context(recent.running()))
    supervisor.watch(await stack.enter_async_context(bus.running()))
    return _Shared(
        recent=recent,
        bus=bus,
        presence=RedisPresence(client, instance=instance.name),
        census=RedisCensus(client, instance=instance.name),
        probe=recent,
    )
