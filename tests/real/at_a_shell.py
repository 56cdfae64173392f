"""A program that is typed at, as a person at a shell does."""

import asyncio
import os
import pty
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from tests.support.programs import START_S, STOP_S

CTRL_D = b"\x04"


class Client:
    """A running program, and everything that it has printed."""

    def __init__(
        self, process: Process, output: asyncio.StreamReader, keyboard: int | None
    ) -> None:
        self._process = process
        self._output = output
        self._keyboard = keyboard
        self._printed = ""

    @property
    def printed(self) -> str:
        return self._printed

    async def type(self, line: str) -> None:
        """Type a line and press Enter."""
        if self._keyboard is not None:
            os.write(self._keyboard, line.encode() + b"\r")
            return
        assert self._process.stdin is not None
        self._process.stdin.write(line.encode() + b"\n")
        await self._process.stdin.drain()

    async def sees(self, text: str) -> None:
        """Wait until *text* is printed behind what was waited for before."""
        async with asyncio.timeout(START_S):
            while text not in self._printed:
                printed = await self._output.read(65_536)
                assert printed, f"{text!r} never came, only:\n{self._printed}"
                self._printed += printed.decode(errors="replace")
        self._printed = self._printed.partition(text)[2]

    async def says_goodbye(self) -> int:
        """Press Ctrl-D, or close the pipe; return the exit status."""
        if self._keyboard is not None:
            os.write(self._keyboard, CTRL_D)
        elif self._process.stdin is not None:
            self._process.stdin.close()
        return await self.ends()

    async def ends(self) -> int:
        """Wait until it has ended by itself; return the exit status."""
        async with asyncio.timeout(STOP_S):
            try:
                while printed := await self._output.read(65_536):
                    self._printed += printed.decode(errors="replace")
            except OSError:
                pass  # how Linux says that nobody is left at the other end of a terminal
            return await self._process.wait()


@asynccontextmanager
async def at_a_pipe(
    command: Sequence[str], *, environ: Mapping[str, str] | None = None
) -> AsyncIterator[Client]:
    """Run *command* with pipes for a keyboard and a screen."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=STDOUT, env={**os.environ, **(environ or {})}
    )
    assert process.stdout is not None
    try:
        yield Client(process, process.stdout, None)
    finally:
        await _end(process)


@asynccontextmanager
async def at_a_terminal(
    command: Sequence[str], *, environ: Mapping[str, str] | None = None
) -> AsyncIterator[Client]:
    """Run *command* at a pseudo-terminal."""
    ours, theirs = pty.openpty()
    # Nobody answers where the cursor is: prompt_toolkit has to do without.
    settings = {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", **(environ or {})}
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, **settings},
        start_new_session=True,
    )
    os.close(theirs)
    output = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(output), os.fdopen(os.dup(ours), "rb", 0)
    )
    try:
        yield Client(process, output, ours)
    finally:
        await _end(process)
        transport.close()
        os.close(ours)


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.kill()
    await process.wait()
