"""
What somebody writes in a room, on its way to the journal: the same rules for every door.

What it says is looked at first, then whether it is theirs to say, then how fast they are:
whoever is refused for one of the first two has spent nothing.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import assert_never

from roomserver.core import commands
from roomserver.core.errors import RateLimited, RoomError
from roomserver.core.limits import Limits
from roomserver.core.model import Draft, EntryId, Kind, Receipt, Role, RoomId, UserId
from roomserver.core.policy import Action, outranks
from roomserver.core.text import check_client_id, check_content, check_emoji
from roomserver.core.throttle import Throttle
from roomserver.core.turns import Pace
from roomserver.ports.clock import Clock
from roomserver.ports.turns import Turns
from roomserver.service.answers import Author
from roomserver.service.journal import Journal
from roomserver.service.register import Register
from roomserver.service.rights import Stay


@dataclass(frozen=True, slots=True, kw_only=True)
class WriterServices:
    """What whoever writes needs from the rest of the server."""

    journal: Journal
    register: Register
    messages: Throttle[UserId]
    events: Throttle[UserId]
    addresses: Throttle[str]
    """What one address sends, whoever it says it is."""

    turns: Turns
    limits: Limits
    clock: Clock


class Writer:
    """
    Somebody who writes in one room.

    Every method may raise :exc:`RateLimited`, or whatever the policy objects; then nothing is
    stored.
    """

    __slots__ = ("_room_id", "_stay", "_to", "_user")

    def __init__(self, room_id: RoomId, stay: Stay, services: WriterServices) -> None:
        self._room_id = room_id
        self._stay = stay
        self._user = stay.caller.user
        self._to = services

    def check(self, action: Action) -> None:
        """Let them do it, or say why not."""
        if action not in self._stay.standing.may:
            self._stay.check(action, self._to.clock.now_ms())

    def take(self, throttle: Throttle[UserId], what: str) -> None:
        """Count one thing more that they, and their address, have sent."""
        now_s = self._to.clock.monotonic_s()
        wait_s = throttle.wait_s(self._user.user_id, now_s)
        if wait_s == 0 and self._stay.address:
            wait_s = self._to.addresses.wait_s(self._stay.address, now_s)
        if wait_s > 0:
            raise RateLimited.for_s(what, wait_s)

    async def post(self, command: commands.Post, author: Author) -> None:
        """Say something; *author* hears what became of it."""
        rest = self.start_post(command, author)
        if rest is not None:
            await rest

    def start_post(self, command: commands.Post, author: Author) -> Awaitable[None] | None:
        """Say something; return what is left to wait for, if anything has to be asked first."""
        content = check_content(command.content, self._to.limits)
        if "@" in content or self._must_keep_pace:
            return self._post_later(command, author)
        self._to.journal.post(self._message(command), author)
        return None

    async def _post_later(self, command: commands.Post, author: Author) -> None:
        if "@" in command.content:
            await self._to.register.settle(self._room_id)
        message = self._message(command)
        await self._keep_pace(command.client_id)
        self._to.journal.post(message, author)

    def change(self, command: commands.Change, author: Author) -> None:
        """Change what was said; *author* hears what became of it."""
        match command:
            case commands.Edit():
                self.check(Action.EDIT_OWN)
                kind, content = Kind.EDIT, check_content(command.content, self._to.limits)
            case commands.Delete():
                self.check(Action.DELETE_OWN)
                kind, content = Kind.DELETION, ""
            case commands.React(emoji=emoji, on=is_on):
                self.check(Action.REACT)
                kind = Kind.REACTION if is_on else Kind.REACTION_END
                content = check_emoji(emoji)
            case _:
                assert_never(command)
        target_id = EntryId(command.message_id)
        draft = self._change(kind, content, client_id=command.client_id, target_id=target_id)
        self._count(draft)
        self._to.journal.post(draft, author)

    def _change(
        self,
        kind: Kind,
        content: str,
        *,
        client_id: str | None,
        target_id: EntryId,
    ) -> Draft:
        return Draft(
            room_id=self._room_id,
            author=self._user,
            content=content,
            client_id=client_id,
            kind=kind,
            target_id=target_id,
            is_moderators=kind is Kind.DELETION and Action.DELETE_OTHERS in self._stay.standing.may,
        )

    def _message(self, command: commands.Post) -> Draft:
        self.check(Action.POST)
        draft = Draft(
            room_id=self._room_id,
            author=self._user,
            content=command.content,
            client_id=command.client_id,
            reply_to=None if command.reply_to is None else EntryId(command.reply_to),
        )
        self._count(draft)
        return draft

    def _count(self, draft: Draft) -> None:
        if draft.client_id is not None:
            check_client_id(draft.client_id)
        self.take(self._to.messages, "messages")

    @property
    def _must_keep_pace(self) -> bool:
        standing = self._stay.standing
        return bool(standing.state.slow_mode_s) and not outranks(standing.role, Role.MEMBER)

    async def _keep_pace(self, client_id: str | None) -> None:
        if not self._must_keep_pace:
            return
        slow_mode_s = self._stay.standing.state.slow_mode_s
        # Another pace is counted anew: nobody waits for the end of one that was longer.
        key = f"slow:{self._room_id}:{self._user.user_id}:{slow_mode_s}"
        wait_s = await self._to.turns.take(key, Pace(slow_mode_s), name=client_id)
        if wait_s > 0:
            raise RateLimited.for_s("messages for slow mode", wait_s)


class Awaited:
    """An :class:`Author` who asks once and waits for the one answer."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()

    async def receipt(self) -> Receipt:
        """
        Return what was stored, as soon as it is on disk.

        Raises:
            RoomError: If it is not, or may not be.

        """
        return await self._answer

    def stored(self, draft: Draft, receipt: Receipt) -> None:
        if not self._answer.done():
            self._answer.set_result(receipt)

    def refused(self, draft: Draft, error: RoomError) -> None:
        if not self._answer.done():
            self._answer.set_exception(error)
