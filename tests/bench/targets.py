"""What is measured: the product in its set-ups, and the peers, each as something to connect to."""

import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp

from tests.bench.generator import SERVER_CORE, on_core
from tests.bench.shapes import PATH
from tests.support.postgres import DURABLE, PostgresServer, running_postgres
from tests.support.programs import Program, free_port
from tests.support.redis import RedisServer, running_redis
from tests.support.servers import RoomServer, running_roomserver

ROOT = Path(__file__).resolve().parents[2]
ZIPAPP = ROOT / "dist" / "roomserver.pyz"
FROM_ZIPAPP = (sys.executable, str(ZIPAPP))

RAISED_LIMITS = {
    # The load is a thousand people who type without a pause. Everything is still counted.
    "ROOMSERVER_LIMITS_MESSAGES_PER_SECOND": "1000000",
    "ROOMSERVER_LIMITS_MESSAGES_BURST": "1000000",
    "ROOMSERVER_LIMITS_CONNECTIONS_PER_ADDRESS_MAX": "100000",
    "ROOMSERVER_LIMITS_ADDRESS_JOINS_PER_MINUTE_MAX": "1000000",
    "ROOMSERVER_LOG_LEVEL": "warning",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A server that listens, and how the load generator talks to it."""

    ports: tuple[int, ...]
    pids: tuple[int, ...]
    dialect: tuple[str, ...] = ()

    @property
    def options(self) -> list[str]:
        ports = [word for port in self.ports for word in ("--port", str(port))]
        pids = [word for pid in self.pids for word in ("--pid", str(pid))]
        return [*ports, *pids, *self.dialect]


DIALECT = (
    *("--path", PATH, "--late-path", f"{PATH}&history=0"),
    *("--ready", '"type":"connected"', "--ack", '{"type":"message_sent"'),
    *("--message", '{"type":"message","content":"%T","client_id":"%c"}'),
)
"""How to talk to roomserver. Every message has a ``client_id``: it is de-duplicated too."""


@dataclass(slots=True)
class Services:
    """The PostgreSQL and the Redis of one run of the bench."""

    postgres: PostgresServer
    redis: RedisServer


@contextmanager
def running_services() -> Iterator[Services]:
    """Run both until the end of the block; the database really writes to disk."""
    with running_postgres(DURABLE) as postgres, running_redis() as redis:
        yield Services(postgres, redis)


@dataclass(slots=True, kw_only=True)
class Product:
    """roomserver on one core, as it is shipped unless told otherwise, with its limits raised."""

    folder: Path
    services: Services | None = None
    instances: int = 1
    environ: Mapping[str, str] = field(default_factory=dict)
    app: Sequence[str] = FROM_ZIPAPP
    prepared: Path | None = None
    """A data folder that is used again, instead of an empty one."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Target]:
        """Run it on an empty store until the end of the block."""
        options: list[str] = []
        url = ""
        if self.services is not None:
            self.services.redis.flush()
            url = await self.services.postgres.create_database()
            options = ["--database-url", url, "--redis-url", self.services.redis.url]
        with self._running(options, self.instances) as servers:
            yield Target(
                ports=tuple(server.port for server in servers),
                pids=tuple(server.pid for server in servers),
                dialect=DIALECT,
            )
        if self.services is not None:
            await self.services.postgres.drop_database(url)

    @contextmanager
    def _running(self, options: list[str], count: int) -> Iterator[list[RoomServer]]:
        data = self.prepared or Path(mkdtemp(dir=self.folder))
        with running_roomserver(
            *options,
            data_dir=data,
            command=[*on_core(SERVER_CORE), *self.app],
            environ={**RAISED_LIMITS, **self.environ},
        ) as server:
            if count == 1:
                yield [server]
                return
            with self._running(options, count - 1) as others:
                yield [server, *others]


@contextmanager
def running_peer(
    command: list[str],
    *,
    ready: str,
    folder: Path,
    dialect: tuple[str, ...],
) -> Iterator[Target]:
    """
    Run a peer, whose command line has ``{port}`` where its port goes.

    If *ready* has a group, that is the number of the process that does the work.
    """
    port = free_port()
    words = [word.replace("{port}", str(port)) for word in command]
    with Program([*on_core(SERVER_CORE), *words], folder=folder) as program:
        workers = program.wait_for(ready).groups()
        yield Target(ports=(port,), pids=(program.pid, *map(int, workers)), dialect=dialect)
