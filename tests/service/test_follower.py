from roomserver.core.errors import StorageUnavailable
from roomserver.core.limits import Limits
from roomserver.core.model import Caller, Seq, User, UserId
from roomserver.service.follower import Follower
from roomserver.service.reading import Position
from roomserver.service.rights import Stay
from tests.support.builders import ANA, JUAN, ROOM, a_draft
from tests.support.fakes import FakeConnection
from tests.support.loops import all_quiet
from tests.support.stage import Stage

NOBODY = User(UserId(0), "")


class Outside:
    """Somebody who follows, at the far end of their connection."""

    def __init__(self, stage: Stage, user: User = NOBODY) -> None:
        self.connection = FakeConnection()
        self.stay = Stay(ROOM.id, Caller(user=user))
        self.follower = Follower(
            ROOM, self.stay, connection=self.connection, services=stage.services
        )

    async def follow(self, since: int | None = None) -> None:
        position = None if since is None else Position(Seq(since))
        await self.follower.tell(await self.follower.begin(since=position, history=0))
        await all_quiet()

    @property
    def seqs(self) -> list[int]:
        return [event["data"]["seq"] for event in self.connection.events if "seq" in event["data"]]


async def test_a_follower_hears_entries_and_no_signals(stage: Stage) -> None:
    outside = Outside(stage)
    await outside.follow()
    ana = await stage.guest(ANA)

    await ana.send("typing", is_typing=True)
    await ana.send("message", content="hola")
    stage.condition.report("database", ok=False)
    await all_quiet()

    assert outside.connection.types == ["following", "message"]


async def test_what_comes_while_the_log_is_read_is_told_once_and_in_its_place() -> None:
    limits = Limits(history_messages_max=10)
    async with Stage(limits).running() as stage:
        stage.log.store(*(a_draft(f"{number}") for number in range(25)))
        outside = Outside(stage)
        opened = await outside.follower.begin(since=Position(Seq(3)), history=0)
        ana = await stage.guest(ANA)
        await ana.send("typing", is_typing=True)
        await ana.send("message", content="meanwhile")

        await outside.follower.tell(opened)
        await all_quiet()

    assert outside.seqs == list(range(4, 27))
    assert "typing" not in outside.connection.types


async def test_nobody_sees_a_follower(stage: Stage) -> None:
    ana = await stage.guest(ANA)
    ana.connection.forget()

    await Outside(stage, JUAN).follow()

    assert ana.types == []
    assert await stage.attendance.present(ROOM.id) == [ANA]
    assert stage.hub.counts()[ROOM.id].connections == 2


async def test_whoever_does_not_say_who_they_are_is_nobody(stage: Stage) -> None:
    await Outside(stage).follow()

    assert stage.hub.counts()[ROOM.id].user_ids == frozenset()


async def test_a_follower_that_has_left_hears_nothing(stage: Stage) -> None:
    outside = Outside(stage)
    await outside.follow()
    outside.follower.end()

    await (await stage.guest(ANA)).send("message", content="hola")

    assert outside.connection.types == ["following"]
    outside.follower.end()


async def test_a_right_that_is_lost_is_the_last_that_is_heard(stage: Stage) -> None:
    outside = Outside(stage)
    await outside.follow()
    assert outside.stay.lost is not None

    outside.stay.lost(StorageUnavailable())

    assert outside.connection.types == ["following", "error"]
    assert outside.connection.closed == (1013, "storage_unavailable")
    assert stage.refusals.counts() == {"storage_unavailable": 1}
