"""The table: what was to be reached, and what was."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.contest import Spread, tidy


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table. *is_met* is None where nothing could be measured."""

    number: str
    figure: str
    target: str
    measured: str
    ratio: str = ""
    spread: str = ""
    is_met: bool | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        mark = {True: "yes", False: "**no**", None: "–"}[self.is_met]
        return (
            self.number,
            self.figure,
            self.target,
            self.measured,
            self.ratio,
            self.spread,
            mark,
        )


HEAD = ("#", "figure", "target", "measured", "ratio", "spread", "met")


def at_least(number: str, figure: str, spread: Spread, least: float, unit: str) -> Row:
    return Row(
        number=number,
        figure=figure,
        target=f"≥ {tidy(least)} {unit}",
        measured=f"{tidy(spread.median)} {unit}" if spread.values else "not measured",
        ratio=f"{spread.median / least:.2f} ×" if spread.values else "",
        spread=spread.range,
        is_met=spread.median >= least if spread.values else None,
    )


def at_most(number: str, figure: str, spread: Spread, most: float, unit: str) -> Row:
    return Row(
        number=number,
        figure=figure,
        target=f"≤ {tidy(most)} {unit}",
        measured=f"{tidy(spread.median)} {unit}" if spread.values else "not measured",
        ratio=f"{spread.median / most:.2f} ×" if spread.values else "",
        spread=spread.range,
        is_met=spread.median <= most if spread.values else None,
    )


def compared(
    number: str, figure: str, ours: Sequence[float], theirs: Sequence[float], least: float, who: str
) -> Row:
    """Compare run by run, each with the peer's run of the same round."""
    ratios = Spread(tuple(a / b for a, b in zip(ours, theirs, strict=False) if b))
    mine = Spread(tuple(ours))
    return Row(
        number=number,
        figure=figure,
        target=f"≥ {least:g} × {who}",
        measured=tidy(mine.median) if ours else "not measured",
        ratio=f"{ratios.median:.2f} ×" if ratios.values else "",
        spread=ratios.range if ratios.values else f"{who} could not be measured",
        is_met=ratios.median >= least if ratios.values else None,
    )


def beside_ws(
    number: str,
    figure: str,
    ours: Sequence[float],
    ws: Sequence[float],
    *,
    most: float = 1.0,
    unit: str = "",
) -> Row:
    """Compare with what ``ws`` needs, run by run: at most so many times as much."""
    ratios = Spread(tuple(a / b for a, b in zip(ours, ws, strict=False) if b))
    mine, theirs = Spread(tuple(ours)), Spread(tuple(ws))
    measured = f"{f'{mine.median:.3g} {unit}'.rstrip()} (ws: {theirs.median:.3g})"
    return Row(
        number=number,
        figure=figure,
        target="≤ ws" if most == 1.0 else f"≤ {most:g} × ws",
        measured=measured if ours else "not measured",
        ratio=f"{ratios.median:.2f} ×" if ratios.values else "",
        spread=ratios.range if ratios.values else "ws could not be measured",
        is_met=ratios.median <= most if ratios.values else None,
    )


def as_text(rows: Sequence[Row]) -> str:
    """Write the table for a terminal."""
    lines = [HEAD, *(row.cells for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def as_markdown(rows: Sequence[Row]) -> str:
    lines = [HEAD, ("---",) * len(HEAD), *(row.cells for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
