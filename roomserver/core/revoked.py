"""What is taken back while it is in use, and whose connections end for that."""

from msgspec import Struct

from roomserver.core.errors import CLOSE_UNAUTHORIZED, RoomError
from roomserver.core.model import Caller, RoomId, UserId


class Revoked(Struct, frozen=True, kw_only=True):
    """
    Whose connections end, and what they are told.

    Every one of *user_id*, *room_id* and *session_id* that is given must fit; one at
    least is given.
    """

    user_id: UserId | None = None
    room_id: RoomId | None = None
    session_id: str | None = None
    code: str = "unauthorized"
    message: str = "You have been signed out."
    close_code: int = CLOSE_UNAUTHORIZED

    @classmethod
    def because(
        cls,
        error: RoomError,
        *,
        user_id: UserId | None = None,
        room_id: RoomId | None = None,
        session_id: str | None = None,
    ) -> "Revoked":
        """Let them be told *error*."""
        return cls(
            user_id=user_id,
            room_id=room_id,
            session_id=session_id,
            code=error.code,
            message=str(error),
            close_code=error.close_code,
        )

    def concerns(self, caller: Caller, room_id: RoomId) -> bool:
        """Say whether *caller*'s stay in this room ends."""
        return (
            self.user_id in (None, caller.user.user_id)
            and self.room_id in (None, room_id)
            and self.session_id in (None, caller.session_id)
        )
