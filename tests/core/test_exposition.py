import pytest
from prometheus_client.parser import text_string_to_metric_families

from roomserver.core.exposition import Metric, Value, counter, exposition, gauge, histogram


def read(*metrics: Metric) -> list[tuple[str, dict[str, str], float]]:
    """Let Prometheus' own client read what was written."""
    families = text_string_to_metric_families(exposition(metrics))
    return [(each.name, each.labels, each.value) for family in families for each in family.samples]


def test_a_metric_says_what_it_is() -> None:
    assert exposition([gauge("rooms", "How many.", 3, kind="open")]) == (
        '# HELP rooms How many.\n# TYPE rooms gauge\nrooms{kind="open"} 3\n'
    )


@pytest.mark.parametrize("number", [0, 1, 2**53 - 1, 0.25, 1e-9, 12_345.678])
def test_a_number_is_read_as_it_was(number: float) -> None:
    assert read(counter("said_total", "Much.", number)) == [("said_total", {}, number)]


@pytest.mark.parametrize("text", ['a "quote"', "two\nlines", "back\\slash", "ñandú", ""])
def test_a_label_is_read_as_it_was(text: str) -> None:
    assert read(gauge("a", 'Of "it"\\\n.', 1, label=text)) == [("a", {"label": text}, 1)]


def test_buckets_are_added_up_and_end_at_infinity() -> None:
    metric = histogram("ack", "Long.", bounds=[0.00025, 1, 1.5], counts=[5, 0, 2, 1], total=9.5)

    assert read(metric) == [
        ("ack_bucket", {"le": "0.00025"}, 5),
        ("ack_bucket", {"le": "1"}, 5),
        ("ack_bucket", {"le": "1.5"}, 7),
        ("ack_bucket", {"le": "+Inf"}, 8),
        ("ack_sum", {}, 9.5),
        ("ack_count", {}, 8),
    ]


def test_what_has_not_been_counted_yet_is_named_all_the_same() -> None:
    text = exposition([Metric("refusals_total", "counter", "None.", [])])

    assert [family.name for family in text_string_to_metric_families(text)] == ["refusals"]
    assert exposition([Metric("a", "gauge", "", [Value(1)])]).endswith("\na 1\n")
