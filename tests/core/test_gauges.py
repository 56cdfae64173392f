import pytest

from roomserver.core.gauges import LATENCY_BOUNDS_MS, added, bucket_of, percentile_ms


def counted(*latencies_ms: float) -> list[int]:
    buckets = [0] * (len(LATENCY_BOUNDS_MS) + 1)
    for latency_ms in latencies_ms:
        buckets[bucket_of(latency_ms)] += 1
    return buckets


@pytest.mark.parametrize(
    ("latency_ms", "bucket"), [(0.0, 0), (0.25, 0), (0.26, 1), (2_048.0, 25), (9_000.0, 26)]
)
def test_a_bucket_holds_what_took_up_to_its_bound(latency_ms: float, bucket: int) -> None:
    assert bucket_of(latency_ms) == bucket


def test_where_nobody_waited_there_is_no_percentile() -> None:
    assert percentile_ms([], 0.5) is None
    assert percentile_ms(counted(), 0.99) is None


@pytest.mark.parametrize(("share", "low", "high"), [(0.5, 4, 6), (0.99, 4, 6), (1, 96, 128)])
def test_a_percentile_lies_in_the_bucket_of_whoever_waited_so_long(
    share: float, low: float, high: float
) -> None:
    latencies = counted(*[5.0] * 199, 100.0)

    found_ms = percentile_ms(latencies, share)

    assert found_ms is not None
    assert low < found_ms <= high


def test_the_endless_bucket_counts_as_its_beginning() -> None:
    assert percentile_ms(counted(9_000.0), 0.5) == LATENCY_BOUNDS_MS[-1]


def test_the_buckets_of_several_add_up_whoever_counted_nothing() -> None:
    assert added([counted(1.0), (), counted(1.0, 3.0)]) == tuple(counted(1.0, 1.0, 3.0))
    assert added([(), ()]) == ()
