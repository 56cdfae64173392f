"""I8 to I14: what readers got and when, and what was left when they had gone."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tests.torture.history import (
    Acknowledged,
    Counted,
    Ended,
    Entered,
    History,
    Listed,
    MarkSeen,
    Measured,
    Noted,
    Page,
    Sent,
    Stored,
    Stretch,
    Unknown,
)
from tests.torture.posts import Finding
from tests.torture.timeline import NS, Excuses, Heads

SILENCE_NS: Final = 10 * NS
"""Nobody may go without any acknowledgement for so long on an instance that nothing hurts."""


def check_readers(history: History) -> Iterator[Finding]:
    """Yield what is wrong with what readers saw."""
    yield from _session_gaps(history)
    yield from _not_converged(history)
    yield from _stale_reads(history)
    yield from _cursors(history)
    yield from _ghosts(history)
    yield from _unanswered(history)
    yield from _silences(history)
    yield from _leaks(history)
    for noted in history.of(Noted):
        yield Finding(noted.finding, noted.text)


def _session_gaps(history: History) -> Iterator[Finding]:
    entered: dict[int, list[Entered]] = defaultdict(list)
    for each in history.of(Entered):
        entered[each.session].append(each)
    stretches: dict[tuple[int, int], list[Stretch]] = defaultdict(list)
    for stretch in history.of(Stretch):
        stretches[stretch.session, stretch.connection].append(stretch)
    for connections in entered.values():
        yield from _gaps_of_session(connections, stretches)


def _gaps_of_session(
    connections: Sequence[Entered], stretches: Mapping[tuple[int, int], Sequence[Stretch]]
) -> Iterator[Finding]:
    position = 0
    for entered in connections:
        who = f"session {entered.session} in room {entered.room}"
        if entered.is_afresh:
            yield Finding("session gap", f"{who}: {entered.since} is no place in the log")
        if entered.since is None or entered.is_afresh:
            position = entered.head
        for stretch in stretches.get((entered.session, entered.connection), ()):
            if stretch.first != position + 1:
                yield Finding("session gap", f"{who} got {stretch.first} after {position}")
            position = stretch.last


def _not_converged(history: History) -> Iterator[Finding]:
    for ended in history.of(Ended):
        if ended.last != ended.head:
            text = f"session {ended.session} in room {ended.room} is at {ended.last}"
            yield Finding("not converged", f"{text}, the head is {ended.head}")


def _stale_reads(history: History) -> Iterator[Finding]:
    heads = Heads(history)
    for entered in history.of(Entered):
        due = heads.at(entered.room, entered.at)
        if entered.head < due:
            text = f"instance {entered.instance} let somebody into room {entered.room}"
            yield Finding("stale read", f"{text} at {entered.head}, {due} was acknowledged")
    for page in history.of(Page):
        yield from _page(page, heads.at(page.room, page.at))
    yield from _undead(history)


def _undead(history: History) -> Iterator[Finding]:
    """Find texts that were shown after their deletion had been acknowledged."""
    deletions = {s.attempt: s for s in history.of(Sent) if s.type == "message_deleted"}
    gone_at: dict[int, int] = {}
    for answer in history.of(Acknowledged):
        if (deletion := deletions.get(answer.attempt)) is not None:
            gone_at.setdefault(deletion.message_id, answer.at)
    places = {
        (row.room, row.entry.seq): gone_at[row.entry.about]
        for row in history.of(Stored)
        if row.entry.type in ("message", "message_edited") and row.entry.about in gone_at
    }
    for page in history.of(Page):
        for seq in set(page.seqs) - set(page.redacted):
            if places.get((page.room, seq), page.at) < page.at:
                what = f"instance {page.instance} shows {seq} of room {page.room}"
                yield Finding("stale read", f"{what}, which had been deleted")


def _page(page: Page, due: int) -> Iterator[Finding]:
    what = f"instance {page.instance}, room {page.room}, {page.limit} {page.how} {page.bound}"
    seqs = page.seqs
    if seqs and seqs != list(range(seqs[0], seqs[-1] + 1)):
        yield Finding("gap", f"{what}: the page has a hole or a repeat: {seqs[:5]}…{seqs[-5:]}")
        return
    last = seqs[-1] if seqs else 0
    if page.how == "after":
        first_due, last_due = page.bound + 1, min(due, page.bound + page.limit)
        is_short = last_due > page.bound and last < last_due
        if seqs and seqs[0] != first_due:
            yield Finding("gap", f"{what}: the page begins at {seqs[0]}")
    elif page.how == "before":
        last_due = min(due, page.bound - 1)
        is_short = last < last_due or len(seqs) < min(page.limit, last)
    else:
        last_due = due
        is_short = last < last_due or len(seqs) < min(page.limit, last)
    if is_short:
        yield Finding("stale read", f"{what}: {len(seqs)} up to {last}, {due} was acknowledged")


def _cursors(history: History) -> Iterator[Finding]:
    heads = {counted.room: counted.head for counted in history.of(Counted)}
    marks: dict[tuple[int, int], list[MarkSeen]] = defaultdict(list)
    for mark in history.of(MarkSeen):
        who = f"the mark of user {mark.user} in room {mark.room}"
        if mark.seq > heads.get(mark.room, 0):
            yield Finding("cursor", f"{who} is {mark.seq}, behind the head")
        seen = marks[mark.room, mark.user]
        if not seen or mark.seq > seen[-1].seq:
            seen.append(mark)
    for entered in history.of(Entered):
        seen = marks[entered.room, entered.user]
        known = bisect_left(seen, entered.at, key=lambda mark: mark.at)
        if known and entered.read_up_to < seen[known - 1].seq:
            who = f"user {entered.user} in room {entered.room}"
            text = f"{who} had read up to {seen[known - 1].seq}, was told {entered.read_up_to}"
            yield Finding("cursor", text)


def _ghosts(history: History) -> Iterator[Finding]:
    for listed in history.of(Listed):
        if listed.listed != listed.there:
            where = f"room {listed.room}, instance {listed.instance}, {listed.what}"
            ghosts = sorted(set(listed.listed) - set(listed.there))
            unseen = sorted(set(listed.there) - set(listed.listed))
            yield Finding("ghost", f"{where}: too many {ghosts}, too few {unseen}")


def _unanswered(history: History) -> Iterator[Finding]:
    # A database that is away is no excuse: then the answer is storage_unavailable.
    sent = {each.attempt: each for each in history.of(Sent)}
    excuses = Excuses(history, lambda fault: fault.target.startswith(("instance", "clients")))
    for unknown in history.of(Unknown):
        attempt = sent.get(unknown.attempt)
        if unknown.why != "timeout" or attempt is None:
            continue
        if not excuses.are_there(attempt.instance, attempt.at, unknown.at):
            seconds = (unknown.at - attempt.at) / NS
            text = f"instance {attempt.instance} did not answer a post for {seconds:.1f} s"
            yield Finding("stalled", text)


def _silences(history: History) -> Iterator[Finding]:
    # Redis is no excuse, nor is what happens to other instances.
    sent = {each.attempt: each for each in history.of(Sent)}
    sends: dict[int, list[int]] = defaultdict(list)
    for each in sent.values():
        if not each.is_bad:
            sends[each.instance].append(each.at)
    answers: dict[int, list[int]] = defaultdict(list)
    for answer in history.of(Acknowledged):
        answers[sent[answer.attempt].instance].append(answer.at)
    excuses = Excuses(history, lambda fault: not fault.target.startswith("redis"))
    for instance, times in sends.items():
        yield from _silence_of(instance, times, answers[instance], excuses)


def _silence_of(
    instance: int, sends: list[int], answers: list[int], excuses: Excuses
) -> Iterator[Finding]:
    position = 0
    while position < len(sends):
        at = sends[position]
        end = at + SILENCE_NS
        answered = bisect_left(answers, at)
        is_answered = answered < len(answers) and answers[answered] < end
        is_tried = sends[-1] >= end
        if is_tried and not is_answered and not excuses.are_there(instance, at, end):
            yield Finding("stalled", f"instance {instance} acknowledged nothing for 10 s")
            position = bisect_left(sends, end)
        else:
            position += 1


def _leaks(history: History) -> Iterator[Finding]:
    for measured in history.of(Measured):
        if measured.after - measured.before > measured.growth_max:
            text = f"{measured.what}: {measured.before} before, {measured.after} after"
            yield Finding("leak", text)
