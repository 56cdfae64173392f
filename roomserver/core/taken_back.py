"""
What was deleted is not told again, whatever a cache still has of it: nor where it was quoted.

A copy of a log that was read before a message was deleted, and kept after that, has the
deletion in it like everything else: so it can be put right by itself.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from roomserver.core.events import Message, MessageDeleted, MessageEdited
from roomserver.core.model import Record


def without_deleted(records: Sequence[Record]) -> Sequence[Record]:
    """Return *records* without the texts of messages that are deleted further on."""
    deleted = {
        _change.decode(record.json).message_id
        for record in records
        if record.type == MessageDeleted.type
    }
    return [_without_text(record, deleted) for record in records] if deleted else records


def _without_text(record: Record, deleted: set[int]) -> Record:
    if record.type == Message.type:
        return _message_without_text(record, deleted)
    if record.type == MessageEdited.type and _change.decode(record.json).message_id in deleted:
        edit = msgspec.structs.replace(_edit.decode(record.json), content="", mentions=None)
        return Record(record.seq, _encoder.encode(edit), record.type)
    return record


def _message_without_text(record: Record, deleted: set[int]) -> Record:
    known = _message.decode(record.json)
    if known.id not in deleted and known.reply_to not in deleted:
        return record
    message = _whole.decode(record.json)
    if known.id in deleted:
        message = msgspec.structs.replace(message, content="", deleted=True, mentions=None)
    if known.reply_to in deleted and message.quote is not None:
        quote = msgspec.structs.replace(message.quote, content="", deleted=True)
        message = msgspec.structs.replace(message, quote=quote)
    return Record(record.seq, _encoder.encode(message), record.type)


class _Message(Struct):
    id: int
    reply_to: int | None = None


class _Change(Struct):
    message_id: int


_encoder: Final = msgspec.json.Encoder()
_message: Final = msgspec.json.Decoder(_Message)
_change: Final = msgspec.json.Decoder(_Change)
_whole: Final = msgspec.json.Decoder(Message)
_edit: Final = msgspec.json.Decoder(MessageEdited)
