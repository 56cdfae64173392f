"""P11: what a message costs when there are many rooms, and when much has been said before."""

from collections.abc import Sequence
from statistics import median

from tests.bench import shapes
from tests.bench.contest import Opened, say
from tests.bench.filling import fill_sqlite
from tests.bench.generator import Figures
from tests.bench.measures import Bench
from tests.bench.rows import Row
from tests.bench.targets import Product

FLAT = 1.2


async def p11_growth(bench: Bench) -> None:
    await _more_rooms(bench)
    await _more_messages(bench)


async def _more_rooms(bench: Bench) -> None:
    loads = {str(count): shapes.many_rooms(bench.scale, count) for count in bench.scale.rooms}
    results = await bench.contest("P11 rooms", {"": bench.on_sqlite().running}, loads)
    costs = {count: results.values(count, _cpu_per_message) for count in loads}
    bench.rows.append(_row("µs of CPU per message, by rooms: least of the rounds", costs))


async def _more_messages(bench: Bench) -> None:
    loads = {"": shapes.acknowledged(bench.scale)}
    contenders: dict[str, Opened] = {}
    for count in bench.scale.stored:
        data = bench.folder / f"stored-{count}"
        product = Product(folder=bench.folder, app=bench.app, prepared=data)
        # The rooms are made by being entered.
        await bench.contest(f"P11 rooms for {count:,}", {"": product.running}, loads, rounds=1)
        if count:
            say(f"P11: writing {count:,} messages into SQLite")
            fill_sqlite(data, count, rooms=50)
        contenders[f"{count:,}"] = product.running
    # Those who come see what was said last, which no load of this run has sent.
    late = ["--path", f"{shapes.PATH}&history=0"]
    results = await bench.contest("P11 stored", contenders, {"": [*loads[""], *late]})
    costs = {name: results.values(name, _cpu_per_message) for name in contenders}
    bench.rows.append(_row("the same, by messages stored before", costs))


def _row(figure: str, costs: dict[str, list[float]]) -> Row:
    # The least of the rounds: the work is the same in each, and what else the machine does only
    # adds to it. Half as much again for some seconds, on a core that shares its other thread with
    # strangers, says nothing of a table's size.
    least = {name: min(values) for name, values in costs.items() if values}
    growth = _growth(list(least.values()))
    of_medians = _growth([median(values) for values in costs.values() if values])
    return Row(
        number="P11",
        figure=figure,
        target="flat within 20 %",
        measured=", ".join(f"{name}: {value:.1f}" for name, value in least.items()),
        ratio=f"{growth:.2f} ×",
        spread=f"medians {of_medians:.2f} ×",
        is_met=growth <= FLAT if growth else None,
    )


def _growth(costs: Sequence[float]) -> float:
    # Of the smallest there was: what costs less where there is more hasn't grown.
    return max(costs) / costs[0] if costs and costs[0] else 0.0


def _cpu_per_message(figures: Figures) -> float:
    return figures.server_cpu_us_per_message
