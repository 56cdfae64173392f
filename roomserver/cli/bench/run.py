"""Puts a load on a server: connects, sends by the clock, listens, and waits for the rest."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from typing import Final

import aiohttp
import click
import msgspec
from msgspec import Struct

from roomserver import __version__
from roomserver.cli.bench.outcome import Outcome
from roomserver.cli.bench.plan import Plan
from roomserver.cli.chat.address import Address
from roomserver.cli.chat.ending import Ended
from roomserver.cli.chat.web_link import Web, WebLink
from roomserver.core.commands import Post

HANDSHAKES_MAX: Final = 20
"""Connections that are being made at once: nobody's server should take it for an attack."""

REST_S_MAX: Final = 5.0
"""How long to wait for what is still on its way when the sending is over."""

Step = Callable[[int], None]


class _Facts(Struct, frozen=True):
    """What matters of the data of an event."""

    seq: int = 0
    client_id: str | None = None
    code: str = ""
    message: object = None


class _Heard(Struct, frozen=True):
    type: str
    data: _Facts


_decoder: Final = msgspec.json.Decoder(_Heard)


class _Visitor:
    """One connection, and what it hears."""

    def __init__(self, link: WebLink, run: "_Run") -> None:
        self.link = link
        self._run = run
        self._seq: int | None = None

    async def listen(self) -> None:
        outcome = self._run.outcome
        try:
            while True:
                self._hear(_decoder.decode(await self.link.receive()))
        except Ended as ended:
            outcome.endings[str(ended)] += 1
            self._run.news.set()

    def _hear(self, heard: _Heard) -> None:
        outcome, facts = self._run.outcome, heard.data
        now_s = time.monotonic()
        sent_s = self._run.sent_s.get(facts.client_id or "")
        if heard.type == "message_sent" and sent_s is not None:
            outcome.acknowledged_s.append(now_s - sent_s)
        elif heard.type == "message" and sent_s is not None:
            outcome.delivered_s.append(now_s - sent_s)
            outcome.out_of_order += self._seq is not None and facts.seq != self._seq + 1
            self._seq = facts.seq
        elif heard.type == "error":
            outcome.refusals[f"{facts.code} ({facts.message})"] += 1
            self._run.refused(facts.client_id)
        self._run.news.set()


class _Run:
    """The state of one run."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.outcome = Outcome(plan)
        self.visitors: list[_Visitor] = []
        self.sent_s: dict[str, float] = {}
        """When each message was due, by its ``client_id``."""

        self.news = asyncio.Event()
        """Set by everything that is heard."""

    async def connect(self, http: aiohttp.ClientSession, stack: AsyncExitStack, step: Step) -> None:
        turn = asyncio.Semaphore(HANDSHAKES_MAX)

        async def enter(number: int) -> WebLink:
            async with turn:
                link = await stack.enter_async_context(self._dialled(http, number))
            step(1)
            return link

        coming = [asyncio.create_task(enter(n)) for n in range(self.plan.connections)]
        try:
            links = await asyncio.gather(*coming)
        finally:
            # One that can't come in is reason enough to let the others be.
            for task in coming:
                task.cancel()
        self.visitors = [_Visitor(link, self) for link in links]

    @asynccontextmanager
    async def _dialled(self, http: aiohttp.ClientSession, number: int) -> AsyncIterator[WebLink]:
        address = self.plan.address
        room = Address(server=address.server, room=self.plan.room_of(number), query=address.query)
        began_s = time.monotonic()
        async with Web(http, room).dial(self.plan.query_of(number)) as link:
            heard = _decoder.decode(await link.receive())
            if heard.type == "error":
                raise Ended(str(heard.data.message))
            self.outcome.ready_s.append(time.monotonic() - began_s)
            yield link

    async def send(self, step: Step) -> None:
        """Send by the clock, whether the server keeps up or not."""
        began_s, began_cpu_s = time.monotonic(), time.process_time()
        for number in range(self.plan.messages):
            due_s = began_s + (number + 1) / self.plan.rate
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            self._send_one(number, due_s)
            step(1)
        self.outcome.sending_s = time.monotonic() - began_s
        self.outcome.own_cpu = (time.process_time() - began_cpu_s) / self.outcome.sending_s

    def _send_one(self, number: int, due_s: float) -> None:
        sender = number % len(self.visitors)
        client_id = f"bench-{self.plan.run}-{number}"
        self.sent_s[client_id] = due_s
        text = f"message {number + 1} of a load "
        content = (text + "x" * self.plan.chars)[: self.plan.chars]
        post = Post(content=content, client_id=client_id)
        self.visitors[sender].link.send(msgspec.json.encode(post).decode())
        self.outcome.sent += 1
        self.outcome.expected += self._audience_of(sender)

    def _audience_of(self, sender: int) -> int:
        plan = self.plan
        return len(range(sender % plan.rooms, plan.connections, plan.rooms))

    def refused(self, client_id: str | None) -> None:
        """Expect no delivery of what was not taken."""
        if client_id in self.sent_s:
            self.outcome.refused += 1
            number = int(client_id.rpartition("-")[2])
            self.outcome.expected -= self._audience_of(number % len(self.visitors))

    async def wait_for_the_rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(REST_S_MAX):
                while (self.outcome.unstored or self.outcome.missing) and not self._is_alone:
                    self.news.clear()
                    await self.news.wait()

    @property
    def _is_alone(self) -> bool:
        return self.outcome.endings.total() == self.plan.connections


async def run(plan: Plan) -> Outcome:
    """
    Put *plan* on its server and return what came of it.

    Raises:
        Ended: If the server can't be reached, or lets not everybody in.

    """
    running = _Run(plan)
    agent = {"User-Agent": f"roomserver-bench/{__version__}"}
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(headers=agent, connector=connector) as http,
        AsyncExitStack() as stack,
    ):
        with _bar("connecting", plan.connections) as step:
            await running.connect(http, stack, step)
        listening = [asyncio.create_task(visitor.listen()) for visitor in running.visitors]
        with _bar("sending", plan.messages) as step:
            await running.send(step)
        await running.wait_for_the_rest()
        for task in listening:
            task.cancel()
        await asyncio.wait(listening)
    return running.outcome


@contextmanager
def _bar(label: str, length: int) -> Iterator[Step]:
    """Show a bar on a terminal; elsewhere nothing."""
    is_hidden = not sys.stderr.isatty()
    with click.progressbar(
        length=length, label=f"{label:<10}", file=sys.stderr, hidden=is_hidden
    ) as bar:
        yield bar.update
