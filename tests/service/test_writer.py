import asyncio

import pytest

from roomserver.core.commands import Post
from roomserver.core.errors import Muted, StorageUnavailable
from roomserver.core.model import Caller, Grant, RoomState
from roomserver.core.policy import standing_of
from roomserver.service.rights import Stay
from roomserver.service.writer import Awaited, Writer
from tests.support.builders import JUAN, ROOM, a_draft
from tests.support.stage import Stage


def writer(stage: Stage, *, muted_until_ms: int = 0) -> Writer:
    """Return Juan at the one door or the other."""
    caller = Caller(user=JUAN)
    grant = Grant(user=JUAN, muted_until_ms=muted_until_ms)
    standing = standing_of(caller, ROOM.id, RoomState(), grant)
    return Writer(ROOM.id, Stay(ROOM.id, caller, standing), stage.services)


async def test_whoever_asks_once_gets_the_receipt(stage: Stage) -> None:
    author = Awaited()

    await writer(stage).post(Post("hola", client_id="a"), author)
    receipt = await author.receipt()

    assert (receipt.entry.content, receipt.entry.seq, receipt.is_new) == ("hola", 1, True)


async def test_whoever_asks_once_hears_why_not(stage: Stage) -> None:
    stage.log.failure = StorageUnavailable()
    author = Awaited()

    await writer(stage).post(Post("hola"), author)

    with pytest.raises(StorageUnavailable):
        await author.receipt()


async def test_an_answer_that_nobody_waits_for_any_more_hurts_nobody(stage: Stage) -> None:
    author = Awaited()
    waiting = asyncio.create_task(author.receipt(), name="a program that leaves")
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    author.refused(a_draft(), StorageUnavailable())
    await writer(stage).post(Post("hola"), author)
    await stage.journal.settled()

    assert waiting.cancelled()


async def test_whoever_may_not_write_has_spent_nothing(stage: Stage) -> None:
    muted = writer(stage, muted_until_ms=stage.clock.now_ms() + 1_000)

    for _ in range(2 * stage.limits.messages_burst):
        with pytest.raises(Muted):
            await muted.post(Post("hola"), Awaited())

    await writer(stage).post(Post("hola"), Awaited())
