from roomserver.core.figures import dashboard
from roomserver.core.gauges import LATENCY_BOUNDS_MS, Report, RoomFlow, Sample, bucket_of
from roomserver.core.model import RoomCount, RoomId
from tests.support.builders import OTHER_ROOM, ROOM


def a_report(instance: str, *people: int, messages: int = 0, room: RoomId = ROOM.id) -> Report:
    latencies = [0] * (len(LATENCY_BOUNDS_MS) + 1)
    latencies[bucket_of(5)] = messages
    return Report(
        instance=instance,
        span_s=2.0,
        counts={room: RoomCount(len(people), frozenset(people))} if people else {},
        flows={room: RoomFlow(messages, messages * len(people))} if messages else {},
        latencies=tuple(latencies),
    )


def test_before_the_first_look_there_is_nothing() -> None:
    shown = dashboard([], [ROOM], every_s=2)

    assert shown.now.connections == 0
    assert (shown.series.at_ms, shown.instances, shown.rooms) == ([], [], [])


def test_instances_are_added_up_and_shown_one_by_one() -> None:
    sample = Sample(5_000, [a_report("b", 1, 2, messages=4), a_report("a", 2, 3, messages=2)])

    shown = dashboard([sample], [ROOM], every_s=2)

    assert (shown.now.connections, shown.now.people, shown.now.rooms) == (4, 3, 1)
    assert (shown.now.messages_per_s, shown.now.deliveries_per_s) == (3, 6)
    assert [(each.instance, each.now.messages_per_s) for each in shown.instances] == [
        ("a", 1),
        ("b", 2),
    ]
    assert [(room.slug, room.people, room.messages_per_s) for room in shown.rooms] == [
        (ROOM.slug, 3, 3)
    ]
    assert shown.now.ack_p50_ms is not None


def test_series_have_a_value_for_each_look_though_an_instance_came_later() -> None:
    samples = [
        Sample(1_000, [a_report("a", 1)]),
        Sample(3_000, [a_report("a", 1, messages=2), a_report("b", 2)]),
        Sample(5_000, [a_report("a", 1), a_report("b", 2, messages=8)]),
    ]

    shown = dashboard(samples, [ROOM], every_s=2)

    assert shown.series.at_ms == [1_000, 3_000, 5_000]
    assert shown.series.connections == [1, 2, 2]
    assert shown.series.messages_per_s == [0, 1, 4]
    assert shown.series.ack_p99_ms[0] is None
    assert [each.history for each in shown.instances] == [[0, 1, 0], [0, 0, 4]]
    assert shown.rooms[0].history == [0, 1, 4]


def test_the_busiest_rooms_are_shown_and_the_others_counted() -> None:
    sample = Sample(
        1_000, [a_report("a", 1, messages=2), a_report("b", 1, 2, 3, room=OTHER_ROOM.id)]
    )

    shown = dashboard([sample], [ROOM, OTHER_ROOM], every_s=2, rooms_max=1)

    assert [room.slug for room in shown.rooms] == [OTHER_ROOM.slug]
    assert shown.rooms_left_out == 1


def test_of_rooms_with_as_many_people_the_one_comes_first_in_which_more_was_said() -> None:
    samples = [
        Sample(1_000, [a_report("a", 1, messages=2), a_report("b", 2, room=OTHER_ROOM.id)]),
        Sample(3_000, [a_report("a", 1), a_report("b", 2, messages=9, room=OTHER_ROOM.id)]),
    ]

    shown = dashboard(samples, [ROOM, OTHER_ROOM], every_s=2)

    assert [room.slug for room in shown.rooms] == [OTHER_ROOM.slug, ROOM.slug]
    assert [room.history for room in shown.rooms] == [[0, 4.5], [1, 0]]


def test_rooms_in_which_nothing_happens_are_left_out() -> None:
    shown = dashboard([Sample(1_000, [a_report("a", 1)])], [ROOM, OTHER_ROOM], every_s=2)

    assert [room.slug for room in shown.rooms] == [ROOM.slug]
    assert shown.rooms_left_out == 0


def test_refusals_are_added_up_over_the_instances_that_run() -> None:
    before = Sample(1_000, [Report(instance="a", counts={}, refusals={"muted": 9})])
    now = Sample(
        3_000,
        [
            Report(instance="b", counts={}, refusals={"rate_limited": 2, "banned": 1}),
            Report(instance="c", counts={}, refusals={"rate_limited": 3}),
        ],
    )

    assert dashboard([before, now], [], every_s=2).refusals == {"banned": 1, "rate_limited": 5}
