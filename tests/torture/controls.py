"""
The test of the test: break what the promise stands on, and see each run turn red.

    python -m tests.torture.controls [NAME …]
"""

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvloop

from tests.torture.nemesis import Tempo
from tests.torture.pace import Pace
from tests.torture.torture import Setup, torture
from tests.torture.town import Plan

SECONDS: Final = 15.0
ATTEMPTS: Final = 5
TEMPO: Final = Tempo(period_s=5.0, between_s=(2.0, 3.0), calm=0.0)
PACE: Final = Pace(down_s_max=0.5, stopped_s_max=3.0, broken_s_max=3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """Something to break, and what has to be found because of it."""

    sabotage: str
    expected: Sequence[str]
    only: Sequence[str] = ()
    instances: int = 1


CONTROLS: Final = (
    Control(sabotage="asynchronous-commit", expected=["LOST"], only=["database: all killed"]),
    Control(sabotage="early-acknowledgement", expected=["LOST"], only=["instance: killed"]),
    Control(sabotage="numbers-from-a-sequence", expected=["gap"], only=["instance: killed"]),
    Control(sabotage="no-deduplication", expected=["duplicate"]),
    Control(
        sabotage="dropped-publications",
        expected=["session gap", "not converged"],
        instances=2,
    ),
    Control(sabotage="history-before-registering", expected=["session gap"]),
    Control(
        sabotage="cache-without-head-check",
        expected=["stale read"],
        only=["redis: old dump restored", "redis: hung"],
    ),
)


def main() -> None:
    """Run the controls that are named, or all; exit with 1 unless each is found out."""
    wanted = sys.argv[1:] or [control.sabotage for control in CONTROLS]
    missed = [c.sabotage for c in CONTROLS if c.sabotage in wanted and not _is_found_out(c)]
    if missed:
        sys.exit(f"not found out: {', '.join(missed)}")


def _is_found_out(control: Control) -> bool:
    for attempt in range(1, ATTEMPTS + 1):
        kinds = _kinds_found(control, seed=attempt)
        is_found = any(kinds[kind] for kind in control.expected)
        found = ", ".join(f"{kind} {count}" for kind, count in kinds.items()) or "nothing"
        verdict = "found out" if is_found else "NOT found out"
        print(f"{control.sabotage}: {verdict}, attempt {attempt}: {found}", flush=True)  # noqa: T201
        if is_found:
            return True
    return False


def _kinds_found(control: Control, *, seed: int) -> Counter[str]:
    setup = Setup(
        seed=seed,
        seconds=SECONDS,
        plan=Plan(instances=control.instances, sabotage=control.sabotage),
        tempo=TEMPO,
        pace=PACE,
        only=control.only,
    )
    with (
        tempfile.TemporaryDirectory(prefix="rs-torture-") as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        _history, findings = runner.run(torture(setup, Path(folder)))
    return Counter(finding.kind for finding in findings)


if __name__ == "__main__":
    main()
