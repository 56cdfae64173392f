"""
Every refusal that we can explain.

    RoomError
    ├── InvalidJson            the frame is not JSON
    ├── InvalidEvent           a field is missing, of the wrong type or out of range
    │   └── UnknownType        the event's type is not one of ours
    ├── EmptyMessage           nothing to read in it
    ├── MessageTooLong         over the limit, in characters or bytes
    ├── RateLimited            too much, too fast
    ├── TooManyMistakes        the connection is closed after this one
    ├── TooManyConnections     of one address or one person
    ├── Unauthorized           we don't know who this is
    │   ├── TokenExpired       we knew, until now
    │   └── BadToken           whatever is wrong with it
    ├── IdentityUnavailable    it can't be checked now who this is
    ├── Forbidden              we know, and the answer is no
    │   ├── RoomArchived       the room is there to be read
    │   ├── Muted              not now, says a moderator
    │   ├── Banned             not here, says a moderator
    │   └── RemovedFromRoom    you were in there until now
    ├── RoomExists             a room has that address already
    ├── RoomFull               as many people as it may hold
    ├── RoomNotFound           no such room, or none that this person may see
    ├── MessageNotFound        no such message in the room
    ├── NotFound               no such page
    ├── MethodNotAllowed       the address is right, the method isn't
    ├── BodyTooLong            an HTTP body over the limit
    ├── TooSlow                an HTTP body that doesn't come
    ├── UpgradeRequired        a plain GET where a WebSocket belongs
    ├── StorageUnavailable     it is unknown whether the message was stored
    │   └── RoomBusy           another transaction holds the room
    ├── SearchBehind           what was said last can't be searched yet
    ├── ShuttingDown           this instance is about to stop
    └── Internal               a bug; the log has the details under an id

Anything else that is raised is a bug: the edge logs it and answers ``Internal``.
"""

from collections.abc import Mapping
from typing import ClassVar

from roomserver.core.moments import timestamp

CLOSE_GOING_AWAY = 1001
CLOSE_UNSUPPORTED = 1003
CLOSE_INTERNAL = 1011
CLOSE_RESTART = 1012
CLOSE_TRY_LATER = 1013
CLOSE_UNAUTHORIZED = 4401
CLOSE_FORBIDDEN = 4403
CLOSE_NOT_FOUND = 4404
CLOSE_TOO_SLOW = 4408
CLOSE_TOO_MANY = 4429


class RoomError(Exception):
    """A refusal: facts inside, a sentence for a person, a code for a program."""

    code: ClassVar[str] = "internal"
    http_status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    """Whether the same request may succeed later, unchanged."""

    close_code: ClassVar[int] = CLOSE_FORBIDDEN
    """How a browser is told, which can't read a refused upgrade."""

    is_mistake: ClassVar[bool] = False
    """Whether the client should have known better: too many of these close a connection."""

    def details(self) -> Mapping[str, str | int]:
        """Further fields of the ``error`` event: ``field``, ``retry_after_ms``."""
        return {}


class InvalidJson(RoomError):
    code = "invalid_json"
    http_status = 400
    is_mistake = True


class InvalidEvent(RoomError):
    """A field is not as it should be; *field* is its path."""

    code = "invalid_event"
    http_status = 400
    close_code = CLOSE_UNAUTHORIZED
    is_mistake = True

    def __init__(self, reason: str, *, field: str | None = None) -> None:
        super().__init__(reason)
        self.field = field

    def details(self) -> Mapping[str, str | int]:
        return {} if self.field is None else {"field": self.field}


class UnknownType(InvalidEvent):
    code = "unknown_type"


class EmptyMessage(RoomError):
    code = "empty_message"
    http_status = 400
    is_mistake = True

    def __init__(self) -> None:
        super().__init__(
            "The message has nothing to read in it. Write something and send it again."
        )


