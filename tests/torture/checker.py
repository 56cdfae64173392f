"""Holds a history against the promise. Pure: the same history has always the same findings."""

from collections import Counter

from tests.torture.check_log import check_log
from tests.torture.check_readers import check_readers
from tests.torture.history import History
from tests.torture.posts import Finding

SHOWN_OF_A_KIND_MAX = 8


def check(history: History) -> list[Finding]:
    """Return every promise that *history* shows broken, each once."""
    return list(dict.fromkeys([*check_log(history), *check_readers(history)]))


def shown(findings: list[Finding]) -> str:
    """Write *findings* for a person: all kinds, and the first few of each."""
    counts = Counter(finding.kind for finding in findings)
    lines: list[str] = []
    for kind, count in counts.items():
        lines.append(f"{kind}: {count}")
        texts = [finding.text for finding in findings if finding.kind == kind]
        lines += [f"    {text}" for text in texts[:SHOWN_OF_A_KIND_MAX]]
        if count > SHOWN_OF_A_KIND_MAX:
            lines.append("    …")
    return "\n".join(lines)
