"""
Who may do what in a room: one table, and questions with a yes or a reason why not.

Every door asks here: the socket, HTTP, history, search, presence, receipts, stats.
``docs/rights.md`` shows the same table and is tested to be the same.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from roomserver.core.errors import (
    Banned,
    Forbidden,
    MessageNotFound,
    Muted,
    RoomArchived,
    RoomError,
    RoomNotFound,
)
from roomserver.core.model import (
    Caller,
    CallerKind,
    Draft,
    Grant,
    Kind,
    Role,
    RoomId,
    RoomState,
    Target,
)


class Action(StrEnum):
    """What somebody may want in a room."""

    SEE = "see that the room exists"
    ENTER = "enter"
    READ = "read history"
    SEARCH = "search"
    SEE_PEOPLE = "see members, presence and receipts"
    SEE_STATS = "see its stats"
    MARK_READ = "mark as read"
    POST = "post"
    EDIT_OWN = "edit one's own"
    DELETE_OWN = "delete one's own"
    REACT = "react"
    TYPE = "be seen typing"
    DELETE_OTHERS = "delete others'"
    INVITE = "invite"
    MUTE = "mute"
    KICK = "kick"
    BAN = "ban"
    SET_PACE = "set slow mode, announce-only"
    DESCRIBE = "describe"
    RENAME = "rename"
    ARCHIVE = "archive and restore"
    SET_VISIBILITY = "make public or private"
    SET_CAPACITY = "set capacity"
    SET_ROLE = "set roles"
    SEE_AUDIT = "read the audit log"

    # Enum's own is a function in Python, and every message is looked up by it.
    __hash__ = str.__hash__

    @property
    def word(self) -> str:
        """A word for it that a program reads: ``post``, ``delete_others``."""
        return self.name.lower()


# In which states of the room a role may do it: o open to all, p private, n announce-only,
# a archived. A room is open or private, and may be announce-only and archived besides: then
# each of its letters must be there.
TABLE: Final[Mapping[Action, Mapping[Role, str]]] = {
    action: dict(zip(Role, cells, strict=True))
    for action, cells in {
        #                       owner  moderator  member  guest  nobody
        Action.SEE:            ("opna", "opna",   "opna", "opna", ""),
        Action.ENTER:          ("opna", "opna",   "opna", "opna", ""),
        Action.READ:           ("opna", "opna",   "opna", "opna", ""),
        Action.SEARCH:         ("opna", "opna",   "opna", "opna", ""),
        Action.SEE_PEOPLE:     ("opna", "opna",   "opna", "opna", ""),
        Action.SEE_STATS:      ("opna", "opna",   "opna", "opna", ""),
        Action.MARK_READ:      ("opna", "opna",   "opna", "opna", ""),
        Action.POST:           ("opn",  "opn",    "op",   "op",   ""),
        Action.EDIT_OWN:       ("opn",  "opn",    "op",   "op",   ""),
        Action.DELETE_OWN:     ("opn",  "opn",    "opn",  "opn",  ""),
        Action.REACT:          ("opn",  "opn",    "opn",  "opn",  ""),
        Action.TYPE:           ("opn",  "opn",    "op",   "op",   ""),
        Action.DELETE_OTHERS:  ("opn",  "opn",    "",     "",     ""),
        Action.INVITE:         ("opn",  "opn",    "",     "",     ""),
        Action.MUTE:           ("opn",  "opn",    "",     "",     ""),
        Action.KICK:           ("opna", "opna",   "",     "",     ""),
        Action.BAN:            ("opna", "opna",   "",     "",     ""),
        Action.SET_PACE:       ("opn",  "opn",    "",     "",     ""),
        Action.DESCRIBE:       ("opn",  "opn",    "",     "",     ""),
        Action.RENAME:         ("opn",  "",       "",     "",     ""),
        Action.ARCHIVE:        ("opna", "",       "",     "",     ""),
        Action.SET_VISIBILITY: ("opna", "",       "",     "",     ""),
        Action.SET_CAPACITY:   ("opn",  "",       "",     "",     ""),
        Action.SET_ROLE:       ("opna", "",       "",     "",     ""),
        Action.SEE_AUDIT:      ("opna", "",       "",     "",     ""),
    }.items()
}  # fmt: skip

RIGHTS: Final[Mapping[str, frozenset[Action]]] = {
    "read": frozenset(
        {
            Action.SEE,
            Action.ENTER,
            Action.READ,
            Action.SEARCH,
            Action.SEE_PEOPLE,
            Action.SEE_STATS,
            Action.MARK_READ,
        }
    ),
    "write": frozenset(
        {Action.POST, Action.EDIT_OWN, Action.DELETE_OWN, Action.REACT, Action.TYPE}
    ),
    "moderate": frozenset(
        {
            Action.DELETE_OTHERS,
            Action.INVITE,
            Action.MUTE,
            Action.KICK,
            Action.BAN,
            Action.SET_PACE,
            Action.DESCRIBE,
        }
    ),
    "metrics": frozenset(),
}
"""What a token's rights let it do at most. What is in none of them, no token with rights does."""

