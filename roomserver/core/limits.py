"""The bounds that we keep, each with its unit. The configuration's ``[limits]`` raises them."""

from typing import Annotated

from msgspec import Meta, Struct

PositiveInt = Annotated[int, Meta(ge=1, le=2**53 - 1)]
PositiveFloat = Annotated[float, Meta(gt=0, le=1e12)]


class Limits(Struct, frozen=True, kw_only=True):
    """What one message, person, address and connection may ask for."""

    message_chars_max: PositiveInt = 4_000
    """Code points in one message."""

    message_bytes_max: PositiveInt = 16_000
    """Bytes of UTF-8 in one message: four for each character, the most that UTF-8 needs."""

    frame_bytes_max: Annotated[int, Meta(ge=1_024, le=64 * 2**20)] = 65_536
    """Bytes in one frame from a client, summed over its fragments."""

    outbox_bytes_max: Annotated[int, Meta(ge=65_536, le=2**31)] = 1_048_576
    """Bytes that may wait for a reader before it is let go; it resumes with ``since``."""

    outbox_signals_bytes_max: PositiveInt = 65_536
    """Bytes waiting for a reader above which it gets no typing and no presence."""

    messages_per_second: PositiveFloat = 20.0
    messages_burst: PositiveInt = 60
    """Messages of one person, over all of their connections to this instance."""

    events_per_second: PositiveFloat = 20.0
    events_burst: PositiveInt = 100
    """Everything else that a person sends: typing, history, ping."""

    mistakes_per_minute_max: PositiveInt = 20
    """Refused events of one connection in a minute before it is closed."""

    rate_refusals_per_minute_max: PositiveInt = 300
    """Times in a minute that a connection may be told ``rate_limited`` before it is closed."""

    senders_per_address_max: PositiveInt = 100
    """As much as so many people may send, one address may, whoever it says it is."""

    connections_per_instance_max: PositiveInt = 50_000
    """Connections to this instance."""

    connections_per_address_max: PositiveInt = 1_000
    connections_per_user_max: PositiveInt = 100

    rooms_per_user_max: PositiveInt = 100
    """Rooms in which one person is at once, on this instance."""

    user_joins_per_minute_max: PositiveInt = 600
    address_joins_per_minute_max: PositiveInt = 6_000
    """Connections that may be opened; as many as may be open may also come at once."""

    history_messages_max: Annotated[int, Meta(ge=1, le=1_000)] = 200
    """Messages in one page of history; whoever asks for more gets this many."""

    recent_messages_max: Annotated[int, Meta(ge=1, le=10_000)] = 200
    """The last messages of a room that are kept in the cache."""

    journal_messages_max: PositiveInt = 20_000
    """Messages that may wait for the database; above it, posting is refused."""
