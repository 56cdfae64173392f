"""``docs/protocol.md`` names what there is, and nothing else."""

import re
from pathlib import Path

import msgspec
import pytest

from roomserver.core import commands, errors, events
from roomserver.core.errors import RoomError

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")

CLOSED_BY_AIOHTTP = {1000, 1007, 1009}
"""Close codes of RFC 6455 that the library sends by itself."""


def _section(title: str) -> str:
    match = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert match, title
    return match[1]


def _rows(section: str) -> dict[str, list[str]]:
    rows = re.findall(r"^\| (`?[\w, ]+`?) \|(.*)\|$", section, re.MULTILINE)
    return {
        name.strip("`"): [cell.strip() for cell in rest.split("|")]
        for name, rest in rows
        if name not in {"type", "code", "close code", "query", "request"}
    }


def _names(cell: str) -> set[str]:
    return set(re.findall(r"`(\w+)`", cell))


def _refusals(kind: type[RoomError] = RoomError) -> list[type[RoomError]]:
    return [kind, *(each for child in kind.__subclasses__() for each in _refusals(child))]


def test_the_commands_are_those_of_the_code_with_their_fields() -> None:
    documented = {
        name: _names(cells[0]) for name, cells in _rows(_section("Client → server")).items()
    }

    assert documented == {
        kind.__struct_config__.tag: set(kind.__struct_fields__)
        for kind in commands.Command.__subclasses__()
    }


def test_the_events_are_those_of_the_code_with_their_fields() -> None:
    documented = {
        name: _names(cells[0]) for name, cells in _rows(_section("Server → client")).items()
    }

    assert documented == {
        event.type: set(event.__struct_encode_fields__) for event in events.EVENTS
    }


def test_optional_fields_are_marked() -> None:
    for event in events.EVENTS:
        cell = _rows(_section("Server → client"))[event.type][0]

        assert set(re.findall(r"`(\w+)`\?", cell)) == {
            field.encode_name for field in msgspec.structs.fields(event) if not field.required
        }


def test_the_error_codes_are_those_of_the_code_with_their_status() -> None:
    documented = {
        name: int(cells[0])
        for name, cells in _rows(_section("Errors")).items()
        if name.isalpha() or "_" in name
    }

    assert documented == {refusal.code: refusal.http_status for refusal in _refusals()}


def test_the_close_codes_are_those_of_the_code() -> None:
    documented = {
        int(code) for name in _rows(_section("Errors")) for code in re.findall(r"\d{4}", name)
    }
    sent = {code for name, code in vars(errors).items() if name.startswith("CLOSE_")}

    assert documented == sent | CLOSED_BY_AIOHTTP


@pytest.mark.parametrize("name", sorted(events.ClientLimits.__struct_fields__))
def test_the_limits_in_connected_are_named(name: str) -> None:
    assert f"`{name}`" in _section("Server → client")
