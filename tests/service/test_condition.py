import pytest

from roomserver.core.limits import Limits
from roomserver.service.condition import Condition
from roomserver.service.hub import Hub
from tests.support.builders import ANA, JUAN, OTHER_ROOM, ROOM
from tests.support.fakes import FakeConnection
from tests.support.loops import all_quiet


@pytest.fixture
def hub() -> Hub:
    return Hub(Limits())


@pytest.fixture
def listeners(hub: Hub) -> list[FakeConnection]:
    """Two people in two rooms."""
    connections = [FakeConnection(), FakeConnection()]
    for room, user, connection in zip((ROOM, OTHER_ROOM), (ANA, JUAN), connections, strict=True):
        member = hub.enter(room.id, user, connection)
        hub.go_live(member, after=member.live_after)
    return connections


@pytest.mark.parametrize("component", ["database", "redis"])
async def test_everyone_hears_when_a_component_fails_and_when_it_is_back(
    hub: Hub, listeners: list[FakeConnection], component: str
) -> None:
    condition = Condition(hub)

    condition.report(component, ok=False)
    condition.report(component, ok=True)
    await all_quiet()

    for connection in listeners:
        failed, back = connection.heard("degraded")
        assert (failed["component"], failed["ok"]) == (component, False)
        assert (back["component"], back["ok"]) == (component, True)
        assert failed["message"] != back["message"]


async def test_only_a_change_is_told(hub: Hub, listeners: list[FakeConnection]) -> None:
    condition = Condition(hub)

    for ok in (True, True, False, False, False, True, True):
        condition.report("redis", ok=ok)
    await all_quiet()

    assert [event["ok"] for event in listeners[0].heard("degraded")] == [False, True]


async def test_a_component_is_well_when_all_its_witnesses_say_so(
    hub: Hub, listeners: list[FakeConnection]
) -> None:
    condition = Condition(hub)

    condition.report("redis", ok=False, witness="bus")
    condition.report("redis", ok=False, witness="cache")
    condition.report("redis", ok=True, witness="bus")
    was_ok = condition.is_ok("redis")
    condition.report("redis", ok=True, witness="cache")
    await all_quiet()

    assert not was_ok
    assert condition.is_ok("redis")
    assert [event["ok"] for event in listeners[0].heard("degraded")] == [False, True]


async def test_components_fail_apart(hub: Hub) -> None:
    condition = Condition(hub)

    condition.report("redis", ok=False)

    assert condition.is_ok("database")
    assert not condition.is_ok("redis")


async def test_a_failure_is_logged_once_for_the_operator(
    hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    condition = Condition(hub)

    for ok in (False, False, True):
        condition.report("database", ok=ok)

    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
