"""
The servers of one run, with a proxy on every line between them and to the clients.

Each thing that can be hurt has a lock: whoever hurts it holds the lock until it is healed.
"""

import asyncio
import os
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from tests.support.postgres import DURABLE, PostgresServer, running_postgres
from tests.support.programs import ProgramFailed
from tests.support.redis import RedisServer, running_redis
from tests.support.servers import RoomServer
from tests.torture.history import History, Noted
from tests.torture.proxy import Proxy

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
START_ATTEMPTS = 60
START_RETRY_S = 0.5
DATABASE_START_ATTEMPTS = 30
STOP_S_MAX = 10.0
"""What an instance has, by contract, to say goodbye after SIGTERM."""

LOOK_S = 0.2
LAST_WORDS = 12
"""Lines of a log that a finding shows."""

LIMITS = {
    "MESSAGES_PER_SECOND": "100000",
    "MESSAGES_BURST": "100000",
    "EVENTS_PER_SECOND": "100000",
    "EVENTS_BURST": "100000",
    "MISTAKES_PER_MINUTE_MAX": "100000",
    "RATE_REFUSALS_PER_MINUTE_MAX": "100000",
    "CONNECTIONS_PER_ADDRESS_MAX": "100000",
    "CONNECTIONS_PER_USER_MAX": "100000",
    "USER_JOINS_PER_MINUTE_MAX": "100000",
    "ADDRESS_JOINS_PER_MINUTE_MAX": "100000",
}
"""All clients come from one address and are in more of a hurry than people are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be built."""

    store: Literal["sqlite", "postgresql"] = "postgresql"
    instances: int = 1
    app: Path | None = None
    """A zipapp instead of the source."""

    sabotage: str | None = None
    database_settings: Mapping[str, str] | None = None


class Instance:
    """One roomserver, and the lines to it and from it."""

    def __init__(self, number: int, folder: Path, history: History) -> None:
        self.number = number
        self.lock = asyncio.Lock()
        self.is_wanted = True
        self.folder = folder
        self.database: Proxy | None = None
        self.redis: Proxy | None = None
        self.clients = Proxy(lambda: self.server.port)
        self.server: RoomServer
        self._history = history

    @property
    def name(self) -> str:
        return f"instance {self.number}"

    @property
    def url(self) -> str:
        """Where clients reach it: through a proxy."""
        return f"http://127.0.0.1:{self.clients.port}"

    @property
    def armed(self) -> Path:
        """The file that arms a fail-point (see ``failpoints.py``)."""
        return self.folder / "armed"

    @property
    def tasks(self) -> Path:
        """The file that has the number of its loop's tasks (see ``gauge.py``)."""
        return self.folder / "tasks"

    async def start(self, make: Callable[[], RoomServer]) -> None:
        self.server = await asyncio.to_thread(make)
        await self.clients.start()

    async def kill(self) -> None:
        await asyncio.to_thread(self.server.kill)

    async def terminate(self) -> None:
        """Ask it to stop, and note it if it doesn't do so properly."""
        try:
            status = await asyncio.to_thread(self.server.terminate, within_s=STOP_S_MAX)
        except ProgramFailed:
            self._note("unclean exit", f"{self.name} still ran {STOP_S_MAX:g} s after SIGTERM")
            await self.kill()
        else:
            if status:
                text = f"{self.name} ended with status {status} after SIGTERM: {self._last_words()}"
                self._note("unclean exit", text)

    async def restart(self) -> None:
        """
        Start it again, as often as it takes: its database may be away.

        Raises:
            ProgramFailed: If it doesn't start for a long time.

        """
        self.keep_log()
        for attempts_left in reversed(range(START_ATTEMPTS)):
            try:
                await asyncio.to_thread(self.server.restart)
            except ProgramFailed:
                self.keep_log()
                if not attempts_left:
                    raise
                await asyncio.sleep(START_RETRY_S)
            else:
                return

    async def keep_running(self) -> None:
        """Start it again whenever it ends without anybody having hurt it, and note that."""
        while True:
            await asyncio.sleep(LOOK_S)
            if self.lock.locked() or self.server.program.is_running or not self.is_wanted:
                continue
            async with self.lock:
                self._note("crash", f"{self.name} ended: {self._last_words()}")
                await self.restart()

    def keep_log(self) -> None:
        """Put what the ended process has printed into the folder."""
        with (self.folder / "roomserver.log").open("a", encoding="utf-8") as file:
            file.write(self.server.log)

    async def retire(self) -> None:
        """End it for good, as a service manager does."""
        async with self.lock:
            self.is_wanted = False
            await self.terminate()

    def _last_words(self) -> str:
        lines = [line for line in self.server.log.splitlines() if ": a visit " not in line]
        return "\n".join(lines[-LAST_WORDS:])

    def _note(self, finding: str, text: str) -> None:
        self._history.record(Noted(finding=finding, text=text))


