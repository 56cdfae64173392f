"""P9: a room with a million messages, asked over HTTP for pages and for words."""

import http.client
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from tests.bench.contest import Spread, say
from tests.bench.filling import COMMON, RARE, fill_postgres, fill_sqlite
from tests.bench.generator import SERVER_CORE, on_core
from tests.bench.measures import Bench
from tests.bench.rows import Row, at_most
from tests.bench.targets import RAISED_LIMITS
from tests.support.servers import RoomServer, running_roomserver

WHO = {"user_id": "1", "username": "Ana"}
MESSAGES = "/api/v1/rooms/1/messages"
SEARCH = "/api/v1/rooms/1/search"

QUESTIONS = (
    ("the last page", MESSAGES, {"limit": "50"}, 5.0),
    ("the page at a date", MESSAGES, {"at": "2020-09-18T00:00:00Z", "limit": "50"}, 10.0),
    ("a search for a rare word", SEARCH, {"q": RARE}, 30.0),
    ("a search for a common word", SEARCH, {"q": COMMON}, 50.0),
)
ASKED = 30
INDEXED_S_MAX = 120.0


async def p9_large_room(bench: Bench) -> None:
    count = bench.scale.large_room
    data = bench.folder / "large"
    with _running(bench.app, [], data):
        pass
    say(f"P9: writing {count:,} messages into SQLite")
    fill_sqlite(data, count)
    with _running(bench.app, [], data) as server:
        _ask_all(bench, server, "SQLite")
    if bench.services is not None:
        url = await bench.services.postgres.create_database()
        options = ["--database-url", url, "--redis-url", bench.services.redis.url]
        with _running(bench.app, options, bench.folder / "large-pg"):
            pass
        say(f"P9: writing {count:,} messages into PostgreSQL")
        await fill_postgres(url, count)
        with _running(bench.app, options, bench.folder / "large-pg") as server:
            _ask_all(bench, server, "PostgreSQL")
        await bench.services.postgres.drop_database(url)


@contextmanager
def _running(app: Sequence[str], options: list[str], data: Path) -> Iterator[RoomServer]:
    command = [*on_core(SERVER_CORE), *app]
    with running_roomserver(*options, data_dir=data, command=command, environ=RAISED_LIMITS) as it:
        yield it
        it.terminate()


def _ask_all(bench: Bench, server: RoomServer, store: str) -> None:
    for what, path, query, most_ms in QUESTIONS:
        figure = f"1,000,000 messages in a room, {store}: {what}"
        took_ms = _ask(server, path, query)
        if took_ms is None:
            row = Row(
                number="P9", figure=figure, target=f"≤ {most_ms:g} ms", measured="not offered"
            )
        else:
            row = at_most("P9", figure, Spread(tuple(took_ms)), most_ms, "ms")
        bench.rows.append(row)


def _ask(server: RoomServer, path: str, query: dict[str, str]) -> list[float] | None:
    """Ask often over one connection; return the median and the ends, in ms."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    target = f"{path}?{urlencode({**WHO, **query})}"
    if not _is_offered(connection, target, until_found="q" in query):
        return None
    took_ms = []
    for _ in range(ASKED):
        began = time.perf_counter()
        connection.request("GET", target)
        connection.getresponse().read()
        took_ms.append((time.perf_counter() - began) * 1000)
    return [min(took_ms), median(took_ms), max(took_ms)]


def _is_offered(connection: http.client.HTTPConnection, target: str, *, until_found: bool) -> bool:
    late = time.monotonic() + INDEXED_S_MAX
    while True:
        connection.request("GET", target)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status >= 400:
            return False
        # A log that was put there by other means is indexed behind everybody's back.
        if not until_found or b'"excerpt"' in body or time.monotonic() > late:
            return True
        time.sleep(0.5)
