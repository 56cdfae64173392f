"""How the parts that the server leans on are doing, told to everyone when it changes."""

import logging

from roomserver.core import wire
from roomserver.service.hub import Hub

log = logging.getLogger(__name__)

_SENTENCES = {
    ("database", False): "The database does not answer. Keep what you write: it can be sent again.",
    ("database", True): "The database is back. Messages are stored again.",
    ("redis", False): "Redis does not answer. Messages are stored and delivered all the same.",
    ("redis", True): "Redis is back.",
}


class Condition:
    """Which parts fail at the moment."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._failing: set[str] = set()

    def is_ok(self, component: str) -> bool:
        return component not in self._failing

    def report(self, component: str, *, ok: bool) -> None:
        """Note how *component* is; everyone connected hears of a change, and only of a change."""
        if ok != (component in self._failing):
            return
        if ok:
            self._failing.discard(component)
            log.warning("a part is back", extra={"component": component})
        else:
            self._failing.add(component)
            log.error("a part does not answer", extra={"component": component})
        sentence = _SENTENCES[component, ok]
        self._hub.tell_everyone(
            wire.encode(wire.Degraded(component=component, ok=ok, message=sentence))
        )
