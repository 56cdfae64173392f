"""The example of ``docs/client.md``, as a reader would run it: one file fetched, one file saved."""

import asyncio
from pathlib import Path

import pytest
import websockets

from tests.browser.other_person import OtherPerson
from tests.support.servers import RoomServer, running_roomserver

pytestmark = [pytest.mark.real, pytest.mark.slow]

DOCS = Path(__file__).parents[2] / "docs"


def _example(server: RoomServer) -> str:
    text = (DOCS / "client.md").read_text(encoding="utf-8")
    code = text.split("```js\n")[1].split("```")[0]
    assert len(code.splitlines()) <= 10
    return code.replace("http://localhost:8000", server.url)


async def _told(ben: OtherPerson) -> str:
    message: str = (await ben.hear("message"))["content"]
    return message


async def test_the_example_answers_and_outlives_a_crash_of_the_server(
    node: Path, tmp_path: Path
) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    with running_roomserver(data_dir=data_dir) as server:
        (tmp_path / "client.js").write_bytes(server.get("/client.js"))
        (tmp_path / "package.json").write_text('{"type": "module"}')
        (tmp_path / "echo.mjs").write_text(_example(server))
        address = f"{server.ws_url('/ws/general')}?user_id=16&username=Ben"
        async with asyncio.timeout(60), websockets.connect(address) as socket:
            ben = OtherPerson(socket)
            await ben.enter()
            program = await asyncio.create_subprocess_exec(
                node, tmp_path / "echo.mjs", stdout=asyncio.subprocess.PIPE
            )
            try:
                assert program.stdout is not None
                assert await _told(ben) == "Say ping, and I say pong."
                await ben.say("ping")
                assert await program.stdout.readline() == b"Ben: ping\n"
                while await _told(ben) != "pong":
                    pass

                server.kill()
                server.restart()
                async with websockets.connect(address) as second:
                    ben_again = OtherPerson(second)
                    await ben_again.enter()
                    await ben_again.say("ping")
                    while await _told(ben_again) != "pong":
                        pass
                assert await program.stdout.readline() == b"Ben: ping\n"
            finally:
                program.kill()
                await program.communicate()
