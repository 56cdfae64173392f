"""The line below the input: where one is, how the connection is, who is here and who types."""

from collections.abc import Sequence
from typing import Final

from roomserver.cli.chat.session import Session, State
from roomserver.core.text import without_controls

NAMES_MAX: Final = 5
"""More don't fit beside the rest on a terminal of 80 columns; ``/who`` names them all."""


def status(session: Session) -> str:
    """Say how things stand, the most important first: a narrow terminal cuts the end off."""
    room = session.room
    parts = [room.name]
    if session.state is not State.OPEN:
        parts.append(session.state.value)
    if unsent := len(session.outbox):
        parts.append(f"{unsent} not sent yet")
    if typing := room.people.typing:
        parts.append(f"{_listed(typing)} {'is' if len(typing) == 1 else 'are'} typing")
    if session.state is State.OPEN:
        parts.append(f"here: {_listed([user.username for user in room.people.here])}")
    return without_controls("  ·  ".join(part for part in parts if part))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMES_MAX:,} more" if len(names) > NAMES_MAX else ""
    return ", ".join(names[:NAMES_MAX]) + more
