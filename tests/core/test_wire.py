import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomserver.core import events, wire
from roomserver.core.errors import (
    EmptyMessage,
    InvalidEvent,
    RateLimited,
    RoomError,
    StorageUnavailable,
)
from roomserver.core.model import Entry, EntryId, Kind, Record, Seq, User, UserId
from tests.support.builders import ANA, JUAN, NOON_MS, ROOM, an_entry, records

LIMITS = events.ClientLimits(
    message_chars_max=4_000,
    message_bytes_max=16_000,
    frame_bytes_max=65_536,
    messages_per_second=20.0,
    messages_burst=60,
    history_messages_max=200,
)
NOON = "2026-11-24T12:00:00.000Z"
ANA_ON_THE_WIRE = {"user_id": 1, "username": "Ana"}


def a_change(kind: Kind, content: str = "") -> Entry:
    return Entry(
        id=EntryId(1_008),
        room_id=ROOM.id,
        seq=Seq(8),
        author=ANA,
        content=content,
        created_at_ms=NOON_MS,
        kind=kind,
        target_id=EntryId(1_001),
    )


def opened(payload: bytes) -> tuple[str, dict[str, object]]:
    """Open an envelope, which holds a type and data and nothing else."""
    envelope = json.loads(payload)
    assert list(envelope) == ["type", "data"]
    return envelope["type"], envelope["data"]


