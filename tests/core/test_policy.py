"""Who may do what, as whom, in which room."""

import itertools

import pytest

from roomserver.core.errors import Banned, Forbidden, MessageNotFound, Muted, RoomNotFound
from roomserver.core.model import (
    FOREVER_MS,
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
from roomserver.core.policy import (
    ANYBODY,
    RIGHTS,
    SPEAKING,
    TABLE,
    Action,
    Standing,
    is_allowed,
    may_make_rooms,
    objection,
    outranks,
    standing_of,
)
from tests.support.builders import ANA, EVA, NOON_MS, ROOM

OPEN, PRIVATE = RoomState(), RoomState(is_private=True)
LATER_MS = NOON_MS + 60_000


def standing(
    *,
    state: RoomState = OPEN,
    role: Role | None = None,
    muted_until_ms: int = 0,
    banned_until_ms: int = 0,
    caller: Caller | None = None,
) -> Standing:
    grant = Grant(
        user=ANA, role=role, muted_until_ms=muted_until_ms, banned_until_ms=banned_until_ms
    )
    return standing_of(caller or Caller(user=ANA), ROOM.id, state, grant)


def test_every_action_is_decided_for_every_role() -> None:
    assert list(TABLE) == list(Action)
    for cells in TABLE.values():
        assert list(cells) == list(Role)


def test_a_higher_role_may_do_whatever_a_lower_one_may() -> None:
    for cells in TABLE.values():
        for higher, lower in itertools.pairwise(Role):
            assert set(cells[higher]) >= set(cells[lower])


def test_nobody_may_do_nothing() -> None:
    for action in Action:
        for is_private in (False, True):
            assert not is_allowed(action, Role.NOBODY, RoomState(is_private=is_private))


def test_an_archived_room_is_only_read_except_for_who_is_in_it() -> None:
    archived = RoomState(is_archived=True)

    for action in SPEAKING | {Action.DELETE_OWN, Action.DELETE_OTHERS, Action.INVITE}:
        assert not any(is_allowed(action, role, archived) for role in Role)
    assert is_allowed(Action.READ, Role.GUEST, archived)
    assert is_allowed(Action.BAN, Role.MODERATOR, archived)


def test_in_an_announce_only_room_members_read_and_react() -> None:
    state = RoomState(is_announce_only=True)

    assert not is_allowed(Action.POST, Role.MEMBER, state)
    assert is_allowed(Action.REACT, Role.MEMBER, state)
    assert is_allowed(Action.POST, Role.MODERATOR, state)


def test_anybody_is_a_member_of_an_open_room() -> None:
    assert standing_of(Caller(user=ANA), ROOM.id, OPEN, None).may == ANYBODY.may
    assert Action.POST in ANYBODY.may
    assert Action.DELETE_OTHERS not in ANYBODY.may


def test_nobody_is_in_a_private_room_without_a_grant() -> None:
    stranger = standing_of(Caller(user=ANA), ROOM.id, PRIVATE, None)

    for action in Action:
        assert isinstance(stranger.objection(action, NOON_MS), RoomNotFound)


@pytest.mark.parametrize("role", [Role.OWNER, Role.MODERATOR, Role.MEMBER, Role.GUEST])
def test_a_grant_opens_a_private_room(role: Role) -> None:
    assert standing(state=PRIVATE, role=role).objection(Action.ENTER, NOON_MS) is None


def test_the_servers_owner_owns_every_room_and_is_neither_muted_nor_banned() -> None:
    owner = Caller(user=ANA, is_owner=True)
    found = standing(
        state=PRIVATE, caller=owner, muted_until_ms=FOREVER_MS, banned_until_ms=FOREVER_MS
    )

    assert found.role is Role.OWNER
    assert found.objection(Action.SEE_AUDIT, NOON_MS) is None


def test_whoever_is_kept_to_some_rooms_is_nobody_elsewhere() -> None:
    for kind in CallerKind:
        caller = Caller(user=ANA, kind=kind, rooms=frozenset({RoomId(9)}), is_owner=True)

        assert standing(caller=caller, role=Role.MEMBER).role is Role.NOBODY


def test_a_guest_is_a_guest_in_the_room_of_their_invitation() -> None:
    guest = Caller(user=ANA, kind=CallerKind.GUEST, rooms=frozenset({ROOM.id}))

    assert standing(caller=guest, state=PRIVATE).role is Role.GUEST
    assert standing(caller=guest, state=PRIVATE, role=Role.NOBODY).role is Role.NOBODY
    assert standing(caller=Caller(user=ANA, kind=CallerKind.GUEST)).role is Role.NOBODY


def test_a_persons_token_opens_a_private_room_and_a_programs_does_not() -> None:
    rooms = frozenset({ROOM.id})
    person = Caller(user=ANA, rooms=rooms)
    program = Caller(user=ANA, kind=CallerKind.PROGRAM, rooms=rooms)

    assert standing(caller=person, state=PRIVATE).role is Role.MEMBER
    assert standing(caller=program, state=PRIVATE).role is Role.NOBODY
    assert standing(caller=program).role is Role.MEMBER


def test_a_tokens_rights_are_the_most_that_it_can_do() -> None:
    reader = Caller(user=ANA, rights=frozenset({"read", "dance"}))
    found = standing(caller=reader, role=Role.OWNER)

    assert found.may == RIGHTS["read"]
    refusal = found.objection(Action.POST, NOON_MS)
    assert isinstance(refusal, Forbidden)
    assert "token" in str(refusal)


def test_a_persons_token_may_make_a_moderator_and_a_programs_may_not() -> None:
    rights = frozenset({"read", "write", "moderate"})
    person = Caller(user=ANA, rights=rights)
    program = Caller(user=ANA, kind=CallerKind.PROGRAM, rights=rights)

    assert Action.MUTE in standing(caller=person).may
    assert Action.SET_ROLE not in standing(caller=person).may
    assert Action.MUTE not in standing(caller=program).may


@pytest.mark.parametrize("action", sorted(SPEAKING))
def test_whoever_is_muted_only_reads_until_then(action: Action) -> None:
    muted = standing(muted_until_ms=LATER_MS)
    refusal = muted.objection(action, NOON_MS)

    assert isinstance(refusal, Muted)
    assert refusal.details() == {"until": "2026-11-24T12:01:00.000Z", "retry_after_ms": 60_000}
    assert muted.objection(Action.READ, NOON_MS) is None
    assert muted.objection(Action.DELETE_OWN, NOON_MS) is None
    assert muted.objection(action, LATER_MS) is None


def test_whoever_is_banned_stays_outside_until_then() -> None:
    banned = standing(banned_until_ms=LATER_MS)

    for action in Action:
        assert isinstance(banned.objection(action, NOON_MS), Banned)
    assert banned.objection(Action.ENTER, LATER_MS) is None


def test_a_ban_from_a_private_room_does_not_say_that_it_exists() -> None:
    banned = standing(state=PRIVATE, role=Role.MEMBER, banned_until_ms=LATER_MS)

    assert isinstance(banned.objection(Action.ENTER, NOON_MS), RoomNotFound)


def test_a_mute_that_has_run_out_gives_no_more_than_the_token_does() -> None:
    reader = Caller(user=ANA, rights=frozenset({"read"}))

    refusal = standing(caller=reader, muted_until_ms=1).objection(Action.POST, NOON_MS)

    assert isinstance(refusal, Forbidden)
    assert not isinstance(refusal, Muted)


@pytest.mark.parametrize(
    ("state", "word"),
    [
        (RoomState(is_archived=True), "archived"),
        (RoomState(is_announce_only=True), "Only owners and moderators"),
    ],
)
def test_a_refusal_says_what_the_room_is_like(state: RoomState, word: str) -> None:
    assert word in str(standing(state=state).objection(Action.POST, NOON_MS))


def test_ranks() -> None:
    assert outranks(Role.OWNER, Role.MODERATOR)
    assert outranks(Role.MODERATOR, Role.MEMBER)
    assert outranks(Role.MODERATOR, Role.NOBODY)
    assert not outranks(Role.MODERATOR, Role.MODERATOR)
    assert not outranks(Role.MODERATOR, Role.OWNER)


def test_guests_and_whoever_is_restricted_make_no_rooms() -> None:
    assert may_make_rooms(Caller(user=ANA))
    assert may_make_rooms(Caller(user=ANA, kind=CallerKind.PROGRAM))
    assert not may_make_rooms(Caller(user=ANA, kind=CallerKind.GUEST))
    assert not may_make_rooms(Caller(user=ANA, rooms=frozenset({ROOM.id})))
    assert not may_make_rooms(Caller(user=ANA, rights=frozenset({"read"})))


@pytest.mark.parametrize(
    ("kind", "is_moderators", "is_allowed"),
    [
        (Kind.EDIT, False, False),
        (Kind.EDIT, True, False),
        (Kind.DELETION, False, False),
        (Kind.DELETION, True, True),
        (Kind.REACTION, False, True),
    ],
)
def test_a_moderator_takes_others_messages_back_and_changes_none(
    kind: Kind, *, is_moderators: bool, is_allowed: bool
) -> None:
    draft = Draft(room_id=ROOM.id, author=ANA, kind=kind, is_moderators=is_moderators)
    target = Target(room_id=ROOM.id, author_id=EVA.user_id, is_deleted=False)

    assert (objection(draft, target) is None) is is_allowed


def test_a_message_of_another_room_is_none() -> None:
    draft = Draft(room_id=ROOM.id, author=ANA, kind=Kind.DELETION, is_moderators=True)
    target = Target(room_id=RoomId(9), author_id=EVA.user_id, is_deleted=False)

    assert isinstance(objection(draft, target), MessageNotFound)
