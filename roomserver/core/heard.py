"""The server's events as a client reads them: envelopes opened, strangers left alone."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Raw, Struct

from roomserver.core import wire


class _Envelope(Struct, frozen=True):
    type: str
    data: Raw


_decoder: Final = msgspec.json.Decoder(_Envelope)
_message_decoder: Final = msgspec.json.Decoder(wire.Message)
_events: Final[Mapping[str, msgspec.json.Decoder[wire.Event]]] = {
    kind.type: msgspec.json.Decoder(kind) for kind in wire.EVENTS
}


def read_event(frame: str | bytes) -> wire.Event | None:
    """Open one envelope. None if it is no event that we know: a newer server may say more."""
    try:
        envelope = _decoder.decode(frame)
        decoder = _events.get(envelope.type)
        return None if decoder is None else decoder.decode(envelope.data)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None


def read_messages(page: Sequence[Raw]) -> list[wire.Message]:
    """Read the messages of a page of history, and leave out what is none."""
    messages = []
    for raw in page:
        try:
            messages.append(_message_decoder.decode(raw))
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            continue
    return messages
