"""``docs/security.md``: every promise has a test, and every limit is a setting."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
TESTS = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)


@pytest.mark.parametrize(("path", "name"), TESTS)
def test_the_test_of_a_promise_is_there(path: str, name: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")

    assert not name or re.search(rf"def {name}\(", text)


def test_every_line_of_the_table_names_a_test() -> None:
    table = PAGE.partition("| promise | test |")[2].partition("\n\n")[0]
    rows = [line for line in table.splitlines() if line.startswith("| ") and "---" not in line]

    assert len(rows) > 50
    assert [row for row in rows if "::test_" not in row] == []