class MessageTooLong(RoomError):
    code = "message_too_long"
    http_status = 413
    is_mistake = True

    def __init__(self, size: int, size_max: int, unit: str) -> None:
        super().__init__(
            f"A message may have {size_max:,} {unit}, this one has {size:,}. Send it in parts."
        )


class RateLimited(RoomError):
    code = "rate_limited"
    http_status = 429
    close_code = CLOSE_TOO_MANY
    retryable = True

    def __init__(self, what: str, *, retry_after_ms: int) -> None:
        super().__init__(
            f"Too many {what} in a short time. Nothing was stored: "
            f"send it again in {retry_after_ms / 1000:.1f} s."
        )
        self.retry_after_ms = retry_after_ms

    @classmethod
    def for_s(cls, what: str, wait_s: float) -> "RateLimited":
        """Refuse for so long, rounded up: whoever waits exactly so long isn't refused again."""
        return cls(what, retry_after_ms=int(wait_s * 1_000) + 1)

    def details(self) -> Mapping[str, str | int]:
        return {"retry_after_ms": self.retry_after_ms}


class TooManyMistakes(RoomError):
    code = "too_many_mistakes"
    http_status = 429
    close_code = CLOSE_TOO_MANY

    def __init__(self) -> None:
        super().__init__("Too many refused events in a minute: mend the client, then come back.")


class TooManyConnections(RoomError):
    code = "too_many_connections"
    http_status = 429
    close_code = CLOSE_TOO_MANY
    retryable = True

    def __init__(self, connections_max: int, whose: str) -> None:
        super().__init__(
            f"There are already {connections_max:,} connections of {whose}. "
            "Close one of them, then try again."
        )


class Unauthorized(RoomError):
    code = "unauthorized"
    http_status = 401
    close_code = CLOSE_UNAUTHORIZED
    is_mistake = True

    def __init__(self, reason: str, *, field: str | None = None) -> None:
        super().__init__(reason)
        self.field = field

    def details(self) -> Mapping[str, str | int]:
        return {} if self.field is None else {"field": self.field}


class TokenExpired(Unauthorized):
    """The time of whatever let this person in is over, and they have shown nothing newer."""

    code = "token_expired"

    def __init__(self) -> None:
        super().__init__("Your sign-in has expired. Sign in again, or come back with a new token.")


class BadToken(Unauthorized):
    """The same for every token that is not good, so that nobody learns what is wrong with it."""

    def __init__(self, reason: str = "") -> None:
        super().__init__("The token is missing, or not good any more.", field="token")
        self.reason = reason
        """For the operator alone."""


class IdentityUnavailable(RoomError):
    """Nobody can be told from anybody else now."""

    code = "identity_unavailable"
    http_status = 503
    close_code = CLOSE_TRY_LATER
    retryable = True

    def __init__(self) -> None:
        super().__init__("It can't be checked now who you are. Try again in a moment.")


class Forbidden(RoomError):
    code = "forbidden"
    http_status = 403
    is_mistake = True


class RoomArchived(Forbidden):
    """Whoever may write in the room may when it has been restored."""

    code = "room_archived"
    is_mistake = False

    def __init__(self) -> None:
        super().__init__("This room is archived: it can be read, and nothing else.")


class Muted(Forbidden):
    """A moderator has decided that this person only reads, until *until_ms*."""

    code = "muted"
    retryable = True
    is_mistake = False

    def __init__(self, until_ms: int, *, now_ms: int) -> None:
        super().__init__(f"You can read here, but not write, until {timestamp(until_ms)}.")
        self.until_ms = until_ms
        self.retry_after_ms = until_ms - now_ms

    def details(self) -> Mapping[str, str | int]:
        return {"until": timestamp(self.until_ms), "retry_after_ms": self.retry_after_ms}


class Banned(Forbidden):
    """A moderator has decided that this person stays outside, until *until_ms*."""

    code = "banned"

    def __init__(self, until_ms: int) -> None:
        super().__init__(f"You can't enter this room until {timestamp(until_ms)}.")
        self.until_ms = until_ms

    def details(self) -> Mapping[str, str | int]:
        return {"until": timestamp(self.until_ms)}


