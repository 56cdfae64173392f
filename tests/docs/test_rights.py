"""``docs/rights.md`` shows the policy's table, and not another one."""

from pathlib import Path

from roomserver.core.model import Role
from roomserver.core.policy import TABLE

PAGE = (Path(__file__).parents[2] / "docs" / "rights.md").read_text(encoding="utf-8")

WORDS = {
    "opna": "yes",
    "opn": "yes, unless archived",
    "op": "yes, unless announce-only or archived",
    "": "–",
}


def test_the_table_is_the_policys() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line]

    assert rows == [
        f"| | {' | '.join(Role)} |",
        *(
            f"| {action} | {' | '.join(WORDS[cells[role]] for role in Role)} |"
            for action, cells in TABLE.items()
        ),
    ]
