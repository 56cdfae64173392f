"""What everything else of a server stands on."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Protocol

from roomserver.adapters.sql_engine import Database
from roomserver.config import Config
from roomserver.ports.clock import Clock
from roomserver.service.health import Instance
from roomserver.service.tasks import Loop, Supervisor


class Part(Protocol):
    """What does something in the background."""

    def running(self) -> AbstractAsyncContextManager[Sequence[Loop]]:
        """Do it until the block ends."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """
    The configuration, the database, the time, and the way to open and to close things.

    What is opened is closed in reverse order.
    """

    config: Config
    instance: Instance
    database: Database
    clock: Clock
    stack: AsyncExitStack
    supervisor: Supervisor

    async def start(self, part: Part) -> None:
        """Run *part* until the server ends, under the eyes of the supervisor."""
        self.supervisor.watch(await self.stack.enter_async_context(part.running()))
