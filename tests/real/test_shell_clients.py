"""The clients that people have at a shell, real: in JSON as they come, and in plain text."""

import json
from collections.abc import Iterator

import pytest

from tests.real.at_a_shell import Client, at_a_pipe
from tests.support.servers import RoomServer, running_roomserver

CLIENTS = pytest.mark.parametrize("shell", ["websocat", "wscat"], indirect=True)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomServer]:
    with running_roomserver(data_dir=tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def room(request: pytest.FixtureRequest) -> str:
    """A room of the test's own."""
    return f"r-{abs(hash(request.node.nodeid)):x}"[:32]


@pytest.fixture
def shell(request: pytest.FixtureRequest) -> list[str]:
    """The beginning of a command line, to which an address is added."""
    command: list[str] = request.getfixturevalue(request.param)
    return [*command, "--no-color", "--connect"] if request.param == "wscat" else command


def command(
    shell: list[str], server: RoomServer, room: str, *, who: str = "1/Ana", more: str = ""
) -> list[str]:
    user_id, username = who.split("/")
    return [*shell, server.ws_url(f"/ws/{room}?user_id={user_id}&username={username}{more}")]


async def sees_event(client: Client, kind: str, **fields: object) -> None:
    """Wait for an event of this *kind*, and for its *fields* in the order of the wire."""
    await client.sees(f'{{"type":"{kind}","data":{{')
    for name, value in fields.items():
        await client.sees(f'"{name}":{json.dumps(value)}')


@CLIENTS
async def test_two_people_talk_in_plain_text(
    server: RoomServer, room: str, shell: list[str]
) -> None:
    ana = command(shell, server, room, more="&format=text")
    juan = command(shell, server, room, who="2/Juan", more="&format=text")
    async with at_a_pipe(ana) as ana_sits, at_a_pipe(juan) as juan_sits:
        await ana_sits.sees("you are Ana")
        await juan_sits.sees("Here: ")
        await juan_sits.sees("/help says")

        await ana_sits.type("/typing")
        await juan_sits.sees("* Ana is typing")
        await ana_sits.type("hola")

        await juan_sits.sees(" Ana: hola\n")
        await ana_sits.sees(" Ana: hola\n")
        assert "Ana: hola" not in ana_sits.printed


@CLIENTS
async def test_commands_are_answered_in_plain_text(
    server: RoomServer, room: str, shell: list[str]
) -> None:
    async with at_a_pipe(command(shell, server, room, more="&format=text")) as ana:
        await ana.sees("/help says")

        for typed, answer in {
            "/who": "* Here: Ana",
            "/me": "* You are Ana (user_id 1)",
            "/ping": "* pong",
            "/stats": "* 1 connection in 1 room",
            "/history 20": "* Nothing has been written here yet",
            "/nope": "! There is no /nope.",
            "/help": "//TEXT",
        }.items():
            await ana.type(typed)
            await ana.sees(answer)
        await ana.type("/quit")

        # websocat sees the goodbye only when it has something to send, or nothing more to read.
        assert await ana.says_goodbye() == 0


@CLIENTS
async def test_two_people_talk_in_json(server: RoomServer, room: str, shell: list[str]) -> None:
    juan = command(shell, server, room, who="2/Juan")
    async with at_a_pipe(command(shell, server, room)) as ana_sits, at_a_pipe(juan) as juan_sits:
        await sees_event(ana_sits, "connected")
        await sees_event(juan_sits, "connected")

        await ana_sits.type('{"type": "message", "content": "Hola!"}')

        await sees_event(ana_sits, "message_sent")
        await sees_event(ana_sits, "message", username="Ana", content="Hola!")
        await sees_event(juan_sits, "message", username="Ana", content="Hola!")


@CLIENTS
async def test_a_line_that_is_no_json_is_refused_and_ends_nothing(
    server: RoomServer, room: str, shell: list[str]
) -> None:
    async with at_a_pipe(command(shell, server, room)) as ana:
        await sees_event(ana, "connected")

        await ana.type("hola")
        await sees_event(ana, "error", code="invalid_json")
        await ana.type('{"type": "ping"}')

        await sees_event(ana, "pong")
