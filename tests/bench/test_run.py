"""``make bench`` for a few seconds, to see that it works. What it measures proves nothing."""

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.bench import growth, report
from tests.bench.charts import bars
from tests.bench.contest import Results, Spread, tidy
from tests.bench.rows import Row, as_text, at_least, at_most, beside_ws, compared
from tests.bench.soak import slope_of
from tests.bench.targets import ROOT

pytestmark = pytest.mark.slow


def _itself(value: Any) -> float:
    return float(value)


@pytest.mark.real
def test_a_quick_run_measures_and_writes_it_down(tmp_path: Path) -> None:
    # Whether the zipapp can be built, other tests say.
    command = [sys.executable, "-m", "tests.bench.run", "--quick", "--from-source"]
    done = subprocess.run(
        [*command, "--peers", "none", "--only", "P3,P6", "--output", str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "acknowledged = durable, SQLite" in done.stdout
    page = (tmp_path / "benchmarks.md").read_text()
    assert "| P7 | acknowledged = durable, PostgreSQL + Redis |" in page
    raw = msgspec.json.decode((tmp_path / "benchmarks.json").read_bytes())
    assert raw["runs"]["P3"]
    assert not any(raw["failures"].values())
    ET.parse(tmp_path / "charts" / "p3.svg")  # noqa: S314 - our own


def test_a_row_says_whether_its_target_is_met() -> None:
    assert at_least("P6", "acked", Spread((50_000.0, 30_000.0, 45_000.0)), 40_000, "/s").is_met
    assert at_most("P3", "p50", Spread((3.5,)), 3.0, "ms").is_met is False
    assert at_most("P9", "page", Spread(()), 5.0, "ms").is_met is None
    row = compared("P1", "fan-out", [300.0, 100.0], [100.0, 100.0], 2.0, "ws")
    assert (row.ratio, row.spread, row.is_met) == ("2.00 ×", "1 … 3", True)
    row = beside_ws("P3", "p50", [4.0, 6.0], [4.0, 2.0], most=2.3, unit="ms")
    assert (row.target, row.measured) == ("≤ 2.3 × ws", "5 ms (ws: 3)")
    assert (row.ratio, row.is_met) == ("2.00 ×", True)
    assert beside_ws("P3", "CPU", [3.0], [2.0]).is_met is False
    unknown = Row(number="P1", figure="f", target="t", measured="not measured")
    assert as_text([unknown]).splitlines()[1].endswith("–")


def test_growth_is_counted_from_the_least_there_was() -> None:
    flat = growth._row("f", {"1": [90.0, 40.0, 41.0], "10": [30.0], "100": [80.0, 47.0, 49.0]})
    assert (flat.ratio, flat.spread, flat.is_met) == ("1.18 ×", "medians 1.20 ×", True)
    grown = growth._row("f", {"1": [40.0], "10": [50.0], "100": [40.0]})
    assert (grown.ratio, grown.is_met) == ("1.25 ×", False)
    assert growth._row("f", {"1": []}).is_met is None


def test_numbers_have_three_digits_that_count() -> None:
    assert [tidy(value) for value in (0.1234, 12.345, 1234.5, 1_234_567.0)] == [
        "0.123",
        "12.3",
        "1,230",
        "1,230,000",
    ]


def test_a_chart_is_well_formed_whatever_stands_in_it() -> None:
    svg = bars("A & B <c>", 'note "q"', {"roomserver": 3.0, "<peer>": 0.0}, ours="roomserver")

    tree = ET.fromstring(svg)  # noqa: S314 - our own

    assert len(tree.findall("{http://www.w3.org/2000/svg}rect")) == 2


def test_a_chart_shows_each_server_at_its_best_window() -> None:
    runs: Any = {"a 32": [7.0], "a 1000": [1.0, 9.0, 8.0], "b 32": [5.0], "b 1000": [3.0]}

    medians = report._medians(Results(runs=runs), _itself, [" 32", " 1000"])

    assert medians == {"a": 8.0, "b": 5.0}


def test_a_slope_is_that_of_the_line() -> None:
    assert slope_of([(0.0, 10.0), (1.0, 12.0), (2.0, 14.0)]) == pytest.approx(2.0)
    assert slope_of([(0.0, 10.0)]) == 0.0
