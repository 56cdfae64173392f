"""What was true at which time: how far each room had been acknowledged, and what was hurt."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from tests.torture.history import Acknowledged, Healed, History, Sent, Struck

NS: Final = 1_000_000_000

GRACE_NS: Final = 6 * NS
"""How long after its healing a fault may still be felt: everything is back within 5 s."""


class Heads:
    """The highest number of each room that had been acknowledged at a time."""

    def __init__(self, history: History) -> None:
        rooms = {sent.attempt: sent.room for sent in history.of(Sent)}
        self._times: dict[int, list[int]] = defaultdict(list)
        self._heads: dict[int, list[int]] = defaultdict(list)
        for answer in sorted(history.of(Acknowledged), key=lambda answer: answer.at):
            room = rooms[answer.attempt]
            heads = self._heads[room]
            self._times[room].append(answer.at)
            heads.append(max(heads[-1], answer.seq) if heads else answer.seq)

    def at(self, room: int, time: int) -> int:
        earlier = bisect_left(self._times.get(room, []), time)
        return self._heads[room][earlier - 1] if earlier else 0


class Excuses:
    """The faults that excuse an instance's silence."""

    def __init__(self, history: History, is_one: Callable[[Struck], bool]) -> None:
        healed = {each.fault: each.at for each in history.of(Healed)}
        self._spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for struck in history.of(Struck):
            if not is_one(struck):
                continue
            end = healed[struck.fault] + GRACE_NS if struck.fault in healed else 2**63
            for instance in struck.instances:
                self._spans[instance].append((struck.at, end))

    def are_there(self, instance: int, begin: int, end: int) -> bool:
        """Say whether any fault of *instance* was felt between *begin* and *end*."""
        return any(first < end and begin < last for first, last in self._spans[instance])
