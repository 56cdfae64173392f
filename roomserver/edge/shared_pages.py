"""
Large frames that a whole room gets: in memory once, and lent to each socket.

``write`` copies what it is given, for each reader again. From 16 KiB on that copying is most of
what a reader costs, and twice as much when the copies don't fit into the processor's cache: a
thousand messages under way to 500 people are 140 MB. What lies in a file can be lent instead:
``sendfile`` gives a socket the file's own pages (sendfile(2)), and its readers copy from the
same few. The file has no name and lies in memory (memfd_create(2)). It is closed when everybody
has been served, and never written again: its pages stay for as long as a socket has them.
"""

import asyncio
import os
from contextlib import suppress
from typing import Final

SHARED_BYTES_MIN: Final = 16 * 1024
"""Below this, lending the pages costs as much as copying what is in them."""

COPIES_FIRST: Final = 8
"""So many readers are given copies before a file is made, which costs as much as they do."""


class SharedPages:
    """Keeps the frames that were asked for last, until the end of the loop's turn."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._frames = b""
        self._readers = 0
        self._file: int | None = None

    def lend(self, frames: bytes, to: int) -> int:
        """
        Hand *frames* to the socket with the descriptor *to*; return how much of them it took.

        Nothing is taken if the socket is full or broken, if this system can't share pages, or as
        long as *frames* have too few readers for that. Then they are to be written.
        """
        file = self._file_of(frames)
        if file is None:
            return 0
        try:
            return os.sendfile(to, file, 0, len(frames))
        except OSError:
            return 0

    def _file_of(self, frames: bytes) -> int | None:
        if frames is not self._frames:
            self._let_go()
            self._frames = frames
            self._loop.call_soon(self._let_go)
        self._readers += 1
        if self._readers == COPIES_FIRST + 1:
            self._file = _file_with(frames)
        return self._file

    def _let_go(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._frames, self._readers, self._file = b"", 0, None


def _file_with(frames: bytes) -> int | None:
    """Return a descriptor of a new file in memory, None where there can't be one."""
    try:
        file = os.memfd_create("frames")
    except (AttributeError, OSError):  # Not Linux; or no descriptor is left.
        return None
    with suppress(OSError):
        if os.write(file, frames) == len(frames):
            return file
    os.close(file)
    return None
