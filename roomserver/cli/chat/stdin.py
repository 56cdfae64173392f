"""Lines of a pipe or a file, read while other things happen, and not before they are wanted."""

import asyncio
import codecs
import os
from collections.abc import AsyncIterator
from typing import Final

_CHUNK_BYTES: Final = 65_536


async def read_lines(file: int) -> AsyncIterator[str]:
    """Yield the lines of an open *file*; bytes that aren't UTF-8 become U+FFFD."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    rest = ""
    while chunk := await _read(file):
        *lines, rest = (rest + decoder.decode(chunk)).split("\n")
        for line in lines:
            yield line
    rest += decoder.decode(b"", final=True)
    if rest:
        yield rest


async def _read(file: int) -> bytes:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    try:
        loop.add_reader(file, readable.set)
    except PermissionError:
        return os.read(file, _CHUNK_BYTES)  # epoll refuses plain files: they never block
    try:
        await readable.wait()
    finally:
        loop.remove_reader(file)
    return os.read(file, _CHUNK_BYTES)
