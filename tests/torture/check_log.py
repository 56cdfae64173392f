"""I1 to I7: what stands in the log, against what was sent and what was answered."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise

import msgspec

from tests.torture.history import Counted, Entry, History, Seen, Stored
from tests.torture.posts import Finding, Key, Post, by_room, key_of_entry, posts_of
from tests.torture.reading import name_of


def check_log(history: History) -> Iterator[Finding]:
    """Yield what is wrong with the log."""
    posts = posts_of(history)
    stored = {(row.room, row.entry.seq): row.entry for row in history.of(Stored)}
    yield from _lost(posts, stored)
    yield from _invented(posts, history, stored)
    yield from _refused_but_stored(posts, stored)
    yield from _duplicated(posts, history)
    yield from _gaps(history)
    yield from _out_of_order(posts)
    yield from _disagreements(history)


def _lost(posts: Mapping[Key, Post], stored: Mapping[tuple[int, int], Entry]) -> Iterator[Finding]:
    for post in posts.values():
        for acknowledged in post.acknowledged:
            entry = stored.get((post.key.room, acknowledged.seq))
            if entry is None or key_of_entry(post.key.room, entry) != post.key:
                there = "nothing" if entry is None else _shown(post.key.room, entry)
                text = f"{_name(post.key)} was acknowledged as {acknowledged.seq}, there is {there}"
                yield Finding("LOST", text)


def _invented(
    posts: Mapping[Key, Post], history: History, stored: Mapping[tuple[int, int], Entry]
) -> Iterator[Finding]:
    elsewhere = {key.name: key for key in posts}
    deleted = _deleted(stored)
    seen = [(each.room, each.entry, f"seen by {each.by}") for each in history.of(Seen)]
    rows = [(each.room, each.entry, "stored") for each in history.of(Stored)]
    for room, entry, how in [*rows, *seen]:
        shown = f"{_shown(room, entry)}, {how},"
        post = posts.get(key := key_of_entry(room, entry))
        if post is None and (real := elsewhere.get(key.name)) is not None:
            yield Finding("corrupt", f"{shown} was sent as {_name(real)}")
        elif post is None:
            yield Finding("phantom", f"{shown} was never sent")
        elif entry.username != name_of(key.user) or not _says(post, entry, deleted):
            yield Finding("corrupt", f"{shown} was sent with other words or another name")
        elif (room, entry.seq) not in stored:
            yield Finding("phantom", f"{shown} is not in the store")


def _says(post: Post, entry: Entry, deleted: Collection[int]) -> bool:
    if entry.is_redacted:
        return entry.about in deleted
    return post.may_read(entry)


def _deleted(stored: Mapping[tuple[int, int], Entry]) -> Collection[int]:
    """Return the ids of the messages that have been taken back."""
    return {e.message_id for e in stored.values() if e.type == "message_deleted"}


def _refused_but_stored(
    posts: Mapping[Key, Post], stored: Mapping[tuple[int, int], Entry]
) -> Iterator[Finding]:
    in_store = {key_of_entry(room, entry) for (room, _seq), entry in stored.items()}
    for post in posts.values():
        if not post.may_be_stored and post.key in in_store:
            codes = ", ".join(sorted({refused.code for refused in post.refused}))
            yield Finding("refused but stored", f"{_name(post.key)}: {codes}")
        elif post.attempts[0].is_bad and (post.acknowledged or post.key in in_store):
            yield Finding("refused but stored", f"{_name(post.key)} should have been refused")


def _duplicated(posts: Mapping[Key, Post], history: History) -> Iterator[Finding]:
    places: dict[Key, set[int]] = defaultdict(set)
    for row in history.of(Stored):
        places[key_of_entry(row.room, row.entry)].add(row.entry.seq)
    for key, seqs in places.items():
        if len(seqs) > 1:
            yield Finding("duplicate", f"{_name(key)} is stored at {sorted(seqs)}")
    for post in posts.values():
        answers = {acknowledged.seq for acknowledged in post.acknowledged}
        if len(answers) > 1:
            yield Finding("duplicate", f"{_name(post.key)} is acknowledged as {sorted(answers)}")


def _gaps(history: History) -> Iterator[Finding]:
    heads = {counted.room: counted.head for counted in history.of(Counted)}
    rows = by_room((row.room, row.entry) for row in history.of(Stored))
    for room in sorted(heads.keys() | rows.keys()):
        seqs = [entry.seq for entry in rows.get(room, [])]
        missing = sorted(set(range(1, max([0, *seqs]) + 1)) - set(seqs))
        if missing:
            yield Finding("gap", f"room {room} has no {missing[:10]} ({len(missing)} in all)")
        if len(set(seqs)) < len(seqs):
            yield Finding("gap", f"room {room} has a number twice")
        if max([0, *seqs]) != heads.get(room, 0):
            text = f"room {room} ends at {max([0, *seqs])}, its head is {heads.get(room, 0)}"
            yield Finding("gap", text)


def _out_of_order(posts: Mapping[Key, Post]) -> Iterator[Finding]:
    rooms: dict[int, list[Post]] = defaultdict(list)
    for post in posts.values():
        if post.acknowledged:
            rooms[post.key.room].append(post)
    for in_room in rooms.values():
        yield from _out_of_real_time(in_room)
        yield from _out_of_pipeline(in_room)


def _out_of_real_time(posts: list[Post]) -> Iterator[Finding]:
    answers = sorted((a.at, a.seq, post.key) for post in posts for a in post.acknowledged[:1])
    times = [at for at, _seq, _key in answers]
    newest: list[tuple[int, Key]] = []
    for _at, seq, key in answers:
        newest.append(max(newest[-1], (seq, key)) if newest else (seq, key))
    for post in posts:
        earlier = bisect_left(times, post.first_sent_at)
        seq = post.acknowledged[0].seq
        if earlier and newest[earlier - 1][0] >= seq:
            high, key = newest[earlier - 1]
            text = f"{_name(key)} was acknowledged as {high} before {_name(post.key)} was sent"
            yield Finding("order", f"{text}, which got {seq}")


def _out_of_pipeline(posts: list[Post]) -> Iterator[Finding]:
    # Whoever was sent once and over one connection keeps its place behind those before it.
    once = [post for post in posts if len(post.attempts) == 1]
    lines: dict[int, list[Post]] = defaultdict(list)
    for post in once:
        lines[post.attempts[0].connection].append(post)
    for line in lines.values():
        line.sort(key=lambda post: post.attempts[0].attempt)
        for first, second in pairwise(line):
            if first.acknowledged[0].seq >= second.acknowledged[0].seq:
                text = f"{_name(first.key)} was sent before {_name(second.key)}"
                seqs = f"{first.acknowledged[0].seq}, {second.acknowledged[0].seq}"
                yield Finding("order", f"{text} over one connection, and they got {seqs}")


def _disagreements(history: History) -> Iterator[Finding]:
    versions: dict[tuple[int, int], dict[Entry, str]] = defaultdict(dict)
    for row in history.of(Stored):
        versions[row.room, row.entry.seq].setdefault(row.entry, "the store")
    for seen in history.of(Seen):
        versions[seen.room, seen.entry.seq].setdefault(seen.entry, seen.by)
    for (room, seq), witnesses in versions.items():
        # A message that was taken back was seen with its text before, and without it after.
        texts = {entry for entry in witnesses if not entry.is_redacted}
        bare = {msgspec.structs.replace(e, content=None, deleted=False) for e in witnesses}
        if len(texts) > 1 or len(bare) > 1:
            shown = "; ".join(f"{by}: {entry}" for entry, by in witnesses.items())
            yield Finding("disagree", f"room {room}, {seq}: {shown}"[:600])


def _name(key: Key) -> str:
    return f"{key.name[:40]!r} of user {key.user} in room {key.room}"


def _shown(room: int, entry: Entry) -> str:
    content = (entry.content or "")[:30]
    return f"{content!r} of user {entry.user_id} at {entry.seq} of room {room}"