@pytest.mark.parametrize(
    ("event", "kind", "data"),
    [
        (
            events.Connected(
                room_id=1,
                active_users=[ANA, JUAN],
                user=ANA,
                room=wire.face_of(ROOM),
                epoch="e1",
                last_seq=1,
                history=wire.raw(records(1, 1)),
                has_more=False,
                read_up_to=0,
                limits=LIMITS,
                instance="i1",
                resync=True,
            ),
            "connected",
            {
                "room_id": 1,
                "active_users": [ANA_ON_THE_WIRE, {"user_id": 2, "username": "Juan"}],
                "user": ANA_ON_THE_WIRE,
                "room": {
                    "id": 1,
                    "slug": "general",
                    "name": "General",
                    "description": "",
                    "archived": False,
                },
                "epoch": "e1",
                "last_seq": 1,
                "history": [
                    {
                        "id": 1_001,
                        "room_id": 1,
                        "seq": 1,
                        **ANA_ON_THE_WIRE,
                        "content": "number 1",
                        "created_at": NOON,
                    }
                ],
                "has_more": False,
                "read_up_to": 0,
                "limits": {
                    "message_chars_max": 4_000,
                    "message_bytes_max": 16_000,
                    "frame_bytes_max": 65_536,
                    "messages_per_second": 20.0,
                    "messages_burst": 60,
                    "history_messages_max": 200,
                },
                "instance": "i1",
                "resync": True,
            },
        ),
        (
            events.History(messages=[], has_more=True, before=7),
            "history",
            {"messages": [], "has_more": True, "before": 7},
        ),
        (
            events.History(messages=[], has_more=False, after=0),
            "history",
            {"messages": [], "has_more": False, "after": 0},
        ),
        (
            events.MessageSent(message_id=1_001, timestamp=NOON, seq=1, client_id="a"),
            "message_sent",
            {"message_id": 1_001, "timestamp": NOON, "seq": 1, "client_id": "a"},
        ),
        (events.UserJoined(user_id=1, username="Ana"), "user_joined", ANA_ON_THE_WIRE),
        (
            events.UserLeft(user_id=1, username="Ana", last_seen=NOON),
            "user_left",
            {**ANA_ON_THE_WIRE, "last_seen": NOON},
        ),
        (
            events.IsTyping(user_id=1, username="Ana", is_typing=False),
            "typing",
            {**ANA_ON_THE_WIRE, "is_typing": False},
        ),
        (
            events.Read(user_id=1, username="Ana", message_id=1_001, seq=1, read_at=NOON),
            "read",
            {**ANA_ON_THE_WIRE, "message_id": 1_001, "seq": 1, "read_at": NOON},
        ),
        (
            events.Degraded(component="redis", ok=False, message="Redis is away."),
            "degraded",
            {"component": "redis", "ok": False, "message": "Redis is away."},
        ),
        (
            events.Draining(reconnect_after_ms=200, last_seq=7),
            "draining",
            {"reconnect_after_ms": 200, "last_seq": 7},
        ),
        (events.Pong(), "pong", {}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, events.Event) else "",
)
def test_an_event_is_an_envelope_with_its_type_and_its_data(
    event: events.Event, kind: str, data: dict[str, object]
) -> None:
    assert opened(wire.encode(event)) == (kind, data)


@pytest.mark.parametrize(
    ("entry", "kind", "data"),
    [
        (
            an_entry(7, "hola", client_id="a"),
            "message",
            {
                "id": 1_007,
                "room_id": 1,
                "seq": 7,
                **ANA_ON_THE_WIRE,
                "content": "hola",
                "created_at": NOON,
                "client_id": "a",
            },
        ),
        (
            a_change(Kind.EDIT, "adiós"),
            "message_edited",
            {"content": "adiós", "edited_at": NOON},
        ),
        (a_change(Kind.DELETION), "message_deleted", {"deleted_at": NOON}),
        (
            a_change(Kind.REACTION, "👍"),
            "reaction",
            {"emoji": "👍", "on": True, "created_at": NOON},
        ),
        (
            a_change(Kind.REACTION_END, "👍"),
            "reaction",
            {"emoji": "👍", "on": False, "created_at": NOON},
        ),
    ],
    ids=lambda value: str(value.kind) if isinstance(value, Entry) else "",
)
def test_an_entry_is_told_as_the_event_that_it_is(
    entry: Entry, kind: str, data: dict[str, object]
) -> None:
    told, told_data = opened(wire.encode_record(wire.record_of(entry)))

    assert told == kind
    assert told_data.items() >= data.items()
    assert told_data["seq"] == entry.seq


@pytest.mark.parametrize("kind", [Kind.EDIT, Kind.DELETION, Kind.REACTION, Kind.REACTION_END])
def test_a_change_says_in_a_history_too_what_it_is_and_what_it_is_about(kind: Kind) -> None:
    record = wire.record_of(a_change(kind))

    [told] = [json.loads(bytes(raw)) for raw in wire.raw([record])]

    assert told["type"] == record.type
    assert told["message_id"] == 1_001
    assert "client_id" not in told


@pytest.mark.parametrize("kind", list(Kind))
def test_a_record_is_the_same_after_a_stay_in_a_cache(kind: Kind) -> None:
    record = wire.record_of(a_change(kind, "👍"))

    read_back = wire.stored_record(record.seq, record.json)

    assert read_back == record


def test_a_message_without_a_client_id_has_no_such_field() -> None:
    _kind, data = opened(wire.encode_record(wire.record_of(an_entry())))

    assert "client_id" not in data


def test_a_record_goes_to_its_room_under_its_number() -> None:
    record = Record(Seq(7), b"{}")

    parcel = wire.parcel_of(record)

    assert parcel.seq == 7
    assert parcel.not_for is None


@given(content=st.text(), username=st.text(), client_id=st.none() | st.text())
def test_a_message_is_told_as_it_was_written(
    content: str, username: str, client_id: str | None
) -> None:
    entry = Entry(
        id=EntryId(1),
        room_id=ROOM.id,
        seq=Seq(1),
        author=User(UserId(1), username),
        content=content,
        created_at_ms=NOON_MS,
        client_id=client_id,
    )

    _kind, data = opened(wire.encode_record(wire.record_of(entry)))

    assert (data["content"], data["username"]) == (content, username)
    assert data.get("client_id") == client_id


@pytest.mark.parametrize(
    ("error", "fields"),
    [
        (EmptyMessage(), {"code": "empty_message", "retryable": False}),
        (
            InvalidEvent("limit is missing.", field="limit"),
            {"code": "invalid_event", "retryable": False, "field": "limit"},
        ),
        (
            RateLimited("messages", retry_after_ms=50),
            {"code": "rate_limited", "retryable": True, "retry_after_ms": 50},
        ),
        (StorageUnavailable(), {"code": "storage_unavailable", "retryable": True}),
    ],
)
def test_a_refusal_says_why_to_a_person_and_to_a_program(
    error: RoomError, fields: dict[str, object]
) -> None:
    plain = opened(wire.encode_error(error))
    with_client_id = opened(wire.encode_error(error, "mine"))

    assert plain == ("error", {"message": str(error), **fields})
    assert with_client_id == ("error", {"message": str(error), **fields, "client_id": "mine"})


@pytest.mark.parametrize(
    ("at_ms", "written"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (NOON_MS, NOON),
        (NOON_MS + 7, "2026-11-24T12:00:00.007Z"),
        (NOON_MS + 999, "2026-11-24T12:00:00.999Z"),
        (4_102_444_799_999, "2099-12-31T23:59:59.999Z"),
    ],
)
def test_a_time_is_utc_with_milliseconds(at_ms: int, written: str) -> None:
    assert wire.timestamp(at_ms) == written


@given(st.integers(0, 4_102_444_799_999))
def test_no_millisecond_is_lost_on_the_way(at_ms: int) -> None:
    written = wire.timestamp(at_ms)

    read = datetime.strptime(written, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert round(read.timestamp() * 1000) == at_ms
    assert re.fullmatch(r".{19}\.\d{3}Z", written)


def test_no_two_events_share_a_type() -> None:
    types = [event.type for event in events.EVENTS]

    assert len(set(types)) == len(types)
