"""
Measures the page in a real browser: ``python -m tests.browser.speed [--said 180000]``.

Time until one can write; frames while scrolling through a long room, and what the page itself
worked for them; what the page keeps of a room in which much is said.
"""

import argparse
import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, CDPSession, expect

from tests.browser.other_person import somebody
from tests.browser.visitor import Visitor, known_as, visiting
from tests.support.browser import find_chromium, open_browser
from tests.support.servers import RoomServer, running_roomserver

MESSAGES = 10_000
PEOPLE = 4
AT_ONCE = 25
FULL = 1_600
"""From so many messages on the page keeps as many as it ever does."""

FRAME_MS = 1_000 / 60
UNHURRIED = {
    "ROOMSERVER_LIMITS_MESSAGES_PER_SECOND": "1000",
    "ROOMSERVER_LIMITS_MESSAGES_BURST": "1000",
}

SCROLL = """async () => {
    const scroller = document.querySelector("[data-region=timeline]")
    const beginning = document.querySelector("[data-part=beginning]")
    const frames = []
    const seen = new Set()
    const rows = () => document.querySelectorAll(".message")
    const note = () => rows().forEach((row) => seen.add(row.dataset.key))
    let last = performance.now()
    while (beginning.hidden || scroller.scrollTop > 0) {
        await new Promise(requestAnimationFrame)
        const now = performance.now()
        frames.push(now - last)
        last = now
        scroller.scrollTop -= 120
        if (frames.length % 20 === 0) note()
    }
    note()
    return { frames, seen: seen.size }
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    count: int
    seen_messages: int
    median_ms: float
    p95_ms: float
    p99_ms: float
    worst_ms: float
    dropped_share: float
    """Of all frames, those that came later than at 60 a second, by more than half a frame."""

    tasks_over_frame: int
    """Tasks of the page's main thread that took more of a processor's time than a frame lasts.

    Unlike the frames above it doesn't depend on what else the machine does.
    """

    worst_task_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    messages: int
    heap_first_bytes: int
    heap_last_bytes: int
    nodes_first: int
    nodes_last: int
    slope_bytes_per_message: float


@asynccontextmanager
async def _page(
    browser: Browser, folder: Path, *, messages: int = 0
) -> AsyncIterator[tuple[Visitor, RoomServer]]:
    with running_roomserver(data_dir=folder, environ=UNHURRIED) as server:
        if messages:
            await _fill(server, messages)
        async with visiting(browser, server.url, kept=known_as("Ana")) as visitor:
            yield visitor, server


async def _fill(server: RoomServer, messages: int) -> None:
    """Let a room have a past of *messages* messages, written into the database."""
    async with somebody(server.ws_url("/ws/general")) as ben:
        await ben.say("the first one")
    server.terminate()
    (database,) = server.data_dir.glob("*.sqlite3")
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.row_factory = sqlite3.Row
        (row,) = connection.execute("SELECT * FROM entries").fetchall()
        first = dict(row)
        names = [name for name in first if name not in {"id", "seq", "client_id"}]
        columns = ", ".join([*names, "seq"])
        slots = ", ".join("?" * (len(names) + 1))
        rows = []
        for seq in range(2, messages + 1):
            values = {**first, "content": f"message {seq} " + "word " * (seq % 40)}
            values["created_at_ms"] += seq * 45_000
            rows.append([*(values[name] for name in names), seq])
        connection.executemany(f"INSERT INTO entries ({columns}) VALUES ({slots})", rows)
        connection.execute(
            "UPDATE rooms SET last_seq = ? WHERE id = ?", (messages, first["room_id"])
        )
    server.restart()


async def interactive_ms(browser: Browser, folder: Path, *, visits: int) -> float:
    """Return the median time from asking for the page to a room one can write in."""
    async with _page(browser, folder) as (visitor, _):
        times = []
        for _visit in range(visits):
            begun = time.perf_counter()
            await visitor.page.goto("about:blank")
            begun = time.perf_counter()
            await visitor.page.goto(visitor.url, wait_until="commit")
            await visitor.page.wait_for_selector(".member")
            times.append((time.perf_counter() - begun) * 1_000)
        return statistics.median(times)


async def scrolling(browser: Browser, folder: Path, *, messages: int = MESSAGES) -> Frames:
    """Scroll from the newest message to the very first, as fast as a wheel turns."""
    async with _page(browser, folder, messages=messages) as (visitor, _):
        await expect(visitor.messages).to_have_count(50)
        await browser.start_tracing(page=visitor.page, categories=["toplevel"])
        found = await visitor.page.evaluate(SCROLL)
        tasks_ms = _tasks_ms(await browser.stop_tracing())
    frames = sorted(found["frames"][5:])
    late = sum(each > 25 for each in frames)
    return Frames(
        count=len(frames),
        seen_messages=found["seen"],
        median_ms=statistics.median(frames),
        p95_ms=frames[len(frames) * 95 // 100],
        p99_ms=frames[len(frames) * 99 // 100],
        worst_ms=frames[-1],
        dropped_share=late / len(frames),
        tasks_over_frame=sum(each > FRAME_MS for each in tasks_ms),
        worst_task_ms=max(tasks_ms),
    )


def _tasks_ms(trace: bytes) -> list[float]:
    """Return how long each task of the pages' main threads had a processor."""
    events = json.loads(trace)["traceEvents"]
    mains = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    return [
        event["tdur"] / 1_000
        for event in events
        if event["name"].endswith("RunTask")
        and "tdur" in event
        and (event["pid"], event["tid"]) in mains
    ]


