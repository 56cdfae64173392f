import asyncio

import pytest

from roomserver.core.errors import Forbidden, InvalidEvent, RoomNotFound
from roomserver.core.model import Room, RoomId
from roomserver.service.rooms import KNOWN_ROOMS_MAX, Rooms
from tests.support.builders import OTHER_ROOM, ROOM
from tests.support.fakes import FakeDirectory
from tests.support.loops import all_quiet


@pytest.fixture
def directory() -> FakeDirectory:
    return FakeDirectory(ROOM, OTHER_ROOM)


@pytest.fixture
def rooms(directory: FakeDirectory) -> Rooms:
    return Rooms(directory, auto_create=True)


@pytest.fixture
def guarded(directory: FakeDirectory) -> Rooms:
    """Rooms that only the operator makes."""
    return Rooms(directory, auto_create=False)


async def test_the_first_room_is_general_and_has_number_1() -> None:
    directory = FakeDirectory()

    await Rooms(directory, auto_create=False).open_first()

    [room] = directory.rooms
    assert (room.id, room.slug, room.name) == (1, "general", "General")


async def test_opening_the_first_room_again_changes_nothing(
    rooms: Rooms, directory: FakeDirectory
) -> None:
    await rooms.open_first()

    assert directory.rooms == [ROOM, OTHER_ROOM]


@pytest.mark.parametrize("address", ["1", "general", "General"])
async def test_a_room_is_found_by_its_number_and_by_its_slug(rooms: Rooms, address: str) -> None:
    room = await rooms.find(address)

    assert room == ROOM


@pytest.mark.parametrize("address", ["99", "nowhere", "stats", "..%2f..", "007"])
async def test_finding_makes_no_room(rooms: Rooms, directory: FakeDirectory, address: str) -> None:
    with pytest.raises(RoomNotFound):
        await rooms.find(address)

    assert directory.rooms == [ROOM, OTHER_ROOM]


async def test_a_room_that_is_known_is_not_looked_for_again(
    rooms: Rooms, directory: FakeDirectory
) -> None:
    for _ in range(3):
        await rooms.find("general")

    assert directory.found == ["general"]


async def test_a_room_that_was_not_there_is_looked_for_again(
    rooms: Rooms, directory: FakeDirectory
) -> None:
    late = Room(id=RoomId(3), slug="late", name="Late", epoch="e3")
    with pytest.raises(RoomNotFound):
        await rooms.find("late")
    directory.rooms.append(late)

    room = await rooms.find("late")

    assert room == late


async def test_a_thousand_who_come_back_at_once_ask_for_a_room_once(
    rooms: Rooms, directory: FakeDirectory
) -> None:
    found = await asyncio.gather(*(rooms.find("general") for _ in range(1_000)))

    assert set(found) == {ROOM}
    assert directory.found == ["general"]


async def test_a_room_called_listing_is_not_taken_for_the_list_of_rooms(
    rooms: Rooms, directory: FakeDirectory
) -> None:
    namesake = Room(id=RoomId(3), slug="listing", name="Listing", epoch="e3")
    directory.rooms.append(namesake)

    listing, room = await asyncio.gather(rooms.listing(), rooms.find("listing"))

    assert len(listing) == 3
    assert room == namesake


@pytest.mark.parametrize(
    ("address", "slug", "name"),
    [("7", "7", "Room 7"), ("book-club", "book-club", "Book club"), ("Tea", "tea", "Tea")],
)
async def test_entering_makes_a_room_on_first_use(
    rooms: Rooms, address: str, slug: str, name: str
) -> None:
    room = await rooms.enter(address)

    assert (room.slug, room.name) == (slug, name)
    assert await rooms.find(address) == room


async def test_entering_a_room_that_is_there_makes_none(
    rooms: Rooms, directory: FakeDirectory
) -> None:
    room = await rooms.enter("general")

    assert room == ROOM
    assert directory.rooms == [ROOM, OTHER_ROOM]


