"""A server, opened from the bottom up and closed in reverse order."""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from roomserver import __version__
from roomserver.adapters.sql_clock import SqlClock
from roomserver.bootstrap.base import Base
from roomserver.bootstrap.database import open_database
from roomserver.bootstrap.decided import Decided, open_decided
from roomserver.bootstrap.identity import open_identity
from roomserver.bootstrap.talk import Talk, open_talk
from roomserver.config import Config
from roomserver.core.model import UserId
from roomserver.core.throttle import Throttle
from roomserver.ports.clock import Clock
from roomserver.service.admission import Admission
from roomserver.service.health import Health, Instance
from roomserver.service.refusals import Refusals
from roomserver.service.server import Server
from roomserver.service.stats import Measured, Stats
from roomserver.service.tasks import Supervisor
from roomserver.service.visit import VisitServices, address_throttle


@asynccontextmanager
async def running_server(config: Config, *, clock: Clock) -> AsyncIterator[Server]:
    """
    Open everything below the edge.

    Raises:
        CannotStart: If the database or the data folder can't be used; it says what to do.

    """
    async with AsyncExitStack() as stack:
        base = await _open_base(stack, config, clock)
        talk = await open_talk(base)
        decided = await open_decided(base, talk)
        known = open_identity(base, talk, decided.revocations)
        refusals = Refusals()
        yield Server(
            rooms=talk.rooms,
            archive=talk.archive,
            attendance=talk.attendance,
            register=talk.register,
            hub=talk.hub,
            journal=talk.journal,
            search=talk.search,
            condition=talk.condition,
            admission=Admission(config.limits, base.clock),
            refusals=refusals,
            limits=config.limits,
            stats=await _open_stats(base, talk, refusals),
            health=await _open_health(base, talk),
            supervisor=base.supervisor,
            visits=_visits(base, talk, decided, refusals),
            identity=known.identity,
            accounts=known.accounts,
            programs=known.programs,
            revocations=decided.revocations,
            rights=decided.rights,
            moderation=decided.moderation,
            invitations=decided.invitations,
        )


async def _open_base(stack: AsyncExitStack, config: Config, own_clock: Clock) -> Base:
    database = await open_database(stack, config)
    supervisor = Supervisor()
    clock = own_clock
    if database.kind == "postgresql":
        clock = SqlClock(database, own_clock)
        supervisor.watch(await stack.enter_async_context(clock.running()))
    return Base(
        config=config,
        instance=Instance(secrets.token_hex(4), __version__),
        database=database,
        clock=clock,
        stack=stack,
        supervisor=supervisor,
    )


async def _open_stats(base: Base, talk: Talk, refusals: Refusals) -> Stats:
    stats = Stats(
        Measured(talk.hub, talk.journal.meter, refusals),
        census=talk.shared.census,
        clock=base.clock,
        instance=base.instance.name,
    )
    await base.start(stats)
    return stats


async def _open_health(base: Base, talk: Talk) -> Health:
    health = Health(
        database=base.database,
        redis=talk.shared.probe,
        condition=talk.condition,
        clock=base.clock,
        instance=base.instance,
    )
    await base.start(health)
    return health


def _visits(base: Base, talk: Talk, decided: Decided, refusals: Refusals) -> VisitServices:
    limits = base.config.limits
    return VisitServices(
        journal=talk.journal,
        hub=talk.hub,
        activity=decided.activity,
        archive=talk.archive,
        attendance=talk.attendance,
        register=talk.register,
        relay=talk.relay,
        messages=_throttle(limits.messages_per_second, limits.messages_burst),
        events=_throttle(limits.events_per_second, limits.events_burst),
        addresses=address_throttle(limits),
        refusals=refusals,
        turns=talk.shared.turns,
        limits=limits,
        clock=base.clock,
        instance=base.instance.name,
        version=base.instance.version,
    )


def _throttle(per_second: float, burst: int) -> Throttle[UserId]:
    return Throttle(per_second=per_second, burst=burst)
