"""What a client may send, and what is wrong with a frame that isn't that."""

import json
import re
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from roomserver.core.errors import InvalidEvent, InvalidJson, RoomError, UnknownType
from roomserver.core.model import INTEGER_MAX
from roomserver.core.text import CLIENT_ID_CHARS_MAX

SeqField = Annotated[int, Meta(ge=0, le=INTEGER_MAX)]
IdField = Annotated[int, Meta(ge=1, le=INTEGER_MAX)]


class Command(Struct, frozen=True, tag_field="type"):
    """What a client may send."""


class Post(Command, tag="message", frozen=True):
    content: str = ""
    client_id: str | None = None
    reply_to: IdField | None = None


class Edit(Command, tag="edit", frozen=True, kw_only=True):
    message_id: IdField
    content: str = ""
    client_id: str | None = None


class Delete(Command, tag="delete", frozen=True, kw_only=True):
    message_id: IdField
    client_id: str | None = None


class React(Command, tag="react", frozen=True, kw_only=True):
    message_id: IdField
    emoji: str
    on: bool = True
    client_id: str | None = None


class MarkRead(Command, tag="read", frozen=True):
    message_id: IdField


class Typing(Command, tag="typing", frozen=True):
    is_typing: bool


class ReadHistory(Command, tag="history", frozen=True):
    before: SeqField | None = None
    after: SeqField | None = None
    limit: Annotated[int, Meta(ge=1, le=INTEGER_MAX)] = 50


class Renew(Command, tag="token", frozen=True):
    token: str


class Ping(Command, tag="ping", frozen=True):
    pass


Change = Edit | Delete | React
AnyCommand = Post | Change | MarkRead | Typing | ReadHistory | Renew | Ping

_decoder: Final[msgspec.json.Decoder[AnyCommand]] = msgspec.json.Decoder(AnyCommand)
_AT_PATH: Final = re.compile(r" - at `\$\.?(?P<path>[^`]*)`$")


class Refused(Exception):
    """A frame that is no command: *error* says why, *client_id* is echoed if there was one."""

    def __init__(self, error: RoomError, client_id: str | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.client_id = client_id


def decode(frame: str | bytes) -> AnyCommand:
    """
    Read one client frame.

    Raises:
        Refused: If *frame* isn't JSON, isn't an object, names no known ``type``,
            or has a field that is missing or of the wrong type.

    """
    try:
        return _decoder.decode(frame)
    except msgspec.ValidationError as error:
        raise _invalid(frame, str(error)) from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise _not_json(frame, str(error)) from None
    except RecursionError:
        raise Refused(InvalidJson("The frame is nested too deeply.")) from None


def _invalid(frame: str | bytes, reason: str) -> Refused:
    try:
        document = msgspec.json.decode(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        # The decoder stops at the first thing that is wrong: behind it, this isn't even JSON.
        return _not_json(frame, str(error))
    return Refused(_explained(reason), _client_id_of(document))


def _client_id_of(document: object) -> str | None:
    client_id = document.get("client_id") if isinstance(document, dict) else None
    if isinstance(client_id, str) and len(client_id) <= CLIENT_ID_CHARS_MAX:
        return client_id if _is_whole(client_id) else None
    return None


def _explained(reason: str) -> RoomError:
    at = _AT_PATH.search(reason)
    path = at["path"] if at else ""
    sentence = _AT_PATH.sub("", reason)
    if missing := re.search(r"missing required field `(?P<name>\w+)`", reason):
        return InvalidEvent(f"{missing['name']} is missing.", field=missing["name"])
    if path == "type" and sentence.startswith("Invalid value"):
        known = ", ".join(sorted(_types_of_commands()))
        return UnknownType(f"There is no such type of event. Known are: {known}.", field="type")
    if not path:
        return InvalidEvent(f'{sentence}. Send an object: {{"type": "message", "content": "…"}}')
    return InvalidEvent(f"{path}: {sentence}.", field=path)


def _types_of_commands() -> list[str]:
    return [str(kind.__struct_config__.tag) for kind in Command.__subclasses__()]


def _not_json(frame: str | bytes, reason: str) -> Refused:
    document = _read_leniently(frame)
    fields = document if isinstance(document, dict) else {}
    for name, value in fields.items():
        if not _is_whole([name, value]):
            sentence = "A text holds half of a surrogate pair. Send whole characters."
            field = name if _is_whole(name) else None
            return Refused(InvalidEvent(sentence, field=field), _client_id_of(document))
    example = '{"type": "message", "content": "…"}'
    return Refused(InvalidJson(f"The frame is not JSON ({reason}). Send, for example: {example}"))


def _read_leniently(frame: str | bytes) -> object:
    # Python's own parser lets half a pair pass, which UTF-8 can't carry; msgspec doesn't say why.
    try:
        return json.loads(frame)
    except (ValueError, RecursionError):
        return None


def _is_whole(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except (UnicodeEncodeError, RecursionError):
        return False
    return True
