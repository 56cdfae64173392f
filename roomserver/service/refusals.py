"""How often this instance has said no, and why."""

from collections import Counter
from collections.abc import Mapping

from roomserver.core.errors import RoomError


class Refusals:
    """Counts refusals by their code, since the start."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def note(self, error: RoomError) -> None:
        self._counts[error.code] += 1

    def counts(self) -> Mapping[str, int]:
        return dict(sorted(self._counts.items()))
