import asyncio
from random import Random

import pytest

from roomserver.core.errors import CLOSE_RESTART, ShuttingDown
from roomserver.service.admission import Admission
from roomserver.service.health import Health, Instance
from roomserver.service.revocation import Revocations
from roomserver.service.rooms import Rooms
from roomserver.service.server import COME_BACK_MS, SETTLE_S_MAX, Server
from roomserver.service.stats import Measured, Stats
from roomserver.service.tasks import Supervisor
from tests.support.builders import ANA, EVA, JUAN, OTHER_ROOM, ROOM
from tests.support.fakes import FakeCensus, FakeDirectory, FakeProbe, FakeRevocationLog
from tests.support.loops import all_quiet
from tests.support.stage import Stage

DICE = Random(1)


def a_server(stage: Stage) -> Server:
    return Server(
        rooms=Rooms(FakeDirectory(ROOM, OTHER_ROOM), auto_create=True),
        archive=stage.archive,
        attendance=stage.attendance,
        register=stage.register,
        admission=Admission(stage.limits, stage.clock),
        health=Health(
            database=FakeProbe("sqlite", stage.clock),
            redis=None,
            condition=stage.condition,
            clock=stage.clock,
            instance=Instance("i1", "1.2.3"),
        ),
        hub=stage.hub,
        journal=stage.journal,
        search=None,  # type: ignore[arg-type]
        limits=stage.limits,
        stats=Stats(
            Measured(stage.hub, stage.journal.meter, stage.refusals),
            census=FakeCensus(),
            clock=stage.clock,
            instance="i1",
        ),
        supervisor=Supervisor(),
        visits=stage.services,
        condition=stage.condition,
        revocations=Revocations(FakeRevocationLog(), stage.clock),
        identity=None,  # type: ignore[arg-type]  # nobody asks here
        accounts=None,
        programs=None,  # type: ignore[arg-type]
        refusals=stage.refusals,
        rights=stage.rights,
        moderation=stage.moderation,
        invitations=stage.invitations,
    )


async def test_a_server_that_stops_says_when_to_come_back_and_then_goodbye(stage: Stage) -> None:
    server = a_server(stage)
    guests = [
        await stage.guest(user, room=room) for user, room in ((ANA, ROOM), (JUAN, OTHER_ROOM))
    ]

    await server.drain(DICE)

    for guest in guests:
        [draining] = guest.heard("draining")
        assert COME_BACK_MS[0] <= draining["reconnect_after_ms"] <= COME_BACK_MS[1]
        assert guest.connection.closed == (CLOSE_RESTART, "restarting")


async def test_clients_are_asked_to_come_back_at_different_moments(stage: Stage) -> None:
    server = a_server(stage)
    guests = [await stage.guest(ANA) for _ in range(20)]

    await server.drain(DICE)

    hints = {guest.heard("draining")[0]["reconnect_after_ms"] for guest in guests}
    assert len(hints) > 10


async def test_nobody_is_let_in_while_it_stops(stage: Stage) -> None:
    server = a_server(stage)
    was_ready = server.is_ready

    await server.drain(DICE)

    assert was_ready
    assert not server.is_ready
    with pytest.raises(ShuttingDown), server.admission.admit("192.0.2.1", EVA.user_id):
        pass


async def test_the_goodbye_says_how_far_the_room_was_told(stage: Stage) -> None:
    server = a_server(stage)
    ana = await stage.guest(ANA)
    await ana.send("message", content="hola")

    await server.drain(DICE)

    assert ana.heard("draining")[0]["last_seq"] == 1


async def test_whoever_was_let_in_just_before_it_began_to_stop_is_sent_away(stage: Stage) -> None:
    server = a_server(stage)
    with server.admission.admit("192.0.2.1", EVA.user_id):
        eva = stage.arrival(EVA)
        await server.drain(DICE)

        with pytest.raises(ShuttingDown):
            await eva.visit.begin(since=None, history=50)

    assert ShuttingDown.close_code == CLOSE_RESTART
    assert stage.hub.counts() == {}


async def test_what_was_sent_is_acknowledged_before_the_goodbye(stage: Stage) -> None:
    server = a_server(stage)
    ana = await stage.guest(ANA)
    stage.log.writing.shut()
    await ana.send("message", content="hola")

    draining = asyncio.create_task(server.drain(DICE))
    await all_quiet()
    was_closed = ana.connection.closed
    stage.log.writing.open()
    await draining

    assert was_closed is None
    assert len(ana.heard("message_sent")) == 1
    assert ana.connection.closed is not None


async def test_a_database_that_hangs_does_not_hold_up_the_goodbye(stage: Stage) -> None:
    server = a_server(stage)
    ana = await stage.guest(ANA)
    stage.log.busy = {ROOM.id}
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    await ana.send("message", content="hola")

    await server.drain(DICE)

    assert loop.time() - began_s <= SETTLE_S_MAX + 0.1
    assert ana.heard("message_sent") == []
    assert ana.connection.closed is not None


async def test_those_who_will_be_back_still_count_as_here(stage: Stage) -> None:
    server = a_server(stage)
    ana = await stage.guest(ANA)

    await server.drain(DICE)
    await ana.leave(is_clean=True)
    stage.clock.advance(60)
    await all_quiet()

    assert await stage.attendance.present(ROOM.id) == [ANA]


async def test_whoever_is_still_at_the_door_hears_nothing_before_connected(stage: Stage) -> None:
    server = a_server(stage)
    stage.log.reading.shut()
    ana = stage.arrival(ANA)
    beginning = asyncio.create_task(ana.visit.begin(since=None, history=50))
    await all_quiet()

    await server.drain(DICE)
    stage.log.reading.open()
    await beginning

    assert ana.types == []
    assert ana.connection.closed == (CLOSE_RESTART, "restarting")


async def test_an_instance_without_a_database_is_not_ready(stage: Stage) -> None:
    server = a_server(stage)

    stage.condition.report("database", ok=False)

    assert not server.is_ready
