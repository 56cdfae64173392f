"""A PostgreSQL that is hurt: every post is answered, and nothing acknowledged is lost."""

import asyncio
import json
import urllib.error
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg
import pytest

from tests.support.conversation import Event, Person, person, whole_log
from tests.support.postgres import DURABLE, PostgresServer, running_postgres
from tests.support.servers import RoomServer, running_roomserver

pytestmark = [pytest.mark.real, pytest.mark.slow]

ANSWER_S_MAX: Final = 2.2
"""Two seconds, and what a busy machine adds to them."""

BACK_S_MAX: Final = 5.0
"""How soon messages are stored again once the database answers."""

PAUSE_S: Final = 3.0
SEND_EVERY_S: Final = 0.06
"""Less than a client may send, so that nothing is refused for being too much."""


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """One that the test may hurt, and that keeps what it has reported as committed."""
    with running_postgres(DURABLE) as postgres:
        yield postgres


@pytest.fixture
async def database_url(own_postgres: PostgresServer) -> str:
    return await own_postgres.create_database()


@pytest.fixture
def server(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[RoomServer]:
    options = ("--database-url", database_url, "--redis-url", redis_url)
    with running_roomserver(*options, data_dir=tmp_path) as running:
        yield running


class Writer:
    """Somebody who sends without waiting for answers, and notes what became of each message."""

    def __init__(self, ada: Person) -> None:
        self._ada = ada
        self._sent_s: dict[str, float] = {}
        self.acknowledged: dict[str, int] = {}
        """The number that each message got, by its ``client_id``."""

        self.refused: dict[str, str] = {}
        """The code of the error, by the ``client_id`` that it is about."""

        self.slowest_s = 0.0
        self.acknowledged_s = 0.0
        """When the last acknowledgement came."""

        self.degraded: list[bool] = []
        """What was told of the database: whether it is well."""

        self._news = asyncio.Event()

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[None]:
        """Send until the block ends, and wait for the last answer then."""
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(self._listen())
            sending = tasks.create_task(self._send())
            yield
            sending.cancel()
            await self.until(lambda: self.unanswered == set())
            listening.cancel()

    @property
    def unanswered(self) -> set[str]:
        return self._sent_s.keys() - self.acknowledged.keys() - self.refused.keys()

    @property
    def sent(self) -> list[str]:
        return list(self._sent_s)

    async def until(self, is_so: Callable[[], bool], *, within_s: float = 20.0) -> None:
        """Wait for something to be true that only an answer can make true."""
        async with asyncio.timeout(within_s):
            while not is_so():
                self._news.clear()
                await self._news.wait()

    async def until_stored(self, count: int, *, within_s: float = 20.0) -> None:
        """Wait until that many more messages are acknowledged."""
        wanted = len(self.acknowledged) + count
        await self.until(lambda: len(self.acknowledged) >= wanted, within_s=within_s)

    async def _send(self) -> None:
        for number in range(10_000):
            client_id = f"c{number}"
            self._sent_s[client_id] = _now_s()
            await self._ada.send(type="message", content=f"text {number}", client_id=client_id)
            await asyncio.sleep(SEND_EVERY_S)

    async def _listen(self) -> None:
        while True:
            event = json.loads(await self._ada.connection.recv())
            self._note(event["type"], event["data"])
            self._news.set()

    def _note(self, kind: str, facts: Event) -> None:
        if kind == "degraded" and facts["component"] == "database":
            self.degraded.append(facts["ok"])
        elif kind == "message_sent":
            self.acknowledged_s = _now_s()
            self._answered(facts["client_id"])
            self.acknowledged[facts["client_id"]] = facts["seq"]
        elif kind == "error":
            self._answered(facts["client_id"])
            self.refused[facts["client_id"]] = facts["code"]

    def _answered(self, client_id: str) -> None:
        assert client_id in self.unanswered, "an answer that nobody waits for"
        self.slowest_s = max(self.slowest_s, _now_s() - self._sent_s[client_id])


async def test_connections_that_are_terminated_are_replaced(
    server: RoomServer, own_postgres: PostgresServer
) -> None:
    async with person(server, "Ada", 1) as ada:
        writer = Writer(ada)
        async with writer.writing():
            for _ in range(5):
                await writer.until_stored(3, within_s=BACK_S_MAX)
                assert await _terminate_backends(own_postgres) > 0
            await writer.until_stored(3, within_s=BACK_S_MAX)

    _assert_all_answered_in_time(writer)
    await _assert_nothing_is_lost_or_doubled(server, writer)
    assert _health(server)["status"] == "ok"


async def test_a_database_that_hangs_makes_nobody_hang(
    server: RoomServer, own_postgres: PostgresServer
) -> None:
    async with person(server, "Ada", 1) as ada:
        writer = Writer(ada)
        async with writer.writing():
            await writer.until_stored(5)
            own_postgres.pause()
            paused_s = _now_s()
            await writer.until(lambda: writer.degraded == [False], within_s=ANSWER_S_MAX)
            down = await asyncio.to_thread(_health, server)
            await asyncio.sleep(max(0.0, paused_s + PAUSE_S - _now_s()))
            own_postgres.resume()
            await writer.until_stored(3, within_s=BACK_S_MAX)
            await writer.until(lambda: writer.degraded[-1])

    assert (down["status"], down["http_status"]) == ("down", 503)
    assert writer.degraded[:2] == [False, True]
    _assert_all_answered_in_time(writer)
    await _assert_nothing_is_lost_or_doubled(server, writer)
    assert _health(server)["status"] == "ok"


async def test_a_database_that_is_killed_and_started_again_has_all_that_was_acknowledged(
    server: RoomServer, own_postgres: PostgresServer
) -> None:
    async with person(server, "Ada", 1) as ada, person(server, "Ben", 2) as ben:
        writer = Writer(ada)
        async with writer.writing():
            await writer.until_stored(10)
            await asyncio.to_thread(own_postgres.kill)
            await writer.until(lambda: False in writer.degraded, within_s=ANSWER_S_MAX)
            refused = len(writer.refused)
            down = await asyncio.to_thread(_health, server)
            await writer.until(lambda: len(writer.refused) >= refused + 3)
            await asyncio.to_thread(own_postgres.start)
            await writer.until_stored(3, within_s=BACK_S_MAX)
            await writer.until(lambda: writer.degraded[-1])
        heard = await _hear_up_to(ben, max(writer.acknowledged.values()))

    assert (down["status"], down["http_status"]) == ("down", 503)
    _assert_all_answered_in_time(writer)
    assert heard == list(range(1, len(heard) + 1))
    await _assert_nothing_is_lost_or_doubled(server, writer)
    assert _health(server)["status"] == "ok"


def _assert_all_answered_in_time(writer: Writer) -> None:
    assert writer.unanswered == set()
    assert set(writer.refused.values()) <= {"storage_unavailable"}
    assert writer.slowest_s < ANSWER_S_MAX


async def _assert_nothing_is_lost_or_doubled(server: RoomServer, writer: Writer) -> None:
    stored = await whole_log(server)
    by_id = {entry["client_id"]: entry for entry in stored}
    assert [entry["seq"] for entry in stored] == list(range(1, len(stored) + 1))
    assert {client_id: by_id[client_id]["seq"] for client_id in writer.acknowledged} == (
        writer.acknowledged
    )

    await _send_all_again(server, writer)

    after_retries = await whole_log(server)
    assert after_retries[: len(stored)] == stored
    assert Counter(entry["client_id"] for entry in after_retries) == Counter(writer.sent)
    # What was refused may have been stored all the same: then it was under its own number.
    assert all(entry["content"] == f"text {entry['client_id'][1:]}" for entry in after_retries)


async def _send_all_again(server: RoomServer, writer: Writer) -> None:
    async with person(server, "Ada", 1) as ada:
        for client_id in writer.sent:
            sent = await ada.say(f"text {client_id[1:]}", client_id)
            assert sent["seq"] == writer.acknowledged.setdefault(client_id, sent["seq"])
            await asyncio.sleep(SEND_EVERY_S)


async def _terminate_backends(postgres: PostgresServer) -> int:
    """Cut off every connection of the server's, as an administrator would."""
    connection = await asyncpg.connect(postgres.url_of("postgres"))
    try:
        cut: int = await connection.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE application_name = 'roomserver'"
        )
    finally:
        await connection.close()
    return cut


async def _hear_up_to(who: Person, last_seq: int) -> list[int]:
    """Return the numbers of the messages that somebody hears, up to the one that is wanted."""
    seqs = [0]
    while seqs[-1] < last_seq:
        seqs.append((await who.hear("message"))["seq"])
    return seqs[1:]


def _health(server: RoomServer) -> Event:
    """Return what ``/health`` says, and its status code."""
    try:
        report: Event = json.loads(server.get("/health"))
    except urllib.error.HTTPError as error:
        with error:
            report = json.loads(error.read())
            return {**report, "http_status": error.code}
    return {**report, "http_status": 200}


def _now_s() -> float:
    return asyncio.get_running_loop().time()
