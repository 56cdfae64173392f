"""The one table at the end of a run."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from tests.torture.history import Acknowledged, CaughtUp, Healed, History, Sent, Struck
from tests.torture.posts import Finding, posts_of
from tests.torture.timeline import NS
from tests.torture.town import Plan

COUNTED = (
    ("lost", ("LOST",)),
    ("duplicated", ("duplicate",)),
    ("out of order", ("order",)),
    ("gaps", ("gap", "session gap")),
    ("refused but stored", ("refused but stored",)),
    ("disagreements", ("disagree", "phantom", "corrupt")),
    ("stale reads", ("stale read",)),
)


def table(history: History, findings: Sequence[Finding], plan: Plan) -> str:
    """Say what a run came to."""
    kinds = Counter(finding.kind for finding in findings)
    named = {kind for _label, kinds_of in COUNTED for kind in kinds_of}
    posts = posts_of(history).values()
    acknowledged = sum(1 for post in posts if post.acknowledged)
    refused = sum(1 for post in posts if not post.acknowledged and not post.may_be_stored)
    rows = [
        ("instances", f"{plan.instances}, {plan.store}"),
        *_faults(history),
        ("sent", f"{len(posts):,} messages, {len(history.of(Sent)):,} times"),
        ("acknowledged", f"{acknowledged:,}"),
        ("refused, as they should be", f"{refused:,}"),
        ("unknown", f"{len(posts) - acknowledged - refused:,}"),
        *((label, str(sum(kinds[kind] for kind in of))) for label, of in COUNTED),
        ("other findings", str(sum(kinds.values()) - sum(kinds[kind] for kind in named))),
        ("worst time to head", _worst(each.took for each in history.of(CaughtUp))),
        ("worst acknowledgement", _worst(_acknowledgements(history))),
    ]
    width = max(len(label) for label, _value in rows)
    return "\n".join(f"{label:<{width}}  {value}" for label, value in rows)


def _faults(history: History) -> Iterator[tuple[str, str]]:
    healed = {each.fault for each in history.of(Healed)}
    struck = history.of(Struck)
    yield "faults", f"{len(struck)}, of which healed {len(healed)}"
    for kind, count in sorted(Counter(each.kind for each in struck).items()):
        yield f"  {kind}", str(count)


def _acknowledgements(history: History) -> Iterator[int]:
    sent = {each.attempt: each.at for each in history.of(Sent)}
    for answer in history.of(Acknowledged):
        yield answer.at - sent[answer.attempt]


def _worst(times: Iterable[int]) -> str:
    return f"{max(times, default=0) / NS:.2f} s"
