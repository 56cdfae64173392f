"""What handlers find in the application."""

from typing import Final

from aiohttp import web
from msgspec import Struct

from roomserver.edge.site import Patience
from roomserver.service.server import Server


class Site(Struct, frozen=True, kw_only=True):
    """What the edge has to know about the place where it stands."""

    version: str
    is_on_network: bool
    """Whether others than this machine can connect."""

    is_open: bool = True
    """Whether everybody is believed who they say they are (open mode)."""

    allowed_origins: frozenset[str] = frozenset()
    """Pages of other hosts that may connect, as ``https://chat.example.com``."""

    trusted_proxies: tuple[str, ...] = ()
    """Networks whose ``X-Forwarded-For`` is believed."""


SERVER: Final = web.AppKey("server", Server)
PATIENCE: Final = web.AppKey("patience", Patience)
SITE: Final = web.AppKey("site", Site)
