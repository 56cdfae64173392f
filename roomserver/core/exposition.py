"""
Prometheus' text format: what an instance measures, for whoever draws and watches it.

https://prometheus.io/docs/instrumenting/exposition_formats/
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

from msgspec import Struct

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Value(Struct, frozen=True):
    """One line: a number, under the metric's name or one with a *suffix*."""

    number: float
    labels: Mapping[str, str] = {}
    suffix: str = ""


class Metric(Struct, frozen=True):
    """What is measured. Counters only grow; a gauge is what is the case now."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    about: str
    values: Sequence[Value]


def gauge(name: str, about: str, number: float, **labels: str) -> Metric:
    return Metric(name, "gauge", about, [Value(number, labels)])


def counter(name: str, about: str, number: float) -> Metric:
    return Metric(name, "counter", about, [Value(number)])


def histogram(
    name: str, about: str, *, bounds: Sequence[float], counts: Sequence[int], total: float
) -> Metric:
    """
    Return how often something fell in each bucket. *bounds* are their upper ends.

    *counts* has one more, of what is beyond them all; *total* is the sum of what was measured.
    """
    values = []
    passed = 0
    for bound, count in zip([*map(_number, bounds), "+Inf"], counts, strict=True):
        passed += count
        values.append(Value(passed, {"le": bound}, "_bucket"))
    values += [Value(total, suffix="_sum"), Value(passed, suffix="_count")]
    return Metric(name, "histogram", about, values)


def exposition(metrics: Iterable[Metric]) -> str:
    """Write *metrics* down."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric))


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {_escaped(metric.about)}"
    yield f"# TYPE {metric.name} {metric.kind}"
    for value in metric.values:
        labels = ",".join(f'{name}="{_quoted(text)}"' for name, text in value.labels.items())
        braces = f"{{{labels}}}" if labels else ""
        yield f"{metric.name}{value.suffix}{braces} {_number(value.number)}"


def _number(number: float) -> str:
    return repr(number) if number % 1 else str(int(number))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')
