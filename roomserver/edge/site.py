"""
Where connections are accepted, and how long one may say nothing.

aiohttp waits for ever for the head of a connection's first request. Whoever has not asked
for anything within a few seconds, slowly or not at all, is cut off here.
"""

import asyncio
from typing import Final

from aiohttp import web

REQUEST_S_MAX: Final = 10.0
"""How long a new connection may take until its first request is there, head and all."""

LATE_S_MAX: Final = 0.25
"""A timer that comes later than this says that the server is behind, and not its clients."""

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


class PatientSite(web.BaseSite):
    """A TCP address that an application is served at."""

    def __init__(
        self,
        runner: web.AppRunner,
        patience: Patience,
        *,
        host: str,
        port: int,
        is_shared: bool,
    ) -> None:
        super().__init__(runner)
        self._patience = patience
        self._host = host
        self._port = port
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
            self._accept,
            self._host,
            self._port,
            backlog=BACKLOG,
            reuse_port=self._is_shared or None,
        )

    def _accept(self) -> asyncio.BaseProtocol:
        server = self._runner.server
        assert server is not None, "the runner has been set up"
        protocol = server()
        self._patience.watch(protocol)
        return protocol
