"""The terminal client, real, against a real server: at a terminal and in a pipe."""

import shlex
import sys
from collections.abc import Iterator

import pytest

from tests.real.at_a_shell import at_a_pipe, at_a_terminal
from tests.support.servers import RoomServer, running_roomserver

pytestmark = pytest.mark.slow

ANA = {"USER_ID": "1", "USERNAME": "Ana"}
JUAN = {"USER_ID": "2", "USERNAME": "Juan"}


@pytest.fixture
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoomServer]:
    with running_roomserver(data_dir=tmp_path_factory.mktemp("data")) as running:
        yield running


def chat(address: str, *options: str) -> list[str]:
    return [sys.executable, "-m", "roomserver", "chat", address, *options]


async def test_two_people_talk_at_terminals(server: RoomServer) -> None:
    async with (
        at_a_terminal(chat(server.url), environ=ANA) as ana,
        at_a_terminal(chat(server.url), environ=JUAN) as juan,
    ):
        await ana.sees("you are Ana")
        await juan.sees("you are Juan")

        await ana.type("hola")
        await juan.sees("Ana:")
        await juan.sees("hola")
        await juan.type("/who")
        await juan.sees("Here: ")

        assert await ana.says_goodbye() == 0
        await juan.sees("Ana left")
        assert await juan.says_goodbye() == 0


async def test_what_is_piped_is_in_the_room_when_it_ends(server: RoomServer) -> None:
    async with at_a_pipe(chat(server.url), environ=ANA) as pipe:
        await pipe.type("uno")
        await pipe.type("dos")

        assert await pipe.says_goodbye() == 0

    page = server.get("/api/v1/rooms/general/messages").decode()
    assert page.index('"uno"') < page.index('"dos"')


async def test_a_killed_server_loses_nothing_that_is_typed(server: RoomServer) -> None:
    async with (
        at_a_pipe(chat(server.url), environ=ANA) as ana,
        at_a_pipe(chat(server.url), environ=JUAN) as juan,
    ):
        await juan.sees("/help says")
        await ana.type("before")
        await juan.sees("Ana: before")

        server.kill()
        await ana.sees("was lost")
        await ana.type("meanwhile")
        server.restart()
        await ana.type("after")

        await juan.sees("Ana: meanwhile")
        await juan.sees("Ana: after")
        assert "Ana: before" not in juan.printed
        assert await ana.says_goodbye() == 0

    page = server.get("/api/v1/rooms/general/messages").decode()
    assert [page.count(f'"{text}"') for text in ("before", "meanwhile", "after")] == [1, 1, 1]


async def test_a_refused_message_is_a_failure_with_a_sentence(server: RoomServer) -> None:
    async with at_a_pipe(chat(server.url), environ=ANA) as pipe:
        await pipe.type("x" * 5_000)
        await pipe.sees("! message_too_long: A message may have 4,000 characters")

        assert await pipe.says_goodbye() == 1
        assert pipe.printed.endswith("! A message was refused.\n")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--username", "everyone"], "! username can't be 'everyone'"),
        (["--room", "no such room"], "! There is no such room."),
    ],
)
async def test_who_is_not_let_in_learns_why(
    server: RoomServer, options: list[str], sentence: str
) -> None:
    async with at_a_pipe(chat(server.url, *options), environ=ANA) as pipe:
        await pipe.sees(sentence)

        assert await pipe.ends() == 1


async def test_without_a_server_it_says_so_and_tries_again(server: RoomServer) -> None:
    server.kill()
    async with at_a_pipe(chat(server.url), environ=ANA) as pipe:
        await pipe.sees(f"! Cannot connect to 127.0.0.1:{server.port}: Connection refused.")
        server.restart()
        await pipe.sees("you are Ana")

        assert await pipe.says_goodbye() == 0


async def test_a_reader_that_leaves_ends_it_without_a_traceback(server: RoomServer) -> None:
    command = f"{shlex.join(chat(server.url))} | head -1"
    async with at_a_pipe(["sh", "-c", command], environ=ANA) as pipe:
        await pipe.sees("* This is General, and you are Ana\n")
        await pipe.type("/help")
        await pipe.type("/help")
        await pipe.sees("! Nobody reads what is said any more.")

        assert await pipe.ends() == 0
        assert "Error" not in pipe.printed


async def test_an_address_that_is_none_is_a_usage_error() -> None:
    async with at_a_pipe(chat("ftp://localhost")) as pipe:
        assert await pipe.ends() == 2
        assert "One looks like this: http://localhost:8000/rooms/general" in pipe.printed
