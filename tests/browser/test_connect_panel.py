"""The ready lines of the Connect panel do what they say, pasted as they are."""

import asyncio
import shlex
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor
from tests.support.servers import RoomServer


async def _lines_of(visitor: Visitor, kind: str) -> str:
    panel = visitor.page.locator('[data-region="welcome"]')
    await panel.get_by_role("tab", name=kind, exact=True).click()
    return await panel.locator("code").inner_text()


@asynccontextmanager
async def _running(command: Sequence[str | Path]) -> AsyncIterator[asyncio.StreamWriter]:
    """Run *command* and give what to paste into it: a person sits there, and stays."""
    program = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        assert program.stdin is not None
        yield program.stdin
    finally:
        program.kill()
        await program.communicate()


@pytest.mark.parametrize("kind", ["websocat", "wscat"])
async def test_a_terminal_joins_and_writes(
    visit: Visit, websocat: list[str], wscat: list[str], kind: str
) -> None:
    visitor = await visit()
    join, write = (await _lines_of(visitor, kind)).split("\n")
    program = {"websocat": websocat, "wscat": wscat}[kind]

    async with _running([*program, *shlex.split(join)[1:]]) as terminal:
        await expect(visitor.part("members", "list")).to_contain_text(kind)
        terminal.write(write.encode() + b"\n")

        await visitor.reads(f"Hello from {kind}")


async def test_a_python_program_joins_and_writes(visit: Visit) -> None:
    visitor = await visit()
    program = await _lines_of(visitor, "Python")

    async with _running([sys.executable, "-c", program]):
        await visitor.reads("Hello from Python")


async def test_a_javascript_program_joins_and_writes(visit: Visit, node: Path) -> None:
    visitor = await visit()
    program = await _lines_of(visitor, "JavaScript")

    async with _running([node, "-e", program]):
        await visitor.reads("Hello from JavaScript")


async def test_the_curl_lines_lead_somewhere(visit: Visit, server: RoomServer) -> None:
    visitor = await visit()

    for line in (await _lines_of(visitor, "curl")).split("\n"):
        command, address = line.split()
        assert command == "curl"
        assert server.get(address.removeprefix(server.url)).startswith(b"{")


async def test_the_link_to_the_room_is_copied(visit: Visit, server: RoomServer) -> None:
    visitor = await visit(permissions=["clipboard-read", "clipboard-write"])
    button = visitor.part("welcome", "copy-link")

    await button.click()

    await expect(button).to_have_text("Copied")
    copied = await visitor.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"{server.url}/rooms/general"
