"""What handlers find in the application."""

from typing import Final

from aiohttp import web
from msgspec import Struct

from roomserver.edge.site import Patience
from roomserver.edge.switchboard import Switchboard
from roomserver.edge.templates import Templates
from roomserver.service.identity import Mode
from roomserver.service.server import Server


class Site(Struct, frozen=True, kw_only=True):
    """What the edge has to know about the place where it stands."""

    version: str
    is_on_network: bool
    """Whether others than this machine can connect."""

    mode: Mode = "open"
    """How people are known."""

    has_guests: bool = False
    """Whether a room's guest link lets anybody in with only a name."""

    network_address: str | None = None
    """Where others on the network find this machine, if they can connect."""

    allowed_origins: frozenset[str] = frozenset()
    """Pages of other hosts that may connect, as ``https://chat.example.com``."""

    trusted_proxies: tuple[str, ...] = ()
    """Networks whose ``X-Forwarded-For`` is believed."""

    @property
    def is_open(self) -> bool:
        """Whether everybody is believed who they say they are (open mode)."""
        return self.mode == "open"


SERVER: Final = web.AppKey("server", Server)
PATIENCE: Final = web.AppKey("patience", Patience)
SITE: Final = web.AppKey("site", Site)
SWITCHBOARD: Final = web.AppKey("switchboard", Switchboard)
TEMPLATES: Final = web.AppKey("templates", Templates)
