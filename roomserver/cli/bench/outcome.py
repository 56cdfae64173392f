"""What came of a load, and how it is told."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from roomserver.cli.bench.plan import Plan

OWN_CPU_MAX: Final = 0.8
"""Above it this client may well have been slower than the server."""


class Outcome:
    """Counts and times of one run. Times are in seconds."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.ready_s: list[float] = []
        """How long each connection took until it was in its room."""

        self.acknowledged_s: list[float] = []
        self.delivered_s: list[float] = []
        self.sent = 0
        self.expected = 0
        """Deliveries: for each message that was sent, one to everybody in its room."""

        self.sending_s = 0.0
        self.out_of_order = 0
        self.refused = 0
        """Messages that the server did not take."""

        self.refusals: Counter[str] = Counter()
        self.endings: Counter[str] = Counter()
        self.own_cpu = 0.0
        """Of one core, how much this client needed while it sent."""

    @property
    def is_wrong(self) -> bool:
        return bool(self.complaints())

    @property
    def unstored(self) -> int:
        """Messages that were neither acknowledged nor refused."""
        return self.sent - self.refused - len(self.acknowledged_s)

    @property
    def missing(self) -> int:
        return self.expected - len(self.delivered_s)

    def lines(self) -> Sequence[str]:
        """Tell the figures."""
        per_s = self.sending_s or 1.0
        acknowledged, delivered = len(self.acknowledged_s), len(self.delivered_s)
        figures = {
            "connections": f"{len(self.ready_s):,} of {self.plan.connections:,}",
            "sent": f"{self.sent:,} messages, {self.sent / per_s:,.1f}/s",
            "acknowledged": f"{acknowledged:,} messages as stored",
            "delivered": f"{delivered:,} of {self.expected:,}, {delivered / per_s:,.1f}/s",
        }
        times = {
            "connections": self.ready_s,
            "acknowledged": self.acknowledged_s,
            "delivered": self.delivered_s,
        }
        lines = [
            f"{name:<14} {figure}{_times(times.get(name, ()))}" for name, figure in figures.items()
        ]
        return [*lines, *self._doubts()]

    def complaints(self) -> Sequence[str]:
        """Say what was not as it should be, a sentence each."""
        return [
            *([f"{self.unstored:,} messages were not acknowledged."] if self.unstored else []),
            *([f"{self.missing:,} deliveries did not arrive."] if self.missing else []),
            *([f"{self.out_of_order:,} came twice or out of order."] if self.out_of_order else []),
            *(f"Refused {count:,} times: {why}" for why, count in self.refusals.most_common()),
            *(f"{count:,} connections ended: {why}" for why, count in self.endings.most_common()),
        ]

    def _doubts(self) -> Sequence[str]:
        if self.own_cpu < OWN_CPU_MAX:
            return []
        sentence = (
            f"This client needed {self.own_cpu:.0%} of a core: the figures are rather its own "
            "than the server's. Try fewer connections, or several clients."
        )
        return [sentence]


def _times(values_s: Sequence[float]) -> str:
    if not values_s:
        return ""
    in_order = sorted(values_s)
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
    told = [f"{name} {percentile(in_order, share) * 1000:.1f}" for name, share in shares.items()]
    return f" (ms: {', '.join(told)}, max {in_order[-1] * 1000:.1f})"


def percentile(in_order: Sequence[float], share: float) -> float:
    """Return the least value that *share* (0 … 1) of the sorted values don't exceed."""
    return in_order[min(len(in_order) - 1, int(share * len(in_order)))]
