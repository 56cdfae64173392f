"""Finding rooms, and making them: on first use in open mode, or by name."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from functools import partial
from typing import Final

from roomserver.core.address import (
    MADE_BY_NUMBER_MAX,
    check_description,
    check_room_name,
    check_slug,
    name_of,
    parse_room,
    slug_of,
)
from roomserver.core.errors import Forbidden, RoomExists, RoomNotFound
from roomserver.core.model import Room, RoomId, Seq
from roomserver.ports.rooms import RoomDirectory
from roomserver.service.shared import SharedAnswers

FIRST_ROOM: Final = "general"
"""The room that is ready when somebody opens the page for the first time. It has number 1."""

KNOWN_ROOMS_MAX: Final = 10_000
"""Rooms whose facts are kept at hand, so that a storm of returning clients asks for none."""


class Rooms:
    """The rooms, by the text in an address. Every method may raise :exc:`StorageUnavailable`."""

    def __init__(self, directory: RoomDirectory, *, auto_create: bool) -> None:
        self._directory = directory
        self._auto_create = auto_create
        self._shared = SharedAnswers()
        self._known: OrderedDict[RoomId | str, Room] = OrderedDict()
        # Rooms are made one after the other: at once, they would wait for the database's
        # write lock, and those at the end of the queue would take it for dead.
        self._making = asyncio.Lock()

    async def close(self) -> None:
        await self._shared.close()

    async def open_first(self) -> None:
        """Make the first room, unless it is there."""
        await self._directory.make(FIRST_ROOM, name=name_of(FIRST_ROOM))

    async def find(self, text: str) -> Room:
        """
        Return the room at this address.

        Raises:
            RoomNotFound: If there is none.

        """
        address = parse_room(text)
        room = self._known.get(address) or await self.ask_again(text)
        if room is None:
            raise RoomNotFound
        self._remember(address, room)
        return room

    async def ask_again(self, text: str) -> Room | None:
        """Return what the directory has at this address, whatever is known of it."""
        address = parse_room(text)
        return await self._shared.ask(("at", address), partial(self._directory.find, address))

    async def enter(self, text: str, *, may_make: bool = True) -> Room:
        """
        Return the room at this address, and make it if rooms are made on first use.

        Where people are known they make rooms by name: *may_make* is false there, or whoever
        finds a private room's address taken would know that it exists.

        Raises:
            RoomNotFound: If there is none and none is to be made.

        """
        try:
            return await self.find(text)
        except RoomNotFound:
            address = parse_room(text)
            if not self._auto_create or not may_make:
                raise
            if isinstance(address, int) and address > MADE_BY_NUMBER_MAX:
                raise
        name = name_of(address) if isinstance(address, str) else f"Room {address}"
        room, _is_new = await self._make(address, name)
        return room

    async def create(
        self,
        name: str,
        *,
        description: str = "",
        slug: str | None = None,
        is_private: bool = False,
    ) -> Room:
        """
        Make a room with this name. Two may have the same: they are told apart by their address.

        That is *slug*, or made from the name, with a number behind it if it is taken.

        Raises:
            InvalidEvent: If no room can have that name, description or slug.
            RoomExists: If there is a room with that *slug*.
            Forbidden: If rooms are not made by whoever asks here.

        """
        if not self._auto_create:
            raise Forbidden("Rooms are made by the operator here: rooms.auto_create is off.")
        tidy, about = check_room_name(name), check_description(description)
        wanted = slug_of(tidy) if slug is None else check_slug(slug)
        for attempt in range(1, 100):
            candidate = wanted if attempt == 1 else f"{wanted[:60]}-{attempt}"
            room, is_new = await self._make(candidate, tidy, about, is_private=is_private)
            if is_new:
                return room
            if slug is not None:
                raise RoomExists(wanted)
        raise Forbidden("There are too many rooms with that name. Choose another one.")

    def forget(self, room: Room) -> None:
        """Ask for this room again: it is not there any more."""
        for address in (room.id, room.slug):
            self._known.pop(address, None)

    async def listing(self) -> Sequence[tuple[Room, Seq]]:
        """Return all rooms by name, each with the number of its last entry."""
        return await self._shared.ask(("listing",), self._directory.listing)

    def known(self, room_id: RoomId) -> Room | None:
        """Return what is remembered of the room."""
        return self._known.get(room_id)

    async def read_again(self, room_id: RoomId) -> Room | None:
        """Forget what is remembered of the room, which has changed, and return what it is now."""
        key = ("at", room_id)
        room = await self._shared.ask(key, partial(self._directory.find, room_id))
        if room is not None:
            self._known.pop(room.slug, None)
            self._known.pop(room_id, None)
            self._remember(room_id, room)
        return room

    async def _make(
        self, address: RoomId | str, name: str, description: str = "", *, is_private: bool = False
    ) -> tuple[Room, bool]:
        async with self._making:
            room, is_new = await self._directory.make(
                address, name=name, description=description, is_private=is_private
            )
        self._remember(address, room)
        return room, is_new

    def _remember(self, address: RoomId | str, room: Room) -> None:
        self._known[address] = room
        self._known.move_to_end(address)
        if len(self._known) > KNOWN_ROOMS_MAX:
            self._known.popitem(last=False)
