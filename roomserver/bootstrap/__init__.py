"""The one place that knows everybody: chooses adapters, joins all, closes in reverse order."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from roomserver import __version__
from roomserver.adapters.system_clock import SystemClock
from roomserver.adapters.system_network import network_address
from roomserver.bootstrap.database import SQLITE_FILE
from roomserver.bootstrap.identity import token_reader
from roomserver.bootstrap.office import OperatorsDesk, operators_desk
from roomserver.bootstrap.server import running_server
from roomserver.config import Config
from roomserver.edge.app import build_app
from roomserver.edge.keys import Site
from roomserver.ports.clock import Clock

__all__ = [
    "SQLITE_FILE",
    "OperatorsDesk",
    "operators_desk",
    "running_app",
    "running_server",
    "token_reader",
]


@asynccontextmanager
async def running_app(
    config: Config, *, clock: Clock | None = None
) -> AsyncIterator[web.Application]:
    """
    Open what the server needs, yield the application, close it all in reverse order.

    Raises:
        CannotStart: If the database or the data folder can't be used; it says what to do.

    """
    async with running_server(config, clock=clock or SystemClock()) as server:
        site = Site(
            version=__version__,
            is_on_network=config.is_on_network,
            mode=config.auth.mode,
            has_guests=config.auth.guests,
            network_address=_network_address(config),
            allowed_origins=frozenset(config.server.allowed_origins),
            trusted_proxies=tuple(config.server.trusted_proxies),
        )
        yield build_app(server, site)


def _network_address(config: Config) -> str | None:
    if not config.is_on_network:
        return None
    host = config.server.host
    return network_address() if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared with
