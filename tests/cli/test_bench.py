"""``roomserver bench`` against the whole application, and all that can go wrong with it."""

import asyncio

import pytest
from click.testing import CliRunner, Result

from roomserver.cli import cli
from roomserver.cli.bench.outcome import Outcome, percentile
from roomserver.cli.bench.plan import Plan
from roomserver.cli.bench.run import run
from roomserver.cli.chat.address import parse_address
from roomserver.cli.chat.ending import Ended
from roomserver.config import RoomsConfig
from roomserver.core.errors import CLOSE_RESTART
from roomserver.core.limits import Limits
from roomserver.edge.keys import SERVER
from tests.support.application import Open
from tests.support.programs import free_port
from tests.support.talk import Client, app_of


def a_plan(client: Client, **wishes: float) -> Plan:
    address = parse_address(f"http://127.0.0.1:{client.port}")
    return Plan(address=address, **{"rate": 200, "seconds": 0.5, **wishes})  # type: ignore[arg-type]


def called(*words: str) -> Result:
    return CliRunner().invoke(cli, ["bench", *words])


async def test_everything_that_was_sent_is_stored_and_heard_by_everybody(client: Client) -> None:
    outcome = await run(a_plan(client, connections=6, rooms=2))

    assert outcome.complaints() == []
    assert (outcome.sent, outcome.expected) == (100, 300)
    assert len(outcome.acknowledged_s) == 100
    assert len(outcome.delivered_s) == 300
    assert outcome.lines()[0].startswith("connections    6 of 6 (ms: p50 ")
    assert "300 of 300" in outcome.lines()[3]


async def test_it_writes_into_rooms_of_its_own(client: Client) -> None:
    plan = a_plan(client, connections=4, rooms=2)

    await run(plan)

    rooms = (await (await client.get("/api/v1/rooms?user_id=1&username=Ada")).json())["rooms"]
    slugs = {room["slug"]: room["last_seq"] for room in rooms}
    assert slugs["general"] == 0
    assert {slugs[plan.room_of(0)], slugs[plan.room_of(1)]} == {50}


async def test_a_refusal_is_counted_and_told(open_app: Open) -> None:
    client = await open_app(limits=Limits(messages_per_second=1.0, messages_burst=5))

    outcome = await run(a_plan(client, connections=2))

    assert outcome.is_wrong
    assert any("rate_limited" in complaint for complaint in outcome.complaints())
    assert len(outcome.delivered_s) == outcome.expected


async def test_a_server_that_makes_no_rooms_says_so(open_app: Open) -> None:
    client = await open_app(rooms=RoomsConfig(auto_create=False))

    with pytest.raises(Ended, match="room"):
        await run(a_plan(client))


async def test_a_server_with_too_few_places_says_so(open_app: Open) -> None:
    client = await open_app(limits=Limits(connections_per_address_max=3))

    with pytest.raises(Ended, match="connections"):
        await run(a_plan(client, connections=5))


def test_a_server_that_is_not_there_is_one_sentence_and_status_1() -> None:
    result = called(f"127.0.0.1:{free_port()}", "--duration", "0.5")

    assert result.exit_code == 1
    assert "! Cannot connect to 127.0.0.1" in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["not an address"], "is no room's address"),
        (["--connections", "2", "--rooms", "3"], "can't be more rooms than connections"),
        (["--rate", "2000", "--duration", "300"], "Lower --rate or --duration"),
        (["--connections", "0"], "--connections"),
    ],
)
def test_what_can_not_be_done_is_said_before_anything_is_done(
    words: list[str], sentence: str
) -> None:
    result = called(*words)

    assert result.exit_code == 2
    assert sentence in result.stderr


def test_another_machine_is_loaded_only_by_somebody_who_says_that_they_may() -> None:
    result = CliRunner().invoke(cli, ["bench", "https://chat.invalid"], input="n\n")

    assert result.exit_code == 1
    assert "Is chat.invalid yours to load?" in result.stderr


def test_what_will_be_written_and_where_is_told_first() -> None:
    plan = Plan(address=parse_address("localhost:8000"), connections=3, rooms=3, run="abc")

    assert plan.is_here
    assert plan.warning == (
        "This writes 200 messages into the rooms bench-abc-1 … bench-abc-3 on localhost:8000, "
        "from 3 connections in 10 s. They stay there."
    )


def test_a_client_that_was_the_slow_one_says_so() -> None:
    outcome = Outcome(Plan(address=parse_address("localhost")))
    outcome.own_cpu = 0.93

    assert "This client needed 93% of a core" in outcome.lines()[-1]


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(value) for value in range(1, 101)]

    assert [percentile(values, share) for share in (0.5, 0.99, 1.0)] == [51.0, 100.0, 100.0]


async def test_a_lost_connection_is_told(client: Client) -> None:
    running = asyncio.create_task(run(a_plan(client, connections=2, rate=20, seconds=1)))
    await asyncio.sleep(0.3)
    for member in app_of(client)[SERVER].hub.members():
        member.connection.close(CLOSE_RESTART, "again")

    outcome = await running

    assert any("connections ended" in complaint for complaint in outcome.complaints())
