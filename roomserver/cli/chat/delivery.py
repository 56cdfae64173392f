"""Empties an outbox into a link: one message at a time, in order, until each has its answer."""

import asyncio
from typing import Final

import msgspec

from roomserver.cli.chat.audience import Audience
from roomserver.cli.chat.ending import backoff_s
from roomserver.cli.chat.link import Link
from roomserver.cli.chat.outbox import Outbox, Unsent
from roomserver.cli.chat.outside import Outside
from roomserver.core import commands, events, plain

ANSWER_S_MAX: Final = 15.0
"""After so much silence a message is sent again; its ``client_id`` keeps it from doubling."""

SHOWN_CHARS_MAX: Final = 500
"""How much of an unsent message is shown: enough to know it by, and to save most of them."""

Answer = events.MessageSent | events.Error


class Delivery:
    """What happens to unsent messages while there is a link."""

    def __init__(self, outbox: Outbox, audience: Audience, outside: Outside) -> None:
        self.refusals = 0
        """How many messages the server has refused for good."""

        self._outbox = outbox
        self._audience = audience
        self._outside = outside
        self._under_way: tuple[str, asyncio.Future[Answer]] | None = None

    async def run(self, link: Link) -> None:
        """Deliver for as long as the link holds; cancelled, it leaves what has no answer."""
        attempt = 0
        while True:
            unsent = await self._outbox.first()
            match await self._send(unsent, link):
                case events.MessageSent():
                    await self._outbox.settle(unsent)
                    attempt = 0
                case events.Error(retryable=True, retry_after_ms=retry_after_ms):
                    pause_s = backoff_s(attempt, self._outside.random)
                    if retry_after_ms is not None:
                        pause_s = retry_after_ms / 1000
                    await self._outside.sleep(pause_s)
                    attempt += 1
                case events.Error() as refusal:
                    await self._outbox.settle(unsent)
                    self._refused(unsent, refusal)
                case None:
                    continue
            self._audience.refresh()

    def answered(self, answer: Answer) -> None:
        """Take the server's word on a message. A stranger's, or a second one, is let go."""
        if self._under_way is None:
            return
        client_id, waiting = self._under_way
        if answer.client_id == client_id and not waiting.done():
            waiting.set_result(answer)

    async def _send(self, unsent: Unsent, link: Link) -> Answer | None:
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._under_way = (unsent.client_id, waiting)
        post = commands.Post(content=unsent.content, client_id=unsent.client_id)
        link.send(msgspec.json.encode(post).decode())
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                return await waiting
        except TimeoutError:
            return None
        finally:
            self._under_way = None

    def _refused(self, unsent: Unsent, refusal: events.Error) -> None:
        self.refusals += 1
        self._audience.show(
            [
                plain.warning(f"{refusal.code}: {refusal.message}"),
                plain.note(f"Not sent: {unsent.content[:SHOWN_CHARS_MAX]}"),
            ]
        )
