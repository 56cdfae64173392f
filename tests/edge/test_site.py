"""How long a connection may say nothing."""

import asyncio
from typing import cast

from roomserver.edge.site import REQUEST_S_MAX, Patience
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
