"""P11: what a message costs when there are many rooms, and when much has been said before."""

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
    bench.rows.append(_row("µs of CPU per message, by rooms", costs))


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
    bench.rows.append(_row("µs of CPU per message, by messages stored before", costs))


def _row(figure: str, costs: dict[str, list[float]]) -> Row:
    medians = {name: median(values) for name, values in costs.items() if values}
    # Of the least there was: what costs less where there is more hasn't grown.
    first = next(iter(medians.values()), 0.0)
    growth = max(medians.values()) / first if first else 0.0
    return Row(
        number="P11",
        figure=figure,
        target="flat within 20 %",
        measured=", ".join(f"{name}: {value:.1f}" for name, value in medians.items()),
        ratio=f"{growth:.2f} ×",
        is_met=growth <= FLAT if growth else None,
    )


def _cpu_per_message(figures: Figures) -> float:
    return figures.server_cpu_us_per_message
