"""Following a room's log over HTTP, as a browser's EventSource reads it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientResponse, StreamReader

Event = dict[str, Any]

HEAR_S_MAX = 10.0


class EventReader:
    """What comes, event by event; the fields of the format that the server uses."""

    def __init__(self, lines: StreamReader) -> None:
        self._lines = lines
        self.last_event_id = ""
        self.retry_ms = 0
        self.comments = 0

    async def hear(self) -> Event | None:
        """Return the next event, None at the end."""
        data: list[str] = []
        async with asyncio.timeout(HEAR_S_MAX):
            while line := (await self._lines.readline()).decode():
                field, _, value = line.rstrip("\n").partition(": ")
                match field:
                    case "id":
                        self.last_event_id = value
                    case "retry":
                        self.retry_ms = int(value)
                    case "data":
                        data.append(value)
                    case "" if line.startswith(":"):
                        self.comments += 1
                    case "" if data:
                        event: Event = json.loads("\n".join(data))
                        return event
        return None

    async def hear_all(self, count: int) -> list[Event]:
        """Return the data of the next *count* events."""
        events = [await self.hear() for _ in range(count)]
        return [event["data"] for event in events if event is not None]


@asynccontextmanager
async def following(answer: ClientResponse) -> AsyncIterator[EventReader]:
    """Read what follows an answer's head until the block ends, and hang up."""
    assert answer.status == 200, await answer.text()
    assert answer.headers["Content-Type"] == "text/event-stream"
    try:
        yield EventReader(answer.content)
    finally:
        answer.close()
