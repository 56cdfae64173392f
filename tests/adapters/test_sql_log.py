"""What a batch asks the database before anything is inserted."""

from collections.abc import Iterable
from typing import Any

import pytest
from sqlalchemy import Connection

from roomserver.adapters.sql_engine import Database
from roomserver.adapters.sql_log import WARY_BATCHES, SqlLog
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.model import Draft, Receipt
from tests.support.builders import ROOM, a_draft


class Noting(SqlLog):
    """Notes how many drafts of each attempt are looked up."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.looked_up: list[int] = []

    def _find_known(self, tx: Connection, drafts: Iterable[Draft]) -> Any:
        drafts = list(drafts)
        self.looked_up.append(len(drafts))
        return super()._find_known(tx, drafts)


@pytest.fixture
async def log(database: Database) -> Noting:
    await SqlRooms(database, SystemClock()).make(ROOM.id, name=ROOM.name)
    return Noting(database)


async def test_what_is_said_for_the_first_time_is_not_looked_up(log: Noting) -> None:
    await log.append([a_draft(client_id="a"), a_draft(client_id="b")])

    assert log.looked_up == [0]


async def test_what_is_about_another_message_is_looked_up_at_once(log: Noting) -> None:
    [said] = await log.append([a_draft(client_id="a")])
    assert isinstance(said, Receipt)
    log.looked_up.clear()

    await log.append([a_draft(client_id="b"), a_draft(reply_to=said.entry.id, client_id="c")])

    assert log.looked_up == [1]


async def test_after_a_retry_batches_are_looked_up_first_and_after_a_while_no_more(
    log: Noting,
) -> None:
    await log.append([a_draft(client_id="a")])
    log.looked_up.clear()

    await log.append([a_draft(client_id="a"), a_draft(client_id="b")])
    for number in range(WARY_BATCHES + 1):
        await log.append([a_draft(client_id=f"c{number}")])

    assert log.looked_up == [0, 2, *([1] * WARY_BATCHES), 0]
    assert (await log.head(ROOM.id)).seq == WARY_BATCHES + 3


async def test_as_long_as_retries_come_they_are_looked_for(log: Noting) -> None:
    again = [a_draft(client_id="a")]
    await log.append(again)
    log.looked_up.clear()

    for _batch in range(2 * WARY_BATCHES):
        await log.append(again)

    assert log.looked_up == [0, *([1] * (2 * WARY_BATCHES))]
