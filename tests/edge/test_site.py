"""How long a connection may say nothing."""

import asyncio
from typing import cast

from roomserver.edge.site import REQUEST_S_MAX, SWEEP_AFTER_MIN, Crowd, Patience
from tests.support.loops import JumpingLoop


class Transport:
    """Somebody who has not asked for anything yet."""

    def __init__(self) -> None:
        self.is_aborted = False

    def abort(self) -> None:
        self.is_aborted = True


class Newcomer(asyncio.Protocol):
    def __init__(self) -> None:
        self.transport = Transport()


def test_whoever_says_nothing_is_cut_off_unless_it_is_the_server_that_is_behind() -> None:
    async def wait() -> tuple[bool, bool]:
        loop = cast(JumpingLoop, asyncio.get_running_loop())
        patience, newcomer = Patience(), Newcomer()
        patience.watch(newcomer)
        # A thousand others are served in one turn of the loop.
        loop.now_s += REQUEST_S_MAX + 5
        await asyncio.sleep(0.001)
        when_behind = newcomer.transport.is_aborted
        await asyncio.sleep(REQUEST_S_MAX)
        return when_behind, newcomer.transport.is_aborted

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        assert runner.run(wait()) == (False, True)


class Line(asyncio.BaseTransport):
    """A connection from somewhere."""

    def __init__(self, address: str) -> None:
        super().__init__({"peername": (address, 5)})
        self.is_over = False

    def is_closing(self) -> bool:
        return self.is_over


def test_an_address_has_so_many_connections_and_another_one_when_one_has_ended() -> None:
    crowd = Crowd(2)
    lines = [Line("192.0.2.1") for _ in range(3)]

    assert [crowd.takes_in(each) for each in lines] == [True, True, False]
    assert crowd.takes_in(Line("192.0.2.2"))
    lines[0].is_over = True
    assert crowd.takes_in(lines[2])
    assert not crowd.takes_in(Line("::ffff:192.0.2.1"))


def test_of_ipv6_a_network_is_counted_and_of_proxies_nothing() -> None:
    crowd = Crowd(1, ("10.0.0.0/8",))

    assert crowd.takes_in(Line("2001:db8::1"))
    assert not crowd.takes_in(Line("2001:db8::2"))
    assert all(crowd.takes_in(Line("10.0.0.7")) for _ in range(5))


def test_connections_that_have_ended_are_forgotten_whoever_knocks_in_vain_meanwhile() -> None:
    crowd = Crowd(10)
    assert all(crowd.takes_in(Line("198.51.100.1")) for _ in range(10))
    most = 0
    for number in range(5_000):
        line = Line(f"192.0.{number // 250 % 250}.{number % 250}")
        assert crowd.takes_in(line)
        line.is_over = True
        most = max(most, len(crowd))
        if number % 1_000 == 0:
            assert not crowd.takes_in(Line("198.51.100.1"))

    assert most <= 10 + SWEEP_AFTER_MIN
