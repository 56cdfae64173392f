"""The contract of :class:`roomserver.ports.revocations.RevocationLog`, on every store."""

import asyncio

import pytest

from roomserver.adapters.sql_revocations import SqlRevocations
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.errors import Forbidden
from roomserver.core.model import RoomId, UserId
from roomserver.core.revoked import Revoked
from roomserver.ports.revocations import RevocationLog
from tests.contracts.conftest import Databases

SESSION = Revoked(session_id="s1")
PLACE = Revoked.because(Forbidden("Removed."), user_id=UserId(1), room_id=RoomId(2))


@pytest.fixture
def revocations(databases: Databases) -> RevocationLog:
    return SqlRevocations(databases[0], SystemClock())


@pytest.fixture
def other_revocations(databases: Databases) -> RevocationLog:
    """The same ones, through another instance."""
    return SqlRevocations(databases[1], SystemClock())


async def test_at_first_nothing_has_been_revoked(revocations: RevocationLog) -> None:
    assert await revocations.last() == 0
    assert list(await revocations.after(0)) == []


async def test_what_was_revoked_is_read_back_in_order_everywhere(
    revocations: RevocationLog, other_revocations: RevocationLog
) -> None:
    await revocations.add([SESSION, PLACE])
    await other_revocations.add([Revoked(user_id=UserId(2**53 - 1))])

    for each in (revocations, other_revocations):
        assert await each.last() == 3
        assert list(await each.after(0)) == [
            (1, SESSION),
            (2, PLACE),
            (3, Revoked(user_id=UserId(2**53 - 1))),
        ]
        assert [number for number, _ in await each.after(2)] == [3]


async def test_nothing_takes_no_number(revocations: RevocationLog) -> None:
    await revocations.add([])

    assert await revocations.last() == 0


@pytest.mark.slow
async def test_numbers_have_no_gap_however_many_revoke_at_once(
    revocations: RevocationLog, other_revocations: RevocationLog
) -> None:
    both = (revocations, other_revocations) * 10

    await asyncio.gather(*(each.add([SESSION, PLACE]) for each in both))

    assert [number for number, _ in await revocations.after(0)] == list(range(1, 41))
