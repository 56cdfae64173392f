"""
What clients send, out of the bytes that arrive: aiohttp's reader of RFC 6455, and no queue.

aiohttp puts each message into a queue, from which a task of the connection takes it. Here
nobody waits for messages: they are carried out where they are read. So all readers share one
queue that only remembers what came out of the bytes which it is being fed.
"""

from collections.abc import Sequence
from typing import Any, cast

from aiohttp import WSMessage
from aiohttp._websocket.reader import WebSocketDataQueue
from aiohttp.http import WebSocketError, WebSocketReader


class Incoming:
    """Reads what arrives, whoever it is from. Each line has a reader of its own."""

    def __init__(self, *, frame_bytes_max: int) -> None:
        self._frame_bytes_max = frame_bytes_max
        self._tray = _Tray()

    def reader(self) -> WebSocketReader:
        """Return what remembers one line's unfinished frames."""
        return WebSocketReader(
            self._tray,
            # aiohttp refuses a frame of this size already, not only one above it.
            self._frame_bytes_max + 1,
            compress=False,
            decode_text=True,
        )

    def read(self, reader: WebSocketReader, data: bytes) -> Sequence[WSMessage]:
        """
        Return the messages that end in *data*.

        Raises:
            WebSocketError: If the protocol was broken, after the messages before that have been
                taken from :meth:`rest`. Then *reader* is of no more use.

        """
        is_broken, _ = reader.feed_data(data)
        if is_broken:
            raise self._tray.failure
        return self._tray.take()

    def rest(self) -> Sequence[WSMessage]:
        """Return what could be read before the protocol was broken."""
        return self._tray.take()


class _Tray(WebSocketDataQueue):
    """Where aiohttp's readers put what they have read. It never says that it is full."""

    def __init__(self) -> None:
        # Nobody waits for this queue: what the base class would set up for that isn't needed.
        self._messages: list[WSMessage] = []
        self.failure: Exception = WebSocketError(1002, "nothing has failed")

    def feed_data(self, data: Any, size: int) -> None:
        self._messages.append(data)

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:
        self.failure = cast(Exception, exc)

    def take(self) -> Sequence[WSMessage]:
        messages, self._messages = self._messages, []
        return messages
