"""A backup that is restored under running instances: nobody takes new numbers for old ones."""

import asyncio
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import asyncpg
import pytest
import websockets

from tests.support.conversation import Person, person
from tests.support.servers import RoomServer

pytestmark = pytest.mark.slow

BACK_TO_A_BACKUP = """
DELETE FROM entries WHERE room_id <> 1 OR seq > 1;
UPDATE rooms SET last_seq = 1 WHERE id = 1;
DELETE FROM members WHERE room_id <> 1;
DELETE FROM rooms WHERE id <> 1;
"""
"""Leaves what the backup had: one message, and no second room."""


async def test_readers_start_afresh_when_the_log_has_lost_its_end(
    server: RoomServer, request: pytest.FixtureRequest
) -> None:
    async with person(server, "Ada", 1) as ada, person(server, "Ben", 2, room="lost") as ben:
        for content in "abc":
            await ada.say(content)
        if (server.data_dir / "roomserver.sqlite3").exists():
            await asyncio.to_thread(_restore, server.data_dir / "roomserver.sqlite3")
        else:
            other = await asyncpg.connect(request.getfixturevalue("postgres_url"))
            await other.execute(BACK_TO_A_BACKUP)
            await other.close()
        (_, ada_close), (_, ben_close) = await asyncio.gather(
            ada.hear_the_rest(), ben.hear_the_rest()
        )

    async with person(server, "Ada", 1, query=f"&since=3&epoch={ada.epoch}") as again:
        await again.say("d")
    anew = await _who_comes_back_until_let_in(server)

    assert (ada_close, ben_close) == (1012, 1012)
    assert again.connected["resync"]
    assert again.epoch != ada.epoch
    assert [entry["content"] for entry in again.connected["history"]] == ["a"]
    assert anew.epoch != ben.epoch
    assert "was the database restored?" in server.log


def _restore(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.executescript(BACK_TO_A_BACKUP)


async def _who_comes_back_until_let_in(server: RoomServer) -> Person:
    # At first the instance may believe that the room is there, and learn better.
    with suppress(websockets.ConnectionClosed):
        async with person(server, "Ben", 2, room="lost") as ben:
            return ben
    async with person(server, "Ben", 2, room="lost") as ben:
        return ben
