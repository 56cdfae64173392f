"""``docs/durability.md`` names every fault there is, and nothing that isn't there."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from tests.torture.controls import CONTROLS
from tests.torture.faults import faults_of
from tests.torture.pace import Pace
from tests.torture.town import Town

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "durability.md").read_text(encoding="utf-8")


def kinds(store: str) -> set[str]:
    """Return the kinds of faults of a run on this *store*, on a system that has them all."""
    line = cast("Any", object())
    instance = SimpleNamespace(number=1, name="instance 1", clients=line, database=line, redis=line)
    postgres = None if store == "sqlite" else line
    if postgres is None:
        instance.database = instance.redis = None
    town = SimpleNamespace(instances=[instance], postgres=postgres)
    return {fault.kind for fault in faults_of(cast("Town", town), Pace())}


def test_every_fault_is_named_and_nothing_else() -> None:
    named = set(re.findall(r"\*(\w[\w-]*(?: to)?(?: \w+)?: [^*]+)\*", PAGE))

    assert named == kinds("sqlite") | kinds("postgresql")


def test_every_file_that_is_named_is_there() -> None:
    files = re.findall(r"`(tests/[\w/]+\.py)`", PAGE)

    assert len(files) > 10
    assert [file for file in files if not (ROOT / file).is_file()] == []


def test_every_control_has_its_row() -> None:
    section = PAGE.partition("## A check that can't fail proves nothing")[2]
    rows = re.findall(r"^\| (?!broken)\S.*\| ([\w ,]+) \|$", section, re.MULTILINE)

    assert [row.split(", ") for row in rows] == [list(each.expected) for each in CONTROLS]
