"""The server's events as a client reads them: envelopes opened, strangers left alone."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct

from roomserver.core import events

LogEntry = events.Message | events.MessageEdited | events.MessageDeleted | events.Reaction
"""What has a number: a message, or a change to one."""


class _Envelope(Struct, frozen=True):
    type: str
    data: Raw


class _Entry(Struct, frozen=True):
    type: str = events.Message.type
    seq: int = 0


_envelope: Final = msgspec.json.Decoder(_Envelope)
_entry: Final = msgspec.json.Decoder(_Entry)
_events: Final[Mapping[str, msgspec.json.Decoder[events.Event]]] = {
    kind.type: msgspec.json.Decoder(kind) for kind in events.EVENTS
}


def read_event(frame: str | bytes) -> events.Event | None:
    """Open one envelope. None if it is no event that we know: a newer server may say more."""
    try:
        envelope = _envelope.decode(frame)
        return _read(envelope.type, envelope.data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def read_entries(page: Sequence[Raw]) -> list[LogEntry]:
    """Read the entries of a page of history, and leave out those that we don't know."""
    entries = []
    for raw in page:
        try:
            entry = _read(_entry.decode(raw).type, raw)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            continue
        if isinstance(entry, LogEntry):
            entries.append(entry)
    return entries


def end_of(page: Sequence[Raw]) -> int:
    """Return the last number of a page, whatever has it; 0 if there is none."""
    try:
        return _entry.decode(page[-1]).seq if page else 0
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return 0


def _read(kind: str, data: Raw) -> events.Event | None:
    decoder = _events.get(kind)
    return None if decoder is None else decoder.decode(data)