@pytest.mark.parametrize("address", ["99", "nowhere"])
async def test_entering_makes_no_room_where_only_the_operator_does(
    guarded: Rooms, directory: FakeDirectory, address: str
) -> None:
    with pytest.raises(RoomNotFound):
        await guarded.enter(address)

    assert directory.rooms == [ROOM, OTHER_ROOM]


@pytest.mark.parametrize(
    "address", ["stats", "..%2f..", "a" * 300, "two words", "*", "0", "007", str(2**31)]
)
async def test_entering_makes_no_room_at_an_address_that_none_can_have(
    rooms: Rooms, directory: FakeDirectory, address: str
) -> None:
    with pytest.raises(RoomNotFound):
        await rooms.enter(address)

    assert directory.rooms == [ROOM, OTHER_ROOM]


async def test_rooms_are_made_one_after_the_other(rooms: Rooms, directory: FakeDirectory) -> None:
    directory.making.shut()
    entering = [asyncio.create_task(rooms.enter(f"room-{number}")) for number in range(50)]

    await all_quiet()
    at_once = directory.making.waiting
    directory.making.open()
    made = await asyncio.gather(*entering)

    assert at_once == 1
    assert len({room.id for room in made}) == 50


async def test_a_hundred_who_enter_a_new_room_at_once_are_in_the_same_one(rooms: Rooms) -> None:
    entered = await asyncio.gather(*(rooms.enter("tea") for _ in range(100)))

    assert len(set(entered)) == 1


@pytest.mark.parametrize(
    ("name", "slug"), [("Café & Co", "cafe-co"), ("房间", "room"), ("2026", "room-2026")]
)
async def test_a_room_that_is_made_by_name_gets_an_address_from_it(
    rooms: Rooms, name: str, slug: str
) -> None:
    room = await rooms.create(f"  {name} ")

    assert (room.name, room.slug) == (name, slug)


async def test_a_room_whose_address_is_taken_gets_a_number_behind_it(rooms: Rooms) -> None:
    made = [await rooms.create(name) for name in ("Books", "Books!", "books")]

    assert [room.slug for room in made] == ["books-2", "books-3", "books-4"]
    assert [room.name for room in made] == ["Books", "Books!", "books"]


async def test_a_number_behind_a_long_address_still_makes_an_address(rooms: Rooms) -> None:
    long = "x" * 80

    made = [await rooms.create(long) for _ in range(3)]

    assert [await rooms.find(room.slug) for room in made] == made


async def test_there_is_an_end_to_rooms_with_the_same_name(rooms: Rooms) -> None:
    for _ in range(99):
        await rooms.create("Tea")

    with pytest.raises(Forbidden, match="too many rooms with that name"):
        await rooms.create("Tea")


async def test_nobody_makes_a_room_by_name_where_only_the_operator_does(
    guarded: Rooms, directory: FakeDirectory
) -> None:
    with pytest.raises(Forbidden, match=r"rooms\.auto_create"):
        await guarded.create("Tea")

    assert directory.rooms == [ROOM, OTHER_ROOM]


@pytest.mark.parametrize("name", ["", "  ", "\u200b", "x" * 81, "a\0b"], ids=ascii)
async def test_a_room_is_not_made_with_a_name_that_nobody_can_read(
    rooms: Rooms, directory: FakeDirectory, name: str
) -> None:
    with pytest.raises(InvalidEvent):
        await rooms.create(name)

    assert directory.rooms == [ROOM, OTHER_ROOM]


async def test_what_is_known_of_rooms_stays_bounded(rooms: Rooms) -> None:
    for number in range(KNOWN_ROOMS_MAX + 10):
        rooms._remember(RoomId(number), ROOM)

    assert len(rooms._known) == KNOWN_ROOMS_MAX


async def test_a_room_that_is_gone_is_asked_for_again_and_made_again(
    rooms: Rooms, directory: FakeDirectory
) -> None:
    await rooms.find("1")
    await rooms.find("general")
    directory.rooms.remove(ROOM)

    rooms.forget(ROOM)

    with pytest.raises(RoomNotFound):
        await rooms.find("1")
    made = await rooms.enter("general")
    assert made.slug == "general"
