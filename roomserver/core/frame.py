"""
Server frames of RFC 6455, made once for a whole room.

A server's frames are not masked (section 5.1), so the same bytes serve everybody:
what a room hears in one tick of the loop is framed and joined once, and then
written to each member once.
"""

import struct
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

from roomserver.core.model import Seq, UserId

_FIN_TEXT: Final = 0x81
_FIN_CLOSE: Final = 0x88
_FIN_PING: Final = 0x89
_FIN_PONG: Final = 0x8A
_MEDIUM_HEAD: Final = struct.Struct("!BBH").pack
_REASON_BYTES_MAX: Final = 123
"""A control frame holds 125 bytes (section 5.5), two of which are the code."""


def text_frame(payload: bytes) -> bytes:
    """Frame *payload* as one final, unmasked text frame (RFC 6455 section 5.2)."""
    size = len(payload)
    if size < 126:
        return bytes((_FIN_TEXT, size)) + payload
    if size < 65_536:
        return _MEDIUM_HEAD(_FIN_TEXT, 126, size) + payload
    return bytes((_FIN_TEXT, 127)) + size.to_bytes(8, "big") + payload


def close_frame(code: int | None, reason: str = "") -> bytes:
    """Frame a farewell (section 5.5.1). A *reason* that is too long is cut between characters."""
    if code is None:
        return bytes((_FIN_CLOSE, 0))
    short = reason.encode()[:_REASON_BYTES_MAX].decode(errors="ignore").encode()
    body = code.to_bytes(2, "big") + short
    return bytes((_FIN_CLOSE, len(body))) + body


def ping_frame() -> bytes:
    """Frame a question for a sign of life (section 5.5.2)."""
    return bytes((_FIN_PING, 0))


def pong_frame(payload: bytes) -> bytes:
    """Frame the answer to a ping, which is what the ping held (section 5.5.3)."""
    return bytes((_FIN_PONG, len(payload))) + payload


class Parcel(Struct, frozen=True):
    """One payload on its way to a room, and who it is for."""

    payload: bytes
    seq: Seq | None = None
    """The entry's place in the log; None for a signal (presence, typing), which may be lost."""

    not_for: UserId | None = None
    """A person who isn't told, on any of their connections: the one that it is about."""


class Bundle:
    """Parcels that leave together. Their frames are made once, however many members get them."""

    __slots__ = ("_entries_only", "_frames", "excluded", "first_seq", "parcels")

    def __init__(self, parcels: Sequence[Parcel]) -> None:
        self.parcels = parcels
        self.excluded = frozenset([p.not_for for p in parcels if p.not_for is not None])
        """Those who must get :meth:`for_user` instead of the whole."""

        self.first_seq = min([p.seq for p in parcels if p.seq is not None], default=None)
        """The lowest number among the entries, None if there are only signals."""

        self._frames: bytes | None = None
        self._entries_only: Bundle | None = None

    @classmethod
    def of(cls, *payloads: bytes) -> "Bundle":
        return cls([Parcel(payload) for payload in payloads])

    @property
    def payloads(self) -> Iterable[bytes]:
        return (parcel.payload for parcel in self.parcels)

    @property
    def frames(self) -> bytes:
        if self._frames is None:
            self._frames = b"".join([text_frame(parcel.payload) for parcel in self.parcels])
        return self._frames

    @property
    def entries_only(self) -> "Bundle":
        """The part that must not be lost, for a reader who can't keep up with the rest."""
        if self._entries_only is None:
            self._entries_only = Bundle([p for p in self.parcels if p.seq is not None])
        return self._entries_only

    def for_user(self, user_id: UserId) -> "Bundle":
        return Bundle([parcel for parcel in self.parcels if parcel.not_for != user_id])

    def after(self, seq: Seq) -> "Bundle":
        """Leave out the entries that a reader at *seq* already has."""
        return Bundle([p for p in self.parcels if p.seq is None or p.seq > seq])
