"""How the parts that the server leans on are doing, told to everyone when it changes."""

import logging
from collections import defaultdict

from roomserver.core import events, wire
from roomserver.service.hub import Hub

log = logging.getLogger(__name__)

_SENTENCES = {
    ("database", False): "The database does not answer. Keep what you write: it can be sent again.",
    ("database", True): "The database is back. Messages are stored again.",
    ("redis", False): "Redis does not answer. Messages are stored and delivered all the same.",
    ("redis", True): "Redis is back.",
}


class Condition:
    """Which components fail at the moment, and in whose eyes."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._failing: dict[str, set[str]] = defaultdict(set)

    def is_ok(self, component: str) -> bool:
        return not self._failing[component]

    def report(self, component: str, *, ok: bool, witness: str = "") -> None:
        """
        Note how *component* is, as *witness* sees it; it is well when all of them say so.

        Everyone connected hears of a change, and only of a change.
        """
        was_ok = self.is_ok(component)
        if ok:
            self._failing[component].discard(witness)
        else:
            self._failing[component].add(witness)
        if was_ok != self.is_ok(component):
            self._tell(component, ok=ok)

    def _tell(self, component: str, *, ok: bool) -> None:
        if ok:
            log.warning("a component is back", extra={"component": component})
        else:
            log.error("a component does not answer", extra={"component": component})
        sentence = _SENTENCES[component, ok]
        self._hub.tell_everyone(
            wire.encode(events.Degraded(component=component, ok=ok, message=sentence))
        )