SPEAKING: Final = frozenset({Action.POST, Action.EDIT_OWN, Action.REACT, Action.TYPE})
"""What somebody who is muted may not do."""

EVERYBODYS: Final = frozenset({Action.DESCRIBE, Action.RENAME, Action.ARCHIVE})
"""What a member may do besides, as an owner may, where anybody may take any name."""

_RANKS: Final = {role: rank for rank, role in enumerate(reversed(Role))}


class Standing(Struct, frozen=True, kw_only=True):
    """What somebody is in a room at this moment, and all that follows from it."""

    role: Role
    state: RoomState
    may: frozenset[Action]
    """What needs no further question."""

    otherwise: frozenset[Action] = frozenset()
    """What they may do when the mute or the ban has run out."""

    muted_until_ms: int = 0
    banned_until_ms: int = 0

    def objection(self, action: Action, now_ms: int) -> RoomError | None:
        """Say why *action* is not theirs, or None if it is."""
        if action in self.may:
            return None
        if self.banned_until_ms > now_ms:
            # To whoever may not know of it, a private room is none at all.
            return RoomNotFound() if self.state.is_private else Banned(self.banned_until_ms)
        if not is_allowed(Action.SEE, self.role, self.state):
            return RoomNotFound()
        if action in SPEAKING and self.muted_until_ms > now_ms:
            return Muted(self.muted_until_ms, now_ms=now_ms)
        if action in self.otherwise:
            return None
        return _refusal(action, self.role, self.state)


def standing_of(caller: Caller, room_id: RoomId, state: RoomState, grant: Grant | None) -> Standing:
    """Draw together what is known of *caller* and of the room. *grant* is theirs in it."""
    role = role_of(caller, room_id, state, grant)
    muted_until_ms = banned_until_ms = 0
    if grant is not None and role is not Role.OWNER:
        muted_until_ms, banned_until_ms = grant.muted_until_ms, grant.banned_until_ms
    is_believed = role is Role.MEMBER and not caller.is_proven
    otherwise = (_MAY_BELIEVED if is_believed else _MAY)[role, state.letters]
    if caller.rights is not None:
        otherwise &= frozenset[Action]().union(*map(_actions_of, caller.rights))
    may = otherwise
    if banned_until_ms:
        may = frozenset()
    elif muted_until_ms:
        may -= SPEAKING
    return Standing(
        role=role,
        state=state,
        may=may,
        otherwise=otherwise,
        muted_until_ms=muted_until_ms,
        banned_until_ms=banned_until_ms,
    )


