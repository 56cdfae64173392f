"""``POST /api/v1/rooms/{room}/messages``: say something without a socket."""

from typing import Annotated, Final

from aiohttp import web
from msgspec import Meta, Struct

from roomserver.core import commands, wire
from roomserver.core.errors import InvalidEvent, ShuttingDown
from roomserver.core.model import INTEGER_MAX
from roomserver.edge.access import caller_and_room
from roomserver.edge.body import body_as, body_of, json_answer
from roomserver.edge.caller import source_of
from roomserver.edge.keys import SERVER
from roomserver.service.rights import Stay
from roomserver.service.writer import Awaited, Writer

KEY: Final = "Idempotency-Key"
"""The header that makes a retry safe; it is the message's ``client_id``."""

EXAMPLE: Final = '{"content": "Deploy done"}'


class NewMessage(Struct, frozen=True, kw_only=True):
    """The body of ``POST …/messages``, if it is JSON."""

    content: str = ""
    client_id: str | None = None
    reply_to: Annotated[int, Meta(ge=1, le=INTEGER_MAX)] | None = None


async def post_message(request: web.Request) -> web.Response:
    """``POST …/messages``: say something, as text or in JSON. Answered when it is on disk."""
    caller, room_id = await caller_and_room(request)
    server = request.app[SERVER]
    command = await _command(request)
    if not server.admission.is_open:
        raise ShuttingDown
    stay = Stay(room_id, caller, await server.rights.standing(room_id, caller))
    stay.address = source_of(request)
    author = Awaited()
    await Writer(room_id, stay, server.visits).post(command, author)
    receipt = await author.receipt()
    return json_answer(wire.receipt_of(receipt.entry, command.client_id), status=201)


async def _command(request: web.Request) -> commands.Post:
    key = _key_of(request)
    if request.content_type.endswith("json"):
        message = await body_as(request, NewMessage, example=EXAMPLE)
    elif request.content_type.startswith("multipart/"):
        raise InvalidEvent(f"Send the message as text, or as JSON: {EXAMPLE}", field="Content-Type")
    else:
        # Whatever curl says that it is: nobody fills in a form here.
        message = NewMessage(content=_text(await body_of(request)))
    if key is not None and message.client_id not in (None, key):
        raise InvalidEvent(f"{KEY} and client_id are two names of one thing: send one.", field=KEY)
    # An empty key is refused like an empty client_id: taken for none, a retry would be doubled.
    return commands.Post(
        content=message.content,
        client_id=message.client_id if key is None else key,
        reply_to=message.reply_to,
    )


def _key_of(request: web.Request) -> str | None:
    key = request.headers.get(KEY)
    if key is not None and len(key) > 1 and key[0] == key[-1] == '"':
        # A structured header's string (RFC 8941), as the draft of this header wants it.
        return key[1:-1]
    return key


def _text(body: bytes) -> str:
    try:
        # A program ends its output with a line break, which is no part of what it says.
        return body.decode().rstrip("\r\n")
    except UnicodeDecodeError:
        raise InvalidEvent("The body is not UTF-8.", field="content") from None