class Town:
    """All of it."""

    def __init__(self, plan: Plan, folder: Path, history: History) -> None:
        self.plan = plan
        self.folder = folder
        self.history = history
        self.instances: list[Instance] = []
        self.postgres: PostgresServer | None = None
        self.redis: RedisServer | None = None
        self.database_url = ""
        self._locks: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def sqlite_file(self) -> Path:
        return self.instances[0].folder / "roomserver.sqlite3"

    def lock_of(self, target: str) -> asyncio.Lock:
        """Return what whoever hurts *target* has to hold."""
        for instance in self.instances:
            if instance.name == target:
                return instance.lock
        return self._locks[target]

    async def start_postgres(self) -> None:
        """
        Start PostgreSQL again after it was stopped or killed.

        Raises:
            ProgramFailed: If it doesn't start, however often it is tried.

        """
        assert self.postgres is not None, "only with this store"
        for attempts_left in reversed(range(DATABASE_START_ATTEMPTS)):
            try:
                await asyncio.to_thread(self.postgres.start)
            except ProgramFailed:
                # Right after a SIGKILL the old one's lock file or memory may still be there.
                if not attempts_left:
                    raise
                await asyncio.sleep(START_RETRY_S)
            else:
                return

    async def open(self, stack: AsyncExitStack) -> None:
        """Start everything. Whatever has been started ends with *stack*."""
        if self.plan.store == "postgresql":
            settings = {**DURABLE, **(self.plan.database_settings or {})}
            self.postgres = await _entered(stack, running_postgres(settings))
            self.redis = await _entered(stack, running_redis())
            self.database_url = await self.postgres.create_database()
        for number in range(1, self.plan.instances + 1):
            folder = self.folder / f"instance-{number}"
            folder.mkdir(parents=True)
            instance = Instance(number, folder, self.history)
            self.instances.append(instance)
            await self._open_instance(instance, stack)

    async def _open_instance(self, instance: Instance, stack: AsyncExitStack) -> None:
        options = ["--log-level", "info", "--host", "127.0.0.1"]
        if self.postgres is not None and self.redis is not None:
            database_port, redis_port = self.postgres.port, self.redis.port
            instance.database = await _opened(Proxy(lambda: database_port), stack)
            instance.redis = await _opened(Proxy(lambda: redis_port), stack)
            path = urlsplit(self.database_url).path
            database = f"postgresql://postgres@127.0.0.1:{instance.database.port}{path}"
            options += ["--database-url", database]
            options += ["--redis-url", f"redis://127.0.0.1:{instance.redis.port}/0"]

        def make() -> RoomServer:
            return RoomServer(
                *options,
                data_dir=instance.folder,
                command=self._command(),
                environ=self._environ(instance),
                port=0,
            )

        await instance.start(make)
        stack.push_async_callback(instance.kill)
        stack.push_async_callback(instance.clients.close)

    def _command(self) -> list[str]:
        program = ["-m", "tests.torture.launcher"]
        if self.plan.app is not None:
            program = [str(self.plan.app.resolve())]
        sabotage = ["--sabotage", self.plan.sabotage] if self.plan.sabotage else []
        return [sys.executable, *program, *sabotage]

    def _environ(self, instance: Instance) -> dict[str, str]:
        limits = {f"ROOMSERVER_LIMITS_{name}": value for name, value in LIMITS.items()}
        return {
            **limits,
            "ROOMSERVER_LOG_FORMAT": "text",
            "TORTURE_ARMED": str(instance.armed),
            "TORTURE_TASKS": str(instance.tasks),
            **self._ways_to_code(),
        }

    def _ways_to_code(self) -> dict[str, str]:
        if self.plan.app is None:
            return {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
        # A folder with nothing but the tests, so that the server's code is the zipapp's.
        beside = self.folder / "beside-the-zipapp"
        beside.mkdir(exist_ok=True)
        if not (beside / "tests").exists():
            (beside / "tests").symlink_to(ROOT / "tests")
        return {"PYTHONPATH": str(beside), "SHIV_ENTRY_POINT": "tests.torture.launcher:main"}


@asynccontextmanager
async def running_town(plan: Plan, folder: Path, history: History) -> AsyncIterator[Town]:
    """Build what *plan* says, in *folder*, and end all of it afterwards."""
    async with AsyncExitStack() as stack:
        town = Town(plan, folder, history)
        await town.open(stack)
        watching = [
            asyncio.create_task(instance.keep_running(), name=f"watches {instance.name}")
            for instance in town.instances
        ]
        try:
            yield town
        finally:
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
            for instance in town.instances:
                with suppress(OSError):
                    instance.keep_log()


async def _opened(proxy: Proxy, stack: AsyncExitStack) -> Proxy:
    await proxy.start()
    stack.push_async_callback(proxy.close)
    return proxy


async def _entered(stack: AsyncExitStack, manager: AbstractContextManager[T]) -> T:
    # Starting takes seconds, in which the loop must go on.
    entered = await asyncio.to_thread(manager.__enter__)
    stack.push_async_callback(asyncio.to_thread, manager.__exit__, None, None, None)
    return entered
