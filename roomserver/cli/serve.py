"""``roomserver serve``: the configuration first, and then what it takes to serve."""

import sys
from importlib import import_module
from pathlib import Path

import click

from roomserver import logs
from roomserver.cli.options import config_options, read_config
from roomserver.core.errors import CannotStart


@click.command()
@click.option("--open", "is_to_open", is_flag=True, help="open the page in a browser")
@config_options
def serve(config_path: Path | None, *, is_to_open: bool, **flags: object) -> None:
    """Serve rooms: the page, the WebSocket endpoint, the stats."""
    config = read_config(config_path, flags)
    logs.set_up(config.log.level, config.log.format)
    if not config.auth.token_jwks_url:
        import_aiohttp_without_tls()
    # Imported only now, with what has just been decided.
    from roomserver.cli.serving import run

    try:
        is_sound = run(config, is_to_open=is_to_open)
    except CannotStart as error:
        click.echo(str(error), err=True)
        sys.exit(1)
    if not is_sound:
        click.echo("A part of the server failed, so it stopped. The log says which.", err=True)
        sys.exit(1)


def import_aiohttp_without_tls() -> None:
    """
    Let aiohttp believe that this Python has no TLS, which it gets along with.

    Else it reads the certificates of all the world's authorities when it is imported: a tenth of
    a start and 2.5 MB, for a client that only a server with ``auth.token_jwks_url`` has.
    """
    # asyncio keeps its own: PostgreSQL and Redis may be asked over TLS.
    import_module("asyncio")
    tls = import_module("ssl")
    sys.modules["ssl"] = None  # type: ignore[assignment] # Python's own way to say: not there.
    try:
        import_module("aiohttp")
    finally:
        sys.modules["ssl"] = tls
