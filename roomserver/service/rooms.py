"""Finding rooms, and making them: on first use in open mode, or by name."""

from collections.abc import Sequence
from functools import partial

from roomserver.core.address import (
    MADE_BY_NUMBER_MAX,
    check_room_name,
    name_of,
    parse_room,
    slug_of,
)
from roomserver.core.errors import Forbidden, RoomNotFound
from roomserver.core.model import Room, RoomId, Seq
from roomserver.ports.rooms import RoomDirectory
from roomserver.service.shared import SharedAnswers

FIRST_ROOM = "general"
"""The room that is ready when somebody opens the page for the first time. It has number 1."""


class Rooms:
    """The rooms, by the text in an address. Every method may raise :exc:`StorageUnavailable`."""

    def __init__(self, directory: RoomDirectory, *, auto_create: bool) -> None:
        self._directory = directory
        self._auto_create = auto_create
        self._shared = SharedAnswers()

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
        room = await self._shared.ask(address, partial(self._directory.find, address))
        if room is None:
            raise RoomNotFound
        return room

    async def enter(self, text: str) -> Room:
        """
        Return the room at this address, and make it if rooms are made on first use.

        Raises:
            RoomNotFound: If there is none and none is to be made.

        """
        try:
            return await self.find(text)
        except RoomNotFound:
            address = parse_room(text)
            if not self._auto_create:
                raise
            if isinstance(address, int) and address > MADE_BY_NUMBER_MAX:
                raise
        name = name_of(address) if isinstance(address, str) else f"Room {address}"
        room, _is_new = await self._directory.make(address, name=name)
        return room

    async def create(self, name: str) -> Room:
        """
        Make a room with this name; its address is made from it, with a number if it is taken.

        Raises:
            InvalidEvent: If no room can have that name.
            Forbidden: If rooms are not made by whoever asks here.

        """
        if not self._auto_create:
            raise Forbidden("Rooms are made by the operator here: rooms.auto_create is off.")
        tidy = check_room_name(name)
        slug = slug_of(tidy)
        for attempt in range(1, 100):
            candidate = slug if attempt == 1 else f"{slug[:60]}-{attempt}"
            room, is_new = await self._directory.make(candidate, name=tidy)
            if is_new:
                return room
        raise Forbidden("There are too many rooms with that name. Choose another one.")

    async def listing(self) -> Sequence[tuple[Room, Seq]]:
        return await self._shared.ask("listing", self._directory.listing)


def address_of(room: Room) -> RoomId | str:
    """Return what a room is called in links: its slug."""
    return room.slug
