"""What was sent, put together from its attempts: the expectation that a log is held against."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.torture.history import Acknowledged, Entry, History, Refused, Sent, Unknown


class Finding(NamedTuple):
    """A promise that was not kept."""

    kind: str
    text: str


class Key(NamedTuple):
    """What a message is known by: its ``client_id``, or else its content, which is unique here."""

    room: int
    user: int
    name: str


@dataclass(slots=True)
class Post:
    """One message, however often it was sent."""

    key: Key
    attempts: list[Sent] = field(default_factory=list)
    acknowledged: list[Acknowledged] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)

    @property
    def first_sent_at(self) -> int:
        return self.attempts[0].at

    @property
    def may_be_stored(self) -> bool:
        """Whether any attempt had another outcome than a definite refusal."""
        return len(self.refused) < len(self.attempts)

    def may_read(self, entry: Entry) -> bool:
        """Whether *entry* says what was sent before the first acknowledgement."""
        first_at = self.acknowledged[0].at if self.acknowledged else None
        return any(
            _facts(sent) == _facts(entry)
            for sent in self.attempts
            if first_at is None or sent.at < first_at
        )


def key_of_sent(sent: Sent) -> Key:
    return Key(sent.room, sent.user, sent.client_id or sent.content or "")


def key_of_entry(room: int, entry: Entry) -> Key:
    return Key(room, entry.user_id, entry.client_id or entry.content or "")


def posts_of(history: History) -> Mapping[Key, Post]:
    """Return every message that anybody sent."""
    posts: dict[Key, Post] = {}
    by_attempt: dict[int, Post] = {}
    for sent in history.of(Sent):
        key = key_of_sent(sent)
        post = posts.setdefault(key, Post(key))
        post.attempts.append(sent)
        by_attempt[sent.attempt] = post
    for acknowledged in history.of(Acknowledged):
        by_attempt[acknowledged.attempt].acknowledged.append(acknowledged)
    for refused in history.of(Refused):
        if refused.attempt in by_attempt:
            by_attempt[refused.attempt].refused.append(refused)
    for unknown in history.of(Unknown):
        if unknown.attempt in by_attempt:
            by_attempt[unknown.attempt].unknown.append(unknown)
    return posts


def by_room(entries: Iterable[tuple[int, Entry]]) -> Mapping[int, list[Entry]]:
    rooms: dict[int, list[Entry]] = defaultdict(list)
    for room, entry in entries:
        rooms[room].append(entry)
    return rooms


def _facts(said: Sent | Entry) -> tuple[object, ...]:
    return said.type, said.content, said.message_id, said.emoji, said.on
