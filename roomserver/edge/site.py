"""
Where connections are accepted, and how long one may say nothing.

aiohttp waits for ever for the head of a connection's first request. Whoever has not asked
for anything within a few seconds, slowly or not at all, is cut off here.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Final, cast

from aiohttp import web

from roomserver.edge.addresses import counted_as, is_in, read_address

REQUEST_S_MAX: Final = 10.0
"""How long a new connection may take until its first request is there, head and all."""

LATE_S_MAX: Final = 0.25
"""A timer that comes later than this says that the server is behind, and not its clients."""

SWEEP_AFTER_MIN: Final = 256
SWEEP_AFTER_MAX: Final = 4_096
"""After as many new connections as are there, within these bounds, those that have ended are
forgotten: each takes half a KiB until then, and a look at all of them its time."""

BACKLOG: Final = 4_096
"""Connections that may wait to be accepted when everybody comes back at once."""


class Patience:
    """Knows which connections have not asked for anything yet."""

    def __init__(self) -> None:
        self._silent: dict[asyncio.BaseProtocol, asyncio.TimerHandle] = {}

    def watch(self, protocol: asyncio.BaseProtocol) -> None:
        """Begin to wait for the first request of a new connection."""
        loop = asyncio.get_running_loop()
        self._silent[protocol] = loop.call_later(REQUEST_S_MAX, self._cut_off, protocol)

    def heard(self, request: web.BaseRequest) -> None:
        """Note that a request has come."""
        if timer := self._silent.pop(request.protocol, None):
            timer.cancel()

    def _cut_off(self, protocol: asyncio.BaseProtocol) -> None:
        timer = self._silent.pop(protocol)
        if asyncio.get_running_loop().time() - timer.when() > LATE_S_MAX:
            # Everybody comes back at once: what they ask may be here, and not been read yet.
            self.watch(protocol)
            return
        transport = getattr(protocol, "transport", None)
        if transport is not None:
            transport.abort()


class Crowd:
    """
    Knows how many connections each address has, whatever they are for.

    Proxies have as many as they like: what comes through them is counted by request.
    """

    def __init__(self, per_address_max: int, proxies: Sequence[str] = ()) -> None:
        self._per_address_max = per_address_max
        self._proxies = proxies
        self._there: dict[str, set[asyncio.BaseTransport]] = {}
        self._until_sweep = SWEEP_AFTER_MIN

    def __len__(self) -> int:
        return sum(map(len, self._there.values()))

    def takes_in(self, transport: asyncio.BaseTransport) -> bool:
        """Count a new connection, unless its address has as many as it may have."""
        peer = transport.get_extra_info("peername")
        address = read_address(str(peer[0])) if isinstance(peer, tuple) else None
        if address is None or is_in(address, self._proxies):
            return True
        source = counted_as(address)
        if len(self._there.get(source, ())) >= self._per_address_max:
            self._sweep([source])
        there = self._there.setdefault(source, set())
        if len(there) >= self._per_address_max:
            return False
        there.add(transport)
        self._until_sweep -= 1
        if self._until_sweep == 0:
            self._sweep(list(self._there))
            self._until_sweep = min(max(len(self), SWEEP_AFTER_MIN), SWEEP_AFTER_MAX)
        return True

    def _sweep(self, sources: Iterable[str]) -> None:
        # Nobody tells when a connection ends, so it is looked at now and then.
        for source in sources:
            there = {each for each in self._there[source] if not each.is_closing()}
            if there:
                self._there[source] = there
            else:
                del self._there[source]


class PatientSite(web.BaseSite):
    """A TCP address that an application is served at."""

    def __init__(
        self,
        runner: web.AppRunner,
        patience: Patience,
        crowd: Crowd,
        *,
        address: tuple[str, int],
        is_shared: bool,
    ) -> None:
        super().__init__(runner)
        self._patience = patience
        self._crowd = crowd
        self._host, self._port = address
        self._is_shared = is_shared

    @property
    def name(self) -> str:
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        """
        Begin to accept connections.

        Raises:
            OSError: If the address can't be had.

        """
        await super().start()
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Gate(self._crowd, self._accept),
            self._host,
            self._port,
            backlog=BACKLOG,
            reuse_port=self._is_shared or None,
        )

    def _accept(self) -> asyncio.Protocol:
        server = self._runner.server
        assert server is not None, "the runner has been set up"
        protocol = server()
        self._patience.watch(protocol)
        return protocol


class _Gate(asyncio.Protocol):
    """Stands where a connection comes in, until it is clear whether it may."""

    def __init__(self, crowd: Crowd, accept: Callable[[], asyncio.Protocol]) -> None:
        self._crowd = crowd
        self._accept = accept

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        line = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class
        if not self._crowd.takes_in(line):
            line.abort()
            return
        protocol = self._accept()
        line.set_protocol(protocol)
        protocol.connection_made(line)
