"""
The last entries of one room, contiguous by seq.

A window answers only what it is sure of: as soon as one number is missing,
everything before the hole is forgotten, so whatever is here is whole.
"""

from collections import deque
from collections.abc import Iterable, Sequence

from roomserver.core.model import Record, Seq


class Window:
    """At most *records_max* records, oldest first, without a hole between them."""

    __slots__ = ("_records",)

    def __init__(self, records: Iterable[Record] = (), *, records_max: int) -> None:
        self._records: deque[Record] = deque(maxlen=records_max)
        self.extend(records)

    def __len__(self) -> int:
        return len(self._records)

    @property
    def last_seq(self) -> Seq:
        """The newest number here, 0 for an empty window."""
        return self._records[-1].seq if self._records else Seq(0)

    @property
    def first_seq(self) -> Seq:
        """The oldest number here; in an empty window, the one that would come next."""
        return self._records[0].seq if self._records else Seq(1)

    def extend(self, records: Iterable[Record]) -> None:
        """Add *records*, oldest first. Whatever lies before a hole is forgotten."""
        arrived = list(records)
        if arrived and arrived[0].seq < self.first_seq:
            arrived = self._merged(arrived)
            self._records.clear()
        if arrived and self._follows_on(arrived):
            self._records.extend(arrived)
            return
        for record in arrived:
            if self._records and record.seq <= self.last_seq:
                continue
            if self._records and record.seq > self.last_seq + 1:
                self._records.clear()
            self._records.append(record)

    def after(self, seq: Seq) -> Sequence[Record] | None:
        """Return everything behind *seq*, or None if some of it is not here."""
        if not self._records or seq + 1 < self.first_seq:
            return None
        return [record for record in self._records if record.seq > seq]

    def last(self, count: int) -> Sequence[Record] | None:
        """Return the last *count* records, or None if the room has more of them than are here."""
        if not self._records or (count > len(self._records) and self.first_seq > 1):
            return None
        return list(self._records)[max(0, len(self._records) - count) :]

    def _follows_on(self, arrived: Sequence[Record]) -> bool:
        """Say whether nothing is missing before *arrived* or within, which is the rule."""
        first = arrived[0].seq
        if self._records and first != self._records[-1].seq + 1:
            return False
        return [record.seq for record in arrived] == list(range(first, first + len(arrived)))

    def _merged(self, older: Iterable[Record]) -> list[Record]:
        by_seq = {record.seq: record for record in (*self._records, *older)}
        return [by_seq[seq] for seq in sorted(by_seq)]
