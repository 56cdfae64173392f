from contextlib import ExitStack

import pytest

from roomserver.core.errors import RateLimited, ShuttingDown, TooManyConnections
from roomserver.core.limits import Limits
from roomserver.core.model import User
from roomserver.service.admission import Admission
from tests.support.builders import ANA, EVA, JUAN, OTHER_ROOM, ROOM
from tests.support.fakes import FakeClock

HERE, THERE = "192.0.2.1", "192.0.2.2"


@pytest.fixture
def admission() -> Admission:
    return Admission(Limits(connections_per_address_max=3, connections_per_user_max=2), FakeClock())


def test_an_address_may_have_so_many_connections_whoever_they_are(admission: Admission) -> None:
    with ExitStack() as inside:
        for user in (ANA, JUAN, EVA):
            inside.enter_context(admission.admit(HERE, user.user_id))

        with pytest.raises(TooManyConnections, match="3 connections of this address"):
            inside.enter_context(admission.admit(HERE, JUAN.user_id))

        inside.enter_context(admission.admit(THERE, JUAN.user_id))


def test_a_person_may_have_so_many_connections_wherever_they_are(admission: Admission) -> None:
    with ExitStack() as inside:
        for address in (HERE, THERE):
            inside.enter_context(admission.admit(address, ANA.user_id))

        with pytest.raises(TooManyConnections, match="2 connections of this person"):
            inside.enter_context(admission.admit(THERE, ANA.user_id))

        inside.enter_context(admission.admit(THERE, JUAN.user_id))


def test_a_place_is_free_again_when_somebody_goes_however_they_go(admission: Admission) -> None:
    for _ in range(10):
        with pytest.raises(ZeroDivisionError), admission.admit(HERE, ANA.user_id):
            raise ZeroDivisionError

    with admission.admit(HERE, ANA.user_id), admission.admit(HERE, ANA.user_id):
        pass


def test_whoever_is_refused_takes_no_place(admission: Admission) -> None:
    with ExitStack() as inside:
        for address in (HERE, THERE):
            inside.enter_context(admission.admit(address, ANA.user_id))
        for _ in range(10):
            with pytest.raises(TooManyConnections), admission.admit(HERE, ANA.user_id):
                pass

        for user in (JUAN, EVA):
            inside.enter_context(admission.admit(HERE, user.user_id))


def test_nothing_is_kept_about_those_who_have_gone(admission: Admission) -> None:
    for number in range(100):
        with admission.admit(f"192.0.2.{number}", ANA.user_id):
            pass

    assert not admission._by_address
    assert not admission._by_user


def test_nobody_is_let_in_once_it_is_closed_and_those_inside_stay(admission: Admission) -> None:
    with admission.admit(HERE, ANA.user_id):
        admission.close()

        with pytest.raises(ShuttingDown), admission.admit(HERE, JUAN.user_id):
            pass

    assert not admission.is_open


def test_an_instance_has_so_many_connections_whoever_they_are() -> None:
    admission = Admission(Limits(connections_per_instance_max=2), FakeClock())
    with ExitStack() as inside:
        inside.enter_context(admission.admit(HERE, ANA.user_id))
        inside.enter_context(admission.admit(THERE, JUAN.user_id))

        with pytest.raises(TooManyConnections, match="2 connections of everybody"):
            inside.enter_context(admission.admit("192.0.2.3", EVA.user_id))

    with admission.admit(HERE, EVA.user_id):
        pass


def test_a_person_is_in_so_many_rooms_at_once() -> None:
    admission = Admission(Limits(rooms_per_user_max=1), FakeClock())
    with ExitStack() as inside:
        for _tab in range(2):
            inside.enter_context(admission.admit(HERE, ANA.user_id)).sit(ROOM.id)

        with (
            admission.admit(HERE, ANA.user_id) as ticket,
            pytest.raises(TooManyConnections, match="each in another room"),
        ):
            ticket.sit(OTHER_ROOM.id)
        inside.enter_context(admission.admit(HERE, EVA.user_id)).sit(OTHER_ROOM.id)

    with admission.admit(HERE, ANA.user_id) as ticket:
        ticket.sit(OTHER_ROOM.id)


def test_a_ticket_given_back_twice_counts_once() -> None:
    admission = Admission(Limits(connections_per_user_max=1), FakeClock())
    first = admission.admit(HERE, ANA.user_id)
    first.give_back()
    with admission.admit(HERE, ANA.user_id):
        first.give_back()

        with pytest.raises(TooManyConnections):
            admission.admit(HERE, ANA.user_id)


@pytest.mark.parametrize(
    ("limit", "people", "addresses"),
    [
        ("user_joins_per_minute_max", [ANA], [HERE, THERE]),
        ("address_joins_per_minute_max", [ANA, EVA], [HERE]),
    ],
)
def test_so_many_come_in_within_a_minute(
    limit: str, people: list[User], addresses: list[str]
) -> None:
    clock = FakeClock()
    few = {limit: 2, "connections_per_user_max": 2, "connections_per_address_max": 2}
    admission = Admission(Limits(**few), clock)
    for turn in range(2):
        with admission.admit(addresses[turn % len(addresses)], people[turn % len(people)].user_id):
            pass

    with pytest.raises(RateLimited) as refused, admission.admit(HERE, ANA.user_id):
        pass
    clock.advance(refused.value.retry_after_ms / 1_000)
    with admission.admit(HERE, ANA.user_id):
        pass

    assert 29_000 < refused.value.retry_after_ms <= 30_001
