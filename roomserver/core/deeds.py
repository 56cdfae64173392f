"""What somebody decides about a room or a person in it, and how that is kept."""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from roomserver.core.errors import InvalidEvent
from roomserver.core.model import RoomId, User
from roomserver.core.revoked import Revoked

REASON_CHARS_MAX: Final = 200

Fact = str | int | bool | None
Facts = Mapping[str, Fact]


class Decision(Struct, frozen=True, kw_only=True):
    """Who decides what, about whom; what changes with it, and whose stay it ends."""

    room_id: RoomId
    actor: User
    deed: str
    """A word for it: ``ban``, ``set_role``, …"""

    target: User | None = None
    grant: Facts = {}
    """What changes of the target's :class:`~roomserver.core.model.Grant`, by its fields."""

    state: Facts = {}
    """What changes of the room's :class:`~roomserver.core.model.RoomState`, by its fields."""

    facts: Facts = {}
    """What changes of the :class:`~roomserver.core.model.Room` itself, by its fields."""

    details: Facts = {}
    revoked: Sequence[Revoked] = ()

    def with_(self, *, details: Facts, revoked: Sequence[Revoked]) -> "Decision":
        return replace(self, details=details, revoked=revoked)


class Noted(Struct, frozen=True, kw_only=True):
    """A decision in the audit log."""

    id: int
    at_ms: int
    actor: User
    deed: str
    target: User | None
    details: Facts


class Invitation(Struct, frozen=True, kw_only=True):
    """A link that lets people into a room. Its secret is kept as a hash only."""

    id: int
    room_id: RoomId
    role: str
    maker: User
    created_at_ms: int
    expires_at_ms: int
    uses: int
    uses_max: int

    def as_(self, role: str) -> "Invitation":
        return replace(self, role=role)


def check_reason(reason: str) -> str:
    """
    Return why something was decided, on one line; it may be empty.

    Raises:
        InvalidEvent: If it is too long or holds characters that can't be printed.

    """
    tidy = " ".join(reason.split())
    if not tidy.isprintable() or len(tidy) > REASON_CHARS_MAX:
        raise InvalidEvent(
            f"reason may have {REASON_CHARS_MAX} visible characters.", field="reason"
        )
    return tidy
