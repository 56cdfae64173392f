"""What is read of the past when a message is changed once more."""

import pytest

from roomserver.adapters.sql_changed import find_changed
from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_log import SqlLog
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.model import Draft, Kind, Receipt
from tests.support.builders import ANA, ROOM, a_draft


async def test_earlier_edits_are_not_read_again_for_each_further_one(sqlite: Database) -> None:
    log = SqlLog(sqlite)
    await SqlRooms(sqlite, SystemClock()).make(ROOM.id, name=ROOM.name)
    [posted] = await log.append([a_draft()])
    assert isinstance(posted, Receipt)
    target_id = posted.entry.id

    def change(kind: Kind, content: str) -> Draft:
        return Draft(room_id=ROOM.id, author=ANA, kind=kind, content=content, target_id=target_id)

    await log.append([change(Kind.EDIT, str(number)) for number in range(3)])
    await log.append([change(Kind.REACTION, "👍")])

    _targets, earlier = await sqlite.write(
        lambda tx: find_changed(tx, [change(Kind.EDIT, "once more")])
    )

    assert earlier == []


@pytest.mark.parametrize("emoji", ["👍", "❤"])
async def test_of_a_reaction_that_came_and_went_only_the_last_word_is_read(
    database: Database, emoji: str
) -> None:
    log = SqlLog(database)
    await SqlRooms(database, SystemClock()).make(ROOM.id, name=ROOM.name)
    [posted] = await log.append([a_draft()])
    assert isinstance(posted, Receipt)

    def change(kind: Kind, content: str) -> Draft:
        about = posted.entry.id
        return Draft(room_id=ROOM.id, author=ANA, kind=kind, content=content, target_id=about)

    toggles = [Kind.REACTION, Kind.REACTION_END] * 10
    await log.append([change(kind, content) for kind in toggles for content in ("👍", "❤")])
    await log.append([change(Kind.REACTION, "👍")])

    _targets, earlier = await database.write(
        lambda tx: find_changed(tx, [change(Kind.REACTION, emoji)])
    )

    is_on = emoji == "👍"
    assert [(entry.content, entry.kind) for entry in earlier] == [
        (emoji, Kind.REACTION if is_on else Kind.REACTION_END)
    ]
