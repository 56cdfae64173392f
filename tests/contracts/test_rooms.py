"""The contract of :class:`roomserver.ports.rooms.RoomDirectory`, on every store."""

import asyncio

import pytest

from roomserver.adapters.sql_log import SqlLog
from roomserver.adapters.sql_rights import SqlRights
from roomserver.adapters.sql_rooms import SqlRooms
from roomserver.adapters.system_clock import SystemClock
from roomserver.core.model import RoomId
from roomserver.ports.rooms import RoomDirectory
from tests.contracts.conftest import Databases
from tests.support.builders import a_draft


@pytest.fixture
def directory(databases: Databases) -> RoomDirectory:
    return SqlRooms(databases[0], SystemClock())


@pytest.fixture
def other_directory(databases: Databases) -> RoomDirectory:
    """The same rooms, through another instance."""
    return SqlRooms(databases[1], SystemClock())


async def test_there_is_no_room_until_one_is_made(directory: RoomDirectory) -> None:
    assert await directory.find(RoomId(1)) is None
    assert await directory.find("general") is None
    assert list(await directory.listing()) == []


async def test_a_room_is_found_by_its_number_and_by_its_slug(
    directory: RoomDirectory, other_directory: RoomDirectory
) -> None:
    made, is_new = await directory.make("books", name="Bücher & Bücher")

    assert is_new
    assert (made.slug, made.name) == ("books", "Bücher & Bücher")
    for each in (directory, other_directory):
        assert await each.find("books") == made
        assert await each.find(made.id) == made


async def test_a_private_room_is_private_from_its_first_moment(
    directory: RoomDirectory, databases: Databases
) -> None:
    made, _is_new = await directory.make("plans", name="Plans", is_private=True)
    rights = SqlRights(databases[1], SystemClock())

    found = await rights.of_room(made.id, grants_max=10)

    assert found is not None
    assert found.state.is_private
    assert set(await rights.private_rooms(None)) == {made.id}
    await directory.make("plans", name="Plans", is_private=False)
    again = await rights.of_room(made.id, grants_max=10)
    assert again == found


async def test_a_room_that_is_there_does_not_become_private_by_being_made_again(
    directory: RoomDirectory, databases: Databases
) -> None:
    made, _is_new = await directory.make("books", name="Books")

    _made, is_new = await directory.make("books", name="Books", is_private=True)

    assert not is_new
    assert made.id not in await SqlRights(databases[0], SystemClock()).private_rooms(None)


async def test_a_room_is_found_by_its_whole_slug_only(directory: RoomDirectory) -> None:
    await directory.make("books", name="Books")

    for other in ("book", "Books", "books ", "b%", "*"):
        assert await directory.find(other) is None


async def test_a_room_made_by_its_number_has_that_number(directory: RoomDirectory) -> None:
    made, is_new = await directory.make(RoomId(7), name="Seven")

    assert is_new
    assert (made.id, made.slug) == (7, "7")
    assert await directory.find(RoomId(7)) == made


async def test_a_room_made_by_its_slug_gets_the_next_free_number(directory: RoomDirectory) -> None:
    first, _ = await directory.make("first", name="First")
    await directory.make(RoomId(7), name="Seven")
    next_one, _ = await directory.make("next", name="Next")

    assert (first.id, next_one.id) == (1, 8)


@pytest.mark.parametrize("address", ["books", RoomId(7)])
async def test_a_room_that_is_there_is_left_as_it_is(
    directory: RoomDirectory, other_directory: RoomDirectory, address: RoomId | str
) -> None:
    made, _ = await directory.make(address, name="The first name")

    again, is_new = await other_directory.make(address, name="Another name")

    assert not is_new
    assert again == made


@pytest.mark.slow
@pytest.mark.parametrize("address", ["books", RoomId(7)])
async def test_however_many_make_a_room_at_once_there_is_one(
    directory: RoomDirectory, other_directory: RoomDirectory, address: RoomId | str
) -> None:
    attempts = [each.make(address, name="Room") for each in (directory, other_directory) * 10]

    made = await asyncio.gather(*attempts)

    assert len({room.id for room, _is_new in made}) == 1
    assert [is_new for _room, is_new in made].count(True) == 1
    assert len(await directory.listing()) == 1


@pytest.mark.slow
async def test_rooms_made_at_once_by_their_slugs_get_different_numbers(
    directory: RoomDirectory, other_directory: RoomDirectory
) -> None:
    attempts = [
        each.make(f"room-{at}", name="Room")
        for at, each in enumerate((directory, other_directory) * 10)
    ]

    made = await asyncio.gather(*attempts)

    assert sorted(room.id for room, _is_new in made) == list(range(1, 21))
    assert all(is_new for _room, is_new in made)
    assert len({room.epoch for room, _is_new in made}) == 20


async def test_the_listing_has_all_rooms_by_name_and_the_ends_of_their_logs(
    databases: Databases, directory: RoomDirectory, other_directory: RoomDirectory
) -> None:
    music, _ = await directory.make("music", name="Music")
    books, _ = await directory.make("books", name="Books")
    empty, _ = await directory.make("a-z", name="Zoo")
    log = SqlLog(databases[0])
    await log.append([a_draft(room=room) for room in (music, books, music)])

    assert list(await other_directory.listing()) == [(books, 1), (music, 2), (empty, 0)]
