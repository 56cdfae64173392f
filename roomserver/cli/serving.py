"""The server, from the first line it prints to a clean exit."""

import asyncio
import gc
import signal
import sys
import threading
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any, Final

import click
from aiohttp import web

from roomserver import __version__
from roomserver.bootstrap import running_app
from roomserver.config import Config
from roomserver.core.errors import CannotStart
from roomserver.edge.app import HANDLERS_S_MAX
from roomserver.edge.keys import PATIENCE, SERVER, SITE
from roomserver.edge.links import network_origin, qr_for_terminal
from roomserver.edge.site import Crowd, Patience, PatientSite
from roomserver.service.server import Server
from roomserver.service.tasks import ended

KEEP_ALIVE_S: Final = 15.0
"""How long an idle HTTP connection is kept; aiohttp's own default is an hour."""

HEADER_BYTES_MAX: Final = 16 * 1024
"""The longest header: a token that is too long is still refused as a token."""

COLLECTOR_THRESHOLDS: Final = (20_000, 5, 80)
"""
Objects made, less those freed, before a collection, and how often it goes on to older ones.

Neither a message nor a visit leaves cycles behind; with Python's own 700 a busy server spends
a sixth of its time looking for them. Everybody waits for a collection, so few objects
are looked at in one: 400,000 took a quarter of a second while thousands came in.
"""


def run(config: Config, *, is_to_open: bool) -> bool:
    """
    Serve until a signal comes, and return true; or until a part fails, and return false.

    Raises:
        CannotStart: If the server can't begin; it says what to do.

    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_serve(config, is_to_open=is_to_open))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(config: Config, *, is_to_open: bool) -> bool:
    stopped = _stop_signal()
    async with running_app(config) as app:
        runner = web.AppRunner(
            app,
            access_log=None,
            handle_signals=False,
            keepalive_timeout=KEEP_ALIVE_S,
            max_field_size=HEADER_BYTES_MAX,
            max_line_size=HEADER_BYTES_MAX,
            shutdown_timeout=HANDLERS_S_MAX,
        )
        await runner.setup()
        try:
            port = await _listen(runner, app[PATIENCE], config)
            _calm_the_collector()
            click.echo(_welcome(config, port, app[SITE].network_address))
            if is_to_open:
                _open_browser(_address(config, port))
            await _offer_set_up(app[SERVER], _address(config, port))
            supervisor = app[SERVER].supervisor
            await _first_of(stopped.wait(), supervisor.alarm())
            await app[SERVER].drain(Random())  # noqa: S311 - spreads a load, keeps no secret
        finally:
            await runner.cleanup()
    return not supervisor.is_alarmed


async def _first_of(*events: Coroutine[Any, Any, object]) -> None:
    waiting = [asyncio.create_task(event, name="until the end") for event in events]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    await ended(*waiting)


def _calm_the_collector() -> None:
    """Keep the cyclic garbage collector from looking at everything again and again."""
    gc.collect()
    # What the program consists of stays until its end.
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


async def _listen(runner: web.AppRunner, patience: Patience, config: Config) -> int:
    host, port = config.server.host, config.server.port
    # As many as there may be in rooms, and as many again for everything else.
    crowd = Crowd(2 * config.limits.connections_per_address_max, config.server.trusted_proxies)
    is_shared = config.server.reuse_port
    site = PatientSite(runner, patience, crowd, address=(host, port), is_shared=is_shared)
    try:
        await site.start()
    except OSError as error:
        raise CannotStart(
            f"Can't listen on {host}:{port}: {error.strerror}. "
            "Is another server there? Choose another port with --port."
        ) from error
    return int(runner.addresses[0][1])


def _welcome(config: Config, port: int, network_address: str | None) -> str:
    lines = [f"roomserver {__version__} is ready: {_address(config, port)}/"]
    if network_address is not None:
        url = f"{network_origin(network_address, port)}/"
        lines.append(f"On your network: {url}")
        if sys.stdout.isatty():
            lines.append(qr_for_terminal(url))
    return "\n".join([*lines, "Open it in a browser. Ctrl-C stops it."])


def _open_browser(address: str) -> None:
    import webbrowser

    # A browser in the terminal may not return; nobody waits for it.
    threading.Thread(target=webbrowser.open, args=[f"{address}/"], daemon=True).start()


def _address(config: Config, port: int) -> str:
    host = config.server.host
    shown = "localhost" if host in ("127.0.0.1", "0.0.0.0", "::", "::1") else host  # noqa: S104
    return f"http://{shown}:{port}"


async def _offer_set_up(server: Server, address: str) -> None:
    if server.accounts is None:
        return
    link = await server.accounts.set_up_link()
    if link is not None:
        # Printed, and in no log. Behind the # it isn't sent when the page is asked for.
        click.echo(
            "This server has no owner yet. Open this within 30 minutes to become it:\n"
            f"{address}/set-up#{link}"
        )


def _stop_signal() -> asyncio.Event:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped
