"""Whoever watches the room: a screen, or the end of a pipe."""

from collections.abc import Sequence
from typing import Protocol

from roomserver.core.plain import Line


class Audience(Protocol):
    def show(self, lines: Sequence[Line]) -> None:
        """Print *lines* below what is there."""
        ...

    def refresh(self) -> None:
        """Look again at the session: somebody came, went, types, or the connection changed."""
        ...