async def memory_under_traffic(
    browser: Browser, folder: Path, *, per_second: int, messages: int, after: int = FULL
) -> Memory:
    """Let people say *messages* things, *after* others, and look at what the page keeps."""
    async with _page(browser, folder) as (visitor, server):
        await expect(visitor.page.locator(".member")).to_have_count(1)
        cdp = await visitor.page.context.new_cdp_session(visitor.page)
        said = asyncio.Event()
        count = 0
        looks: list[tuple[int, int, int]] = []

        async def talk(person: int) -> None:
            nonlocal count
            url = server.ws_url("/ws/general")
            async with somebody(url, f"Person{person}", user_id=100 + person) as each:
                while not said.is_set():
                    await each.say_at_once([f"said {count} times"] * AT_ONCE)
                    count += AT_ONCE
                    await asyncio.sleep(PEOPLE * AT_ONCE / per_second)

        async with asyncio.TaskGroup() as talkers:
            for person in range(PEOPLE):
                talkers.create_task(talk(person))
            # Once the page holds as many messages as it ever does.
            while count < after:
                await asyncio.sleep(0.5)
            looks.append((count, *await _look(cdp)))
            while count < looks[0][0] + messages:
                await asyncio.sleep(max(2.0, messages / per_second / 60))
                looks.append((count, *await _look(cdp)))
            said.set()
    slope, _ = statistics.linear_regression(
        [at for at, *_ in looks], [heap for _, heap, _ in looks]
    )
    return Memory(
        messages=looks[-1][0] - looks[0][0],
        heap_first_bytes=looks[0][1],
        heap_last_bytes=looks[-1][1],
        nodes_first=looks[0][2],
        nodes_last=looks[-1][2],
        slope_bytes_per_message=slope,
    )


async def _look(cdp: CDPSession) -> tuple[int, int]:
    await cdp.send("HeapProfiler.collectGarbage")
    await cdp.send("Performance.enable")
    found = await cdp.send("Performance.getMetrics")
    metrics = {each["name"]: int(each["value"]) for each in found["metrics"]}
    return metrics["JSHeapUsedSize"], metrics["Nodes"]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--said", type=int, default=6_000, help="messages of the traffic")
    parser.add_argument("--per-second", type=int, default=1_000)
    traffic = parser.parse_args()
    async with open_browser(find_chromium()) as browser:
        with tempfile.TemporaryDirectory() as folder:
            _say(f"interactive: {await interactive_ms(browser, Path(folder), visits=7):.0f} ms")
        with tempfile.TemporaryDirectory() as folder:
            _say(str(await scrolling(browser, Path(folder))))
        with tempfile.TemporaryDirectory() as folder:
            memory = await memory_under_traffic(
                browser, Path(folder), per_second=traffic.per_second, messages=traffic.said
            )
            _say(str(memory))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main())
