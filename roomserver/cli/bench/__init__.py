"""``roomserver bench``: a small honest load on one's own server, and what came of it."""

import asyncio
import sys
from typing import Final

import click

from roomserver.cli.bench.plan import Plan
from roomserver.cli.chat.address import ADDRESS_DEFAULT, BadAddress, parse_address
from roomserver.cli.chat.ending import Ended

__all__ = ["bench"]

EXAMPLES: Final = """\b
Examples:
  roomserver bench
  roomserver bench https://chat.example.org --connections 200 --rate 50 --yes
"""


@click.command(epilog=EXAMPLES)
@click.argument("url", default=ADDRESS_DEFAULT.rpartition("/rooms/")[0])
@click.option("--connections", type=click.IntRange(1, 2_000), default=50, show_default=True)
@click.option("--rooms", type=click.IntRange(1, 200), default=1, show_default=True)
@click.option(
    "--rate",
    type=click.FloatRange(0.1, 2_000),
    default=20,
    show_default=True,
    help="messages a second, from all together",
)
@click.option(
    "--duration",
    "seconds",
    type=click.FloatRange(0.5, 300),
    default=10,
    show_default=True,
    help="seconds of sending",
)
@click.option(
    "--size",
    "chars",
    type=click.IntRange(1, 4_000),
    default=100,
    show_default=True,
    help="characters in a message",
)
@click.option("--yes", is_flag=True, help="don't ask before loading another machine's server")
def bench(url: str, *, yes: bool, **wishes: float) -> None:
    """
    Put a small load on your own server, and tell how it does.

    It writes messages into rooms of its own, which stay there; nobody else's room is touched.
    The exit status is 0 if every message was stored and reached everybody, in order.
    """
    try:
        address = parse_address(url)
        plan = Plan(address=address, **wishes)  # type: ignore[arg-type]  # the options' names
    except (BadAddress, ValueError) as error:
        raise click.UsageError(str(error)) from None
    click.echo(plan.warning, err=True)
    if not yes and not plan.is_here:
        click.confirm(f"Is {address.host} yours to load?", abort=True, err=True)
    # Late: aiohttp takes longer to load than an address takes to be wrong.
    from roomserver.cli.bench.run import run

    try:
        outcome = asyncio.run(run(plan))
    except KeyboardInterrupt:
        click.echo("\nStopped. What was sent stays in the rooms of this run.", err=True)
        sys.exit(130)  # 128 + SIGINT, as a shell expects
    except Ended as ended:
        click.echo(f"! {ended}", err=True)
        sys.exit(1)
    click.echo("\n".join(outcome.lines()))
    for complaint in outcome.complaints():
        click.echo(f"! {complaint}", err=True)
    sys.exit(1 if outcome.is_wrong else 0)