def role_of(caller: Caller, room_id: RoomId, state: RoomState, grant: Grant | None) -> Role:
    """
    Say what *caller* is in a room.

    The server's owner is the owner of every room. Whoever is restricted to some rooms is
    nobody elsewhere. Then counts what was granted in the room, and without that what
    everybody is: a member where all are welcome.
    """
    if caller.rooms is not None and room_id not in caller.rooms:
        return Role.NOBODY
    if caller.is_owner:
        return Role.OWNER
    # A program's token only restricts: what it may do is what whoever it belongs to may.
    is_granted = caller.rooms is not None and caller.kind is not CallerKind.PROGRAM
    if grant is not None and grant.role is not None:
        role = grant.role
    elif caller.kind is CallerKind.GUEST:
        role = Role.GUEST if is_granted else Role.NOBODY
    else:
        role = Role.MEMBER if is_granted or not state.is_private else Role.NOBODY
    may_moderate = caller.kind is CallerKind.PERSON and "moderate" in (caller.rights or ())
    if may_moderate and role is Role.MEMBER:
        return Role.MODERATOR
    return role


def is_allowed(action: Action, role: Role, state: RoomState) -> bool:
    """Look it up in the table."""
    return action in _MAY[role, state.letters]


def outranks(actor: Role, target: Role) -> bool:
    """Say whether *actor* may mute, kick or ban *target*: somebody below them only."""
    return _RANKS[actor] > _RANKS[target]


def may_watch(caller: Caller) -> bool:
    """Say whether *caller* may see the server's figures, all rooms in the sums."""
    return caller.is_owner or "metrics" in (caller.rights or ())


def may_make_rooms(caller: Caller) -> bool:
    """Say whether *caller* may make a room: guests and those kept to some rooms may not."""
    return caller.is_owner or (
        caller.kind is not CallerKind.GUEST and caller.rooms is None and caller.rights is None
    )


def objection(draft: Draft, target: Target | None) -> RoomError | None:
    """
    Say why *draft*, a change, can't be made to *target*, the message with its number.

    Everybody may react; a message's text is its author's, and a moderator may take it away.
    """
    if target is None or target.is_deleted or target.room_id != draft.room_id:
        return MessageNotFound()
    is_authors = draft.kind in (Kind.EDIT, Kind.DELETION)
    is_moderation = draft.kind is Kind.DELETION and draft.is_moderators
    if is_authors and not is_moderation and target.author_id != draft.author.user_id:
        return Forbidden("Only its author may change or delete a message.")
    return None


def _refusal(action: Action, role: Role, state: RoomState) -> RoomError:
    if state.is_archived and is_allowed(action, role, replace(state, is_archived=False)):
        return RoomArchived()
    return Forbidden(_why_not(action, role, state))


def _actions_of(right: str) -> frozenset[Action]:
    return RIGHTS.get(right, frozenset())


def _why_not(action: Action, role: Role, state: RoomState) -> str:
    if is_allowed(action, role, state):
        return "Your token does not give you that right."
    if not is_allowed(action, role, RoomState(is_private=state.is_private)):
        return f"A {role} may not do that in this room: {action}."
    return "Only owners and moderators write in this room."


_MAY: Final = {
    (role, letters): frozenset(
        action for action, cells in TABLE.items() if set(letters) <= set(cells[role])
    )
    for role in Role
    for letters in {
        f"{visibility}{'n' * is_announce_only}{'a' * is_archived}"
        for visibility in "op"
        for is_announce_only in (False, True)
        for is_archived in (False, True)
    }
}

_MAY_BELIEVED: Final = {
    (role, letters): may | (_MAY[Role.OWNER, letters] & EVERYBODYS)
    for (role, letters), may in _MAY.items()
}
"""What somebody may whose name is believed: made once, and not for everybody who is there."""

EVERYTHING_OPEN: Final = RoomState()
"""A room as it is unless somebody decides otherwise: open to all."""

ANYBODY: Final = Standing(
    role=Role.MEMBER, state=EVERYTHING_OPEN, may=_MAY[Role.MEMBER, EVERYTHING_OPEN.letters]
)
"""Whoever says a name, in open mode and in a room that is open to all."""
