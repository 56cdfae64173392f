"""Who stays on what was taken back, and for how long: on no instance longer than two seconds."""

import asyncio

import pytest

from roomserver.core.errors import Forbidden
from roomserver.core.model import Caller, RoomId, User
from roomserver.core.revoked import Revoked
from roomserver.service.revocation import Revocations
from tests.support.builders import ANA, JUAN, NOON_MS
from tests.support.fakes import FakeClock, FakeConnection, FakeRevocationLog

BOOKS = RoomId(2)
MUSIC = RoomId(3)


@pytest.fixture
def revocation_log() -> FakeRevocationLog:
    return FakeRevocationLog()


@pytest.fixture
def revocations(revocation_log: FakeRevocationLog, clock: FakeClock) -> Revocations:
    return Revocations(revocation_log, clock)


def a_caller(user: User = ANA, *, session: str = "s1", expires_at_ms: int | None = None) -> Caller:
    return Caller(user=user, session_id=session, expires_at_ms=expires_at_ms)


@pytest.mark.parametrize(
    ("revoked", "is_closed"),
    [
        (Revoked(session_id="s1"), True),
        (Revoked(session_id="s2"), False),
        (Revoked(user_id=ANA.user_id), True),
        (Revoked(user_id=JUAN.user_id), False),
        (Revoked(user_id=ANA.user_id, room_id=BOOKS), True),
        (Revoked(user_id=ANA.user_id, room_id=MUSIC), False),
        (Revoked(user_id=JUAN.user_id, room_id=BOOKS), False),
        (Revoked(room_id=BOOKS), True),
    ],
)
async def test_a_revocation_ends_the_stays_that_it_concerns(
    revocations: Revocations, revoked: Revoked, *, is_closed: bool
) -> None:
    connection = FakeConnection()
    with revocations.watching(a_caller(), BOOKS, connection, since=revocations.moment):
        await revocations.revoke(revoked)

    assert (connection.closed is not None) is is_closed


async def test_whoever_is_signed_out_is_told_and_closed(revocations: Revocations) -> None:
    connection = FakeConnection()
    with revocations.watching(a_caller(), BOOKS, connection, since=0):
        await revocations.revoke(Revoked(session_id="s1"))

    assert connection.closed == (4401, "unauthorized")
    assert [error["code"] for error in connection.heard("error")] == ["unauthorized"]


async def test_whoever_loses_a_room_is_told_why(revocations: Revocations) -> None:
    connection = FakeConnection()
    taken = Revoked.because(Forbidden("Removed."), user_id=ANA.user_id, room_id=BOOKS)
    with revocations.watching(a_caller(), BOOKS, connection, since=0):
        await revocations.revoke(taken)

    assert connection.closed == (4403, "forbidden")
    (error,) = connection.heard("error")
    assert error["message"] == "Removed."


async def test_what_another_instance_revoked_is_carried_out_within_two_seconds(
    revocations: Revocations, revocation_log: FakeRevocationLog
) -> None:
    connection = FakeConnection()
    async with revocations.running():
        with revocations.watching(a_caller(), BOOKS, connection, since=0):
            await revocation_log.add([Revoked(session_id="s1")])
            await asyncio.sleep(2)

    assert connection.closed == (4401, "unauthorized")


async def test_what_was_revoked_before_the_start_concerns_nobody(
    revocations: Revocations, revocation_log: FakeRevocationLog
) -> None:
    await revocation_log.add([Revoked(user_id=ANA.user_id)])
    connection = FakeConnection()
    async with revocations.running():
        with revocations.watching(a_caller(), BOOKS, connection, since=0):
            await asyncio.sleep(2)

    assert connection.closed is None


async def test_whoever_was_on_the_way_in_is_closed_too(revocations: Revocations) -> None:
    connection = FakeConnection()
    before_they_were_known = revocations.moment
    await revocations.revoke(Revoked(session_id="s1"))

    with revocations.watching(a_caller(), BOOKS, connection, since=before_they_were_known):
        pass

    assert connection.closed == (4401, "unauthorized")


async def test_whoever_comes_back_afterwards_stays(revocations: Revocations) -> None:
    connection = FakeConnection()
    await revocations.revoke(Revoked(user_id=ANA.user_id, room_id=BOOKS))

    with revocations.watching(a_caller(), BOOKS, connection, since=revocations.moment):
        await revocations.look()

    assert connection.closed is None


async def test_a_database_that_is_away_is_asked_again(
    revocations: Revocations, revocation_log: FakeRevocationLog
) -> None:
    connection = FakeConnection()
    async with revocations.running():
        with revocations.watching(a_caller(), BOOKS, connection, since=0):
            revocation_log.is_away = True
            await revocation_log.add([Revoked(session_id="s1")])
            await asyncio.sleep(5)
            assert connection.closed is None
            revocation_log.is_away = False
            await asyncio.sleep(2)

    assert connection.closed == (4401, "unauthorized")


async def test_a_stay_ends_when_its_token_expires(
    revocations: Revocations, clock: FakeClock
) -> None:
    connection = FakeConnection()
    caller = a_caller(expires_at_ms=NOON_MS + 10_000)
    async with revocations.running():
        with revocations.watching(caller, BOOKS, connection, since=0):
            clock.advance(9.9)
            await asyncio.sleep(2)
            assert connection.closed is None
            clock.advance(0.1)
            await asyncio.sleep(2)

    assert connection.closed == (4401, "token_expired")


async def test_a_newer_token_keeps_the_stay(revocations: Revocations, clock: FakeClock) -> None:
    connection = FakeConnection()
    caller = a_caller(expires_at_ms=NOON_MS + 10_000)
    with revocations.watching(caller, BOOKS, connection, since=0) as watch:
        watch.caller = a_caller(expires_at_ms=NOON_MS + 20_000)
        clock.advance(15)
        revocations.expire()
        assert connection.closed is None
        clock.advance(5)
        revocations.expire()

    assert connection.closed == (4401, "token_expired")


async def test_a_newer_token_that_was_taken_back_while_it_was_looked_at_ends_the_stay(
    revocations: Revocations,
) -> None:
    connection = FakeConnection()
    with revocations.watching(a_caller(session="old"), BOOKS, connection, since=0) as watch:
        moment = revocations.moment
        await revocations.revoke(Revoked(session_id="new"))
        assert connection.closed is None

        revocations.renew(watch, a_caller(session="new"), since=moment)

    assert connection.closed == (4401, "unauthorized")


async def test_whoever_has_left_is_told_nothing(revocations: Revocations) -> None:
    connection = FakeConnection()
    with revocations.watching(a_caller(), BOOKS, connection, since=0):
        pass

    await revocations.revoke(Revoked(session_id="s1"))

    assert connection.closed is None
