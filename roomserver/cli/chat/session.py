"""
One person in one room, for as long as they like: through restarts, with nothing lost.

No terminal and no network library here: what comes from outside is passed in.
"""

import asyncio
from enum import Enum
from typing import Final

import msgspec

from roomserver.cli.chat.audience import Audience
from roomserver.cli.chat.delivery import SHOWN_CHARS_MAX, Delivery
from roomserver.cli.chat.ending import Ended, backoff_s
from roomserver.cli.chat.link import Dial, Link
from roomserver.cli.chat.marking import Marking
from roomserver.cli.chat.outbox import Outbox
from roomserver.cli.chat.outside import Outside
from roomserver.cli.chat.pause import Pause
from roomserver.cli.chat.pings import Pings
from roomserver.cli.chat.room import Room
from roomserver.core import commands, events, plain
from roomserver.core.heard import read_event
from roomserver.core.narrator import Narrator

FIRST_WORD_S_MAX: Final = 10.0
"""How long a server may take to say ``connected``: an upgrade alone proves nothing."""

PONG_S_MAX: Final = 10.0
"""How long a question may take to be answered, on a busy server and a bad line."""

SETTLED_AFTER_S: Final = 5.0
"""A connection that held for so long forgets earlier failures."""


class State(Enum):
    """How the line to the server is, in words for a person."""

    CONNECTING = "connecting"
    OPEN = "connected"
    WAITING = "not connected"


class Session:
    """Connects, listens, delivers, and comes back. Shows what happens to an audience."""

    def __init__(
        self,
        dial: Dial,
        *,
        narrator: Narrator,
        audience: Audience,
        outside: Outside,
        is_read: bool = False,
    ) -> None:
        """Begin nothing yet. *is_read* says that somebody sees what the audience is shown."""
        self.state = State.CONNECTING
        self.room = Room(narrator, now_s=outside.now_s)
        self.outbox = Outbox(outside.new_client_id)
        self.delivery = Delivery(self.outbox, audience, outside)
        self._dial = dial
        self._audience = audience
        self._outside = outside
        self._link: Link | None = None
        self._is_open = asyncio.Event()
        self._opened_at_s = 0.0
        self._pause = Pause(outside.sleep)
        self._pings = Pings()
        self._marking = Marking(self.tell, outside.sleep) if is_read else None
        self._hint_s = 0.0
        self._refusal: str | None = None
        self._last_complaint = ""

    @property
    def is_open(self) -> bool:
        return self._is_open.is_set()

    async def run(self) -> Ended:
        """Stay in the room until there is no use in coming back, and return why."""
        attempt = 0
        while True:
            self._become(State.CONNECTING)
            ended = await self._stay()
            attempt = 0 if self._has_held() else attempt
            self._is_open.clear()
            self._become(State.WAITING)
            if ended.is_final:
                return ended
            pause_s = ended.pause_s + self._hint_s + backoff_s(attempt, self._outside.random)
            self._complain(ended, pause_s)
            attempt += 1
            await self._pause.wait(pause_s)

    async def opened(self) -> None:
        """Wait until the room is open."""
        await self._is_open.wait()

    async def post(self, content: str) -> None:
        """Send a message, now or as soon as the server is back."""
        await self.outbox.add(content)
        if not self.is_open:
            self._pause.hurry()
            kept = plain.note(f"Waits for the server: {content[:SHOWN_CHARS_MAX]}")
            self._audience.show([kept])
        self._audience.refresh()

    def tell(self, command: commands.AnyCommand) -> bool:
        """Send what is worth nothing later. Return False if it can't be sent now."""
        if self._link is None or not self.is_open:
            return False
        self._link.send(msgspec.json.encode(command).decode())
        return True

    async def ping(self) -> float | None:
        """
        Return after how many seconds the server answered; None if it did not.

        It answers in order: what was asked before has been answered by then, too.
        """
        began_s = self._outside.now_s()
        try:
            async with asyncio.timeout(PONG_S_MAX):
                is_answered = self.tell(commands.Ping()) and await self._pings.answered()
        except TimeoutError:
            return None
        return self._outside.now_s() - began_s if is_answered else None

    async def _stay(self) -> Ended:
        self._hint_s, self._refusal = 0.0, None
        try:
            async with self._dial(self.room.reading.resume) as link:
                self._link = link
                return await self._talk(link)
        except Ended as ended:
            return ended
        finally:
            self._link = None
            self._pings.lost()
            self.room.people.lost()

    async def _talk(self, link: Link) -> Ended:
        async with asyncio.TaskGroup() as tasks:
            delivering = tasks.create_task(self._deliver(link), name="delivers")
            marking = tasks.create_task(self._mark(), name="marks as read")
            ended = await self._listen(link)
            delivering.cancel()
            marking.cancel()
        return ended if self._refusal is None else ended.because(self._refusal)

    async def _deliver(self, link: Link) -> None:
        await self.opened()
        await self.delivery.run(link)

    async def _mark(self) -> None:
        await self.opened()
        if self._marking is not None:
            await self._marking.run()

    async def _listen(self, link: Link) -> Ended:
        try:
            async with asyncio.timeout(FIRST_WORD_S_MAX):
                while not self.is_open:
                    self._hear(await link.receive())
            while True:
                self._hear(await link.receive())
        except Ended as ended:
            return ended
        except TimeoutError:
            return Ended("The server said nothing that this client understands.")

    def _hear(self, frame: str) -> None:
        event = read_event(frame)
        if event is None or self._is_answer(event):
            return
        self._audience.show(self.room.hear(event))
        if isinstance(event, events.Connected):
            self._opened()
        if self._marking is not None:
            self._marking.saw(self.room.last_message() or 0)
        if missing := self.room.reading.ask():
            self.tell(missing)
        self._audience.refresh()

    def _is_answer(self, event: events.Event) -> bool:
        match event:
            case events.MessageSent():
                self.delivery.answered(event)
            case events.Error() if event.client_id is not None:
                self.delivery.answered(event)
            case events.Error() if not self.is_open:
                self._refusal = event.message
            case events.Error() if self.room.reading.is_waiting:
                # The page that would have filled a hole: the next connection resumes before it.
                raise Ended(event.message)
            case events.Pong():
                self._pings.answer()
            case events.Draining():
                self._hint_s = event.reconnect_after_ms / 1000
            case _:
                return False
        return True

    def _opened(self) -> None:
        self._opened_at_s = self._outside.now_s()
        self._last_complaint = ""
        self._is_open.set()
        self._become(State.OPEN)

    def _has_held(self) -> bool:
        held_s = self._outside.now_s() - self._opened_at_s
        return self.is_open and held_s >= SETTLED_AFTER_S

    def _complain(self, ended: Ended, pause_s: float) -> None:
        # The same sentence for every attempt of a long night would push the talk off the screen.
        if str(ended) != self._last_complaint:
            self._last_complaint = str(ended)
            self._audience.show([plain.warning(f"{ended} Trying again in {pause_s:.1f} s.")])

    def _become(self, state: State) -> None:
        self.state = state
        self._audience.refresh()
