"""
The WebSocket interface as AsyncAPI.

https://www.asyncapi.com/docs/reference/specification/v3.0.0

What the server receives are the commands of the code, what it sends are the events.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from roomserver.core import commands, events
from roomserver.core.events import EVENTS, Event
from roomserver.edge.description.examples import COMMAND_EXAMPLES, EVENT_EXAMPLES
from roomserver.edge.description.operations import PATH, QUERY
from roomserver.edge.description.schemas import Json, components_of, reference

ASYNCAPI: Final = "3.0.0"

QUERY_NAMES: Final = ("user_id", "username", "token", "since", "epoch", "history", "format")

_ROOM: Final = "#/channels/room"
_FOLLOWED: Final = (
    events.Following,
    events.Message,
    events.MessageEdited,
    events.MessageDeleted,
    events.Reaction,
    events.Draining,
    events.Error,
)
"""What somebody hears who follows a room over HTTP."""


def asyncapi(*, version: str, host: str, is_secure: bool) -> Json:
    """Describe the WebSocket, and the log as Server-Sent Events, of the server at *host*."""
    received, sent = _received(), _sent()
    scheme = "s" if is_secure else ""
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "roomserver",
            "version": version,
            "description": "JSON text frames. A client sends flat objects, the server envelopes:"
            " type and data. Ignore fields and types that you don't know.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "websocket": {"host": host, "protocol": f"ws{scheme}"},
            "http": {"host": host, "protocol": f"http{scheme}"},
        },
        "channels": {
            "room": {
                "address": "/ws/{room}",
                "title": "A room",
                "servers": [{"$ref": "#/servers/websocket"}],
                "parameters": {"room": {"description": PATH["room"][1]}},
                "messages": _references([*received, *sent]),
                "bindings": {"ws": {"method": "GET", "query": _query()}},
            },
            "events": {
                "address": "/api/v1/rooms/{room}/events",
                "title": "A room's log, as Server-Sent Events",
                "servers": [{"$ref": "#/servers/http"}],
                "parameters": {"room": {"description": PATH["room"][1]}},
                "messages": _references([_name("server", kind.type) for kind in _FOLLOWED]),
            },
        },
        "operations": {
            "receive": {
                "action": "receive",
                "channel": {"$ref": _ROOM},
                "messages": [{"$ref": f"{_ROOM}/messages/{name}"} for name in received],
            },
            "send": {
                "action": "send",
                "channel": {"$ref": _ROOM},
                "messages": [{"$ref": f"{_ROOM}/messages/{name}"} for name in sent],
            },
            "follow": {"action": "send", "channel": {"$ref": "#/channels/events"}},
        },
        "components": {
            "messages": {**received, **sent},
            "schemas": components_of([*commands.Command.__subclasses__(), *EVENTS]),
        },
    }


def _received() -> Mapping[str, Json]:
    found = {}
    for kind in commands.Command.__subclasses__():
        word = str(kind.__struct_config__.tag)
        found[_name("client", word)] = {
            "name": word,
            "title": f"{word}, from a client",
            "payload": reference(kind),
            "examples": [{"payload": _builtins(COMMAND_EXAMPLES[kind])}],
        }
    return found


def _sent() -> Mapping[str, Json]:
    return {
        _name("server", kind.type): {
            "name": kind.type,
            "title": f"{kind.type}, from the server",
            "payload": _envelope(kind),
            "examples": [{"payload": {"type": kind.type, "data": _builtins(EVENT_EXAMPLES[kind])}}],
        }
        for kind in EVENTS
    }


def _envelope(kind: type[Event]) -> Json:
    return {
        "type": "object",
        "properties": {"type": {"const": kind.type}, "data": reference(kind)},
        "required": ["type", "data"],
    }


def _name(end: str, word: str) -> str:
    return f"{end}.{word}"


def _references(names: Iterable[str]) -> Json:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in names}


def _query() -> Json:
    properties = {name: {**QUERY[name][0], "description": QUERY[name][1]} for name in QUERY_NAMES}
    return {"type": "object", "properties": properties}


def _builtins(value: object) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))
