"""The structs of the code as JSON Schema, with what their types can't say."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from roomserver.core import events
from roomserver.core.errors import RoomError

REF: Final = "#/components/schemas/"

ENTRIES: Final = (
    events.Message,
    events.MessageEdited,
    events.MessageDeleted,
    events.Reaction,
)

Json = dict[str, Any]


def components_of(kinds: Iterable[type]) -> Json:
    """Return the schemas of *kinds*, of the log's entries, and of all that they consist of."""
    _refs, components = msgspec.json.schema_components(
        [*dict.fromkeys((*ENTRIES, events.Error, *kinds))], ref_template=REF + "{name}"
    )
    found: Json = {_short(name): schema for name, schema in sorted(components.items())}
    found["Entry"] = {
        "description": "What changes a room for good, with its place in the log.",
        "anyOf": [reference(kind) for kind in ENTRIES],
    }
    for schema in found.values():
        _fill_in(schema)
    found["Error"]["properties"]["code"]["enum"] = sorted(codes())
    return found


def reference(kind: type) -> Json:
    """Point to the schema of *kind*."""
    if kind.__name__ == "NewInvitation":  # There are two.
        return {"$ref": f"{REF}{kind.__module__.rpartition('.')[2]}.{kind.__name__}"}
    return {"$ref": REF + kind.__name__}


def codes(kind: type[RoomError] = RoomError) -> dict[str, int]:
    """Return the code of every refusal with its HTTP status."""
    found = {kind.code: kind.http_status}
    for child in kind.__subclasses__():
        found |= codes(child)
    return found


def _short(name: str) -> str:
    return ".".join(name.split(".")[-2:])


def _fill_in(node: Any) -> None:
    """Say that entries, which are encoded already and so have no type in the code, are some."""
    if isinstance(node, list):
        for each in node:
            _fill_in(each)
    elif isinstance(node, dict):
        if node.get("type") == "array" and node.get("items") == {}:
            node["items"] = {"$ref": REF + "Entry"}
        if isinstance(node.get("$ref"), str):
            node["$ref"] = REF + _short(node["$ref"].removeprefix(REF))
        for each in node.values():
            _fill_in(each)
