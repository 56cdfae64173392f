"""One WebSocket of one client, and what became of everything that was asked over it."""

import asyncio
import itertools
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import msgspec
from aiohttp import ClientError, ClientSession, ClientWebSocketResponse, WSMsgType

from tests.torture.history import Acknowledged, History, Noted, Refused, Sent, Unknown
from tests.torture.outgoing import Outcome, Post
from tests.torture.wire import (
    COMMANDS,
    DEFINITE,
    OPEN,
    Connected,
    Error,
    Frame,
    PageAnswer,
    Receipt,
)

ANSWER_S_MAX: Final = 8.0
"""Long behind the server's own two seconds: whatever is silent for so long hangs."""

HEARTBEAT_S: Final = 8.0
GOODBYE_S_MAX: Final = 2.0

NUMBERS: Final = itertools.count(1)


@dataclass(slots=True)
class _Asked:
    attempt: int
    post: Post | None = None
    outcome: asyncio.Future[Outcome] = field(default_factory=asyncio.Future)
    is_given_up: bool = False


class NotLetIn(Exception):
    """The server closed the connection before it said ``connected``."""


class Line:
    """
    An open connection.

    Posts without a ``client_id``, and questions, can't be told apart by their answers: there
    is one of them at a time.
    """

    def __init__(
        self, socket: ClientWebSocketResponse, *, instance: int, user: int, book: History
    ) -> None:
        self.number = next(NUMBERS)
        self.instance = instance
        self.user = user
        self.unkeyed = asyncio.Lock()
        self._socket = socket
        self._book = book
        self._by_client_id: dict[str, deque[_Asked]] = defaultdict(deque)
        self._other: _Asked | None = None
        self._page: asyncio.Future[PageAnswer | None] | None = None

    async def post(
        self, post: Post, *, content: str | None = None, is_bad: bool = False
    ) -> asyncio.Future[Outcome]:
        """Send *post*, perhaps with other *content*; the future tells what became of it."""
        facts = post.facts if content is None else {**post.facts, "content": content}
        asked = self._ask(post.client_id, post)
        post.attempts += 1
        self._book.record(
            Sent(
                attempt=asked.attempt,
                room=post.room,
                user=post.user,
                client_id=post.client_id,
                type=post.type,
                content=post.content if content is None else content,
                message_id=0 if post.type == "message" else post.message_id,
                emoji=post.emoji,
                on=post.on,
                instance=self.instance,
                connection=self.number,
                is_bad=is_bad,
            )
        )
        await self.send(json.dumps({"type": COMMANDS[post.type], **facts}))
        return asked.outcome

    async def outcome(self, waiting: asyncio.Future[Outcome]) -> Outcome:
        """Wait for an answer, but not for ever. One that comes later is still recorded."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S_MAX):
                return await asyncio.shield(waiting)
        for asked in self._all_waiting():
            if asked.outcome is waiting:
                asked.is_given_up = True
                self._book.record(Unknown(attempt=asked.attempt, why="timeout"))
                if asked is self._other:
                    self.cut()  # A late answer would be taken for that of the next one.
        return Outcome.INFO

    async def refusal(self, frame: str) -> None:
        """Send what is no event at all, and wait until it is refused. Hold ``unkeyed``."""
        asked = self._ask(None)
        await self.send(frame)
        await self.outcome(asked.outcome)

    async def page(self, question: str) -> PageAnswer | None:
        """Ask for a page, and return it unless there is no answer. Hold ``unkeyed``."""
        self._page = asyncio.get_running_loop().create_future()
        try:
            await self.send(question)
            async with asyncio.timeout(ANSWER_S_MAX):
                return await self._page
        except TimeoutError:
            self.cut()
            return None
        finally:
            self._page = None

    async def send(self, frame: str) -> None:
        """Write a frame. If that can't be done, the reader will know."""
        with suppress(ConnectionError, ClientError, TimeoutError):
            async with asyncio.timeout(ANSWER_S_MAX):
                await self._socket.send_str(frame)

    async def first(self) -> Connected:
        """
        Return the first event.

        Raises:
            NotLetIn: If there is none, or another one.

        """
        message = await self._socket.receive()
        if message.type is WSMsgType.TEXT:
            frame = msgspec.json.decode(message.data, type=Frame)
            if frame.type == "connected":
                return msgspec.json.decode(frame.data, type=Connected)
        raise NotLetIn

    async def frames(self) -> AsyncIterator[Frame]:
        """Yield what comes that is no answer, until the connection ends."""
        decoder = msgspec.json.Decoder(Frame)
        try:
            async for message in self._socket:
                if message.type is WSMsgType.TEXT:
                    frame = decoder.decode(message.data)
                    if not self._is_answer(frame):
                        yield frame
        finally:
            self._lost()

    async def close(self) -> None:
        """Say goodbye."""
        with suppress(TimeoutError, ConnectionError, ClientError):
            async with asyncio.timeout(GOODBYE_S_MAX):
                await self._socket.close()
        self.cut()

    def cut(self) -> None:
        """Be gone without a word."""
        transport = self._socket.get_extra_info("transport")
        connection = self._socket._conn
        if transport is not None:
            transport.abort()
        elif connection is not None and connection.transport is not None:
            connection.transport.abort()

    def _ask(self, client_id: str | None, post: Post | None = None) -> _Asked:
        asked = _Asked(next(NUMBERS), post)
        if client_id is None:
            self._other = asked
        else:
            self._by_client_id[client_id].append(asked)
        return asked

    def _is_answer(self, frame: Frame) -> bool:
        match frame.type:
            case "message_sent":
                self._stored(msgspec.json.decode(frame.data, type=Receipt))
            case "message_edited" | "message_deleted" | "reaction":
                # The change's own event is the receipt; it is an entry as well.
                self._stored(msgspec.json.decode(frame.data, type=Receipt))
                return False
            case "error":
                self._refused(msgspec.json.decode(frame.data, type=Error))
            case "history" if self._page is not None:
                page = msgspec.json.decode(frame.data, type=PageAnswer)
                if page.after is not None:
                    return False  # A further page of what was missed, which nobody asked for.
                self._answer_page(page)
            case _:
                return False
        return True

    def _stored(self, receipt: Receipt) -> None:
        if receipt.user_id not in (None, self.user):
            return
        asked = self._answered(receipt.client_id)
        if asked is not None:
            self._book.record(Acknowledged(attempt=asked.attempt, seq=receipt.seq))
            if asked.post is not None:
                asked.post.message_id = receipt.message_id
            _settle(asked, Outcome.OK)

    def _answer_page(self, page: PageAnswer | None) -> None:
        if self._page is not None and not self._page.done():
            self._page.set_result(page)

    def _refused(self, error: Error) -> None:
        if error.code not in DEFINITE | OPEN:
            self._book.record(Noted(finding="internal", text=f"{error.code}: {error.message}"))
        if error.client_id is None and self._page is not None:
            self._answer_page(None)
            return
        asked = self._answered(error.client_id)
        if asked is None:
            return
        if error.code in DEFINITE:
            self._book.record(Refused(attempt=asked.attempt, code=error.code))
            _settle(asked, Outcome.FAIL)
        else:
            self._book.record(Unknown(attempt=asked.attempt, why=error.code))
            _settle(asked, Outcome.INFO)

    def _answered(self, client_id: str | None) -> _Asked | None:
        if client_id is None:
            asked, self._other = self._other, None
            return asked
        waiting = self._by_client_id.get(client_id)
        if not waiting:
            return None
        asked = waiting.popleft()
        if not waiting:
            del self._by_client_id[client_id]
        return asked

    def _all_waiting(self) -> list[_Asked]:
        keyed = [asked for queue in self._by_client_id.values() for asked in queue]
        return keyed if self._other is None else [*keyed, self._other]

    def _lost(self) -> None:
        for asked in self._all_waiting():
            if not asked.is_given_up:
                self._book.record(Unknown(attempt=asked.attempt, why="closed"))
            _settle(asked, Outcome.INFO)
        self._by_client_id.clear()
        self._other = None
        self._answer_page(None)


async def open_line(
    http: ClientSession, url: str, *, instance: int, user: int, book: History
) -> Line:
    """
    Connect.

    Raises:
        ClientError: If the server can't be reached or says no.

    """
    socket = await http.ws_connect(url, heartbeat=HEARTBEAT_S, max_msg_size=0)
    return Line(socket, instance=instance, user=user, book=book)


def _settle(asked: _Asked, outcome: Outcome) -> None:
    if not asked.outcome.done():
        asked.outcome.set_result(outcome)
