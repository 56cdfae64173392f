"""The shapes of load behind the table, as words for the generator."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How large and how long. ``QUICK`` only shows that everything works."""

    rounds: int
    seconds: float
    warm_s: float
    share: float = 1.0
    """Of the connections that the table asks for."""

    stored: tuple[int, ...] = (0, 1_000_000, 10_000_000)
    rooms: tuple[int, ...] = (1, 100, 1_000, 10_000)
    large_room: int = 1_000_000

    def people(self, count: int) -> int:
        return max(2, round(count * self.share))


FULL = Scale(rounds=3, seconds=3.0, warm_s=1.0)
QUICK = Scale(
    rounds=1,
    seconds=0.3,
    warm_s=0.1,
    share=0.02,
    stored=(0, 1_000),
    rooms=(1, 20),
    large_room=1_000,
)

PATH = "/ws/%r?user_id=%i&username=u%i"
RETURNING = ("--late-path", f"{PATH}&since=0")
"""Back in a room of which they have seen nothing."""

SIZE = ("--sizes", "60")
"""Makes frames of about 130 bytes from a raw server, and of 280 from this one."""

WINDOWS = (32, 256, 1_000)
"""How many messages are under way at once where a room is saturated. Each server counts at the
window at which it is fastest: what waits lets one share its writes, and is a burden to another."""


def saturated_room(scale: Scale, *, window: int) -> list[str]:
    """P1: one speaks as fast as a room of 500 can hear."""
    return ["--members", str(scale.people(500)), "--window", str(window), *SIZE, *_time(scale)]


def saturated_rooms(scale: Scale) -> list[str]:
    """P2: 1,000 people in 100 rooms, one of ten speaks."""
    rooms = scale.people(100)
    people = ["--members", str(10 * rooms), "--rooms", str(rooms), "--senders", str(rooms)]
    return [*people, "--window", "10", *SIZE, *_time(scale)]


def steady_room(scale: Scale) -> list[str]:
    """P3: 100 messages a second into a room of 500."""
    return ["--members", str(scale.people(500)), "--rate", "100", *SIZE, *_time(scale)]


def idle(scale: Scale) -> list[str]:
    """P4: 10,000 people in 100 rooms, and nobody speaks."""
    rooms = scale.people(100)
    return ["--members", str(100 * rooms), "--rooms", str(rooms), "--hold", "3"]


def storm(scale: Scale) -> list[str]:
    """P5: 5,000 come back at once, to 100 rooms, and each lacks 50 messages."""
    people, rooms = scale.people(5_000), scale.people(100)
    crowd = ["--members", str(people), "--rooms", str(rooms), "--handshakes", str(people)]
    return [*crowd, *RETURNING, "--replay", "50", *SIZE]


def acknowledged(scale: Scale) -> list[str]:
    """P6, P7: 50 rooms, and up to 1,000 messages that wait to be acknowledged."""
    return [*_alone(50), "--window", "20", *SIZE, *_time(scale)]


def acknowledged_steadily(scale: Scale) -> list[str]:
    """P6, P7: 1,000 messages a second in 50 rooms."""
    return [*_alone(50), "--rate", "1000" if scale.share == 1 else "200", *SIZE, *_time(scale)]


def many_rooms(scale: Scale, rooms: int) -> list[str]:
    """
    P11: the same hundred write, 1,000 messages under way, in as many rooms as there are.

    In one room each of them hears all of it. Where there are more rooms than writers, somebody
    sits silently in each of the others.
    """
    crowd = ["--members", str(max(rooms, 100)), "--rooms", str(rooms), "--senders", "100"]
    return [*crowd, "--window", "10", *SIZE, *_time(scale)]


def mixed(scale: Scale) -> list[str]:
    """Eight rooms, all sizes of messages, people who come and go, and a slow reader in each."""
    crowd = ["--members", str(scale.people(400)), "--rooms", "8", "--senders", "8"]
    strain = ["--visits", "20", "--stay", "1", "--slow", "8", "--slow-bytes", "20000"]
    return [*crowd, *strain, "--rate", "200", "--sizes", "20,200,2000", *_time(scale)]


def mixed_saturated(scale: Scale) -> list[str]:
    """One room of 300 in which three speak without a pause, and three read slowly."""
    strain = ["--slow", "3", "--slow-bytes", "20000"]
    crowd = ["--members", str(scale.people(300)), "--senders", "3", "--window", "16"]
    return [*crowd, *strain, "--sizes", "20,200,2000", *_time(scale)]


def _alone(rooms: int) -> list[str]:
    return ["--members", str(rooms), "--rooms", str(rooms), "--senders", str(rooms)]


def _time(scale: Scale) -> list[str]:
    return ["--seconds", str(scale.seconds), "--warm", str(scale.warm_s)]
