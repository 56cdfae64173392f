"""
A minute of torture, with one seed. ``make torture`` has more of it.

It is judged by the same checker as a long run: nothing lost, nothing twice, nothing out of order.
"""

import asyncio
from pathlib import Path

import pytest
import uvloop

from tests.torture.checker import shown
from tests.torture.history import Acknowledged, Struck
from tests.torture.nemesis import Tempo
from tests.torture.pace import Pace
from tests.torture.table import table
from tests.torture.torture import Setup, torture
from tests.torture.town import Plan

SEED = 11
TEMPO = Tempo(period_s=5.0, between_s=(1.0, 2.0), calm=0.0)
PACE = Pace(down_s_max=1.0, stopped_s_max=4.0, broken_s_max=2.0)
SENDS_PER_S = 120.0

pytestmark = [pytest.mark.slow, pytest.mark.real]


@pytest.mark.parametrize(
    ("plan", "seconds"),
    [
        pytest.param(Plan(store="sqlite", instances=1), 5.0, id="SQLite"),
        pytest.param(Plan(store="postgresql", instances=3), 20.0, id="PostgreSQL and Redis"),
    ],
)
def test_nothing_is_lost_or_doubled_or_out_of_order(
    plan: Plan, seconds: float, tmp_path: Path
) -> None:
    setup = Setup(
        seed=SEED, seconds=seconds, sends_per_s=SENDS_PER_S, plan=plan, tempo=TEMPO, pace=PACE
    )

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        history, findings = runner.run(torture(setup, tmp_path))

    assert not findings, f"{table(history, findings, plan)}\n{shown(findings)}"
    assert len(history.of(Acknowledged)) > seconds
    assert history.of(Struck)
