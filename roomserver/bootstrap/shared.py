"""What instances share besides the database: through Redis, or in one process's memory."""

from dataclasses import dataclass
from functools import partial

from roomserver.adapters.memory_bus import MemoryBus
from roomserver.adapters.memory_census import MemoryCensus
from roomserver.adapters.memory_presence import MemoryPresence
from roomserver.adapters.memory_recent import MemoryRecent
from roomserver.adapters.memory_turns import MemoryTurns
from roomserver.bootstrap.base import Base
from roomserver.ports.bus import Bus
from roomserver.ports.census import Census
from roomserver.ports.presence import Presence
from roomserver.ports.probe import Probe
from roomserver.ports.recent import Recent
from roomserver.ports.turns import Turns
from roomserver.service.condition import Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What instances share besides the database."""

    recent: Recent
    bus: Bus
    presence: Presence
    census: Census
    turns: Turns
    probe: Probe | None


async def open_shared(base: Base, condition: Condition) -> Shared:
    """Open Redis, or what does its work in this process."""
    config, instance = base.config, base.instance.name
    messages_max = config.limits.recent_messages_max
    if not config.redis.url:
        # On one PostgreSQL there may be others, who are then heard through the database.
        return Shared(
            recent=MemoryRecent(messages_max=messages_max),
            bus=MemoryBus(is_alone=not config.database.url),
            presence=MemoryPresence(),
            census=MemoryCensus(),
            turns=MemoryTurns(base.clock),
            probe=None,
        )
    # Imported only here: a single instance starts without loading redis.
    from roomserver.adapters.redis_bus import RedisBus
    from roomserver.adapters.redis_census import RedisCensus
    from roomserver.adapters.redis_client import redis_client
    from roomserver.adapters.redis_presence import RedisPresence
    from roomserver.adapters.redis_recent import RedisRecent
    from roomserver.adapters.redis_turns import RedisTurns

    client = await base.stack.enter_async_context(redis_client(config.redis.url))
    recent = RedisRecent(
        client,
        messages_max=messages_max,
        report=partial(condition.report, "redis", witness="recent"),
    )
    bus = RedisBus(
        client,
        instance=instance,
        report=partial(condition.report, "redis", witness="bus"),
    )
    await base.start(recent)
    await base.start(bus)
    return Shared(
        recent=recent,
        bus=bus,
        presence=RedisPresence(client, instance=instance),
        census=RedisCensus(client, instance=instance),
        turns=RedisTurns(client, base.clock),
        probe=recent,
    )