class RemovedFromRoom(Forbidden):
    """Whoever was in the room may not stay."""

    def __init__(self) -> None:
        super().__init__("You have been removed from this room.")


class RoomExists(RoomError):
    code = "room_exists"
    http_status = 409

    def __init__(self, slug: str) -> None:
        super().__init__(f"There is a room at /rooms/{slug} already. Choose another address.")


class RoomFull(RoomError):
    code = "room_full"
    http_status = 429
    close_code = CLOSE_TOO_MANY
    retryable = True

    def __init__(self, people_max: int) -> None:
        super().__init__(
            f"This room holds {people_max:,} people, and they are all there. Try again later."
        )


class RoomNotFound(RoomError):
    """No such room, or none that this person may see: the client can't tell which."""

    code = "room_not_found"
    http_status = 404
    close_code = CLOSE_NOT_FOUND
    is_mistake = True

    def __init__(self) -> None:
        super().__init__("There is no such room. GET /api/v1/rooms lists those that there are.")


class MessageNotFound(RoomError):
    """No such message in the room, or one that has been deleted."""

    code = "message_not_found"
    http_status = 404
    is_mistake = True

    def __init__(self) -> None:
        super().__init__("There is no such message in this room; it may have been deleted.")


class NotFound(RoomError):
    code = "not_found"
    http_status = 404

    def __init__(self) -> None:
        super().__init__("There is nothing at this address. The chat page is at /.")


class MethodNotAllowed(RoomError):
    code = "method_not_allowed"
    http_status = 405

    def __init__(self, method: str) -> None:
        super().__init__(f"This address does not answer {method}.")


class BodyTooLong(RoomError):
    code = "body_too_long"
    http_status = 413

    def __init__(self, bytes_max: int) -> None:
        super().__init__(f"A request's body may have {bytes_max:,} bytes. Send less.")


class TooSlow(RoomError):
    code = "too_slow"
    http_status = 408
    retryable = True

    def __init__(self, s_max: float) -> None:
        super().__init__(f"The body did not come within {s_max:.0f} s. Send it faster.")


class UpgradeRequired(RoomError):
    code = "upgrade_required"
    http_status = 426

    def __init__(self) -> None:
        super().__init__(
            "This address speaks WebSocket (RFC 6455). Connect with a WebSocket client, "
            'for example: websocat "ws://HOST/ws/general?user_id=1&username=Ana"'
        )


class StorageUnavailable(RoomError):
    """The database did not answer: the message may or may not be stored."""

    code = "storage_unavailable"
    http_status = 503
    close_code = CLOSE_TRY_LATER
    retryable = True

    def __init__(self) -> None:
        super().__init__(
            "The database did not answer, so it is unknown whether this was stored. "
            "Send it again with the same client_id: it will not be doubled."
        )


class SearchBehind(RoomError):
    """The index is not at the end of the log, and nothing less is searched."""

    code = "search_behind"
    http_status = 503
    retryable = True

    def __init__(self) -> None:
        super().__init__("What was said last is still being indexed. Search again in a moment.")


class RoomBusy(StorageUnavailable):
    """Another transaction holds the room, and nothing was stored. The journal tries again."""


class ShuttingDown(RoomError):
    code = "shutting_down"
    http_status = 503
    close_code = CLOSE_RESTART
    retryable = True

    def __init__(self) -> None:
        super().__init__("This instance is about to stop. Connect again in a moment.")


class Internal(RoomError):
    """A bug of ours. *incident* is the id under which the log has the details."""

    close_code = CLOSE_INTERNAL

    def __init__(self, incident: str) -> None:
        super().__init__(f"Something went wrong here. The server's log has it as {incident}.")


class CannotStart(Exception):
    """Why the server did not start: a sentence for the operator, with what to do about it."""
