"""``roomserver chat``: talk in a room from this terminal, or from a pipe."""

import asyncio
import sys
from typing import Final

import click

from roomserver.cli.chat.address import ADDRESS_DEFAULT, Address, BadAddress, parse_address
from roomserver.cli.chat.identity import login_name, stable_user_id

__all__ = ["chat"]


EXAMPLES: Final = """\b
Examples:
  USER_ID=1 USERNAME="Alice" roomserver chat
  roomserver chat https://chat.example.org/rooms/general
  ROOMSERVER_TOKEN=rs_... roomserver chat https://chat.example.org/rooms/general
  echo "Deploy done" | roomserver chat localhost:8000/ops
"""


@click.command(epilog=EXAMPLES)
@click.argument("url", default=ADDRESS_DEFAULT)
@click.option("--room", help="the room's number or name in its address  [general]")
@click.option("--user-id", envvar="USER_ID", type=click.IntRange(min=1), help="your number")
@click.option("--username", envvar="USERNAME", help="your name  [your login name]")
@click.option(
    "--token",
    envvar="ROOMSERVER_TOKEN",
    help="who you are where people are known; in the environment others don't see it",
)
def chat(
    url: str, room: str | None, user_id: int | None, username: str | None, token: str | None
) -> None:
    """
    Talk in a room from this terminal.

    URL is the address of the room's page, or just HOST:PORT/ROOM. Without a terminal, the
    lines of standard input are sent; the exit status tells whether all were acknowledged.
    """
    try:
        address = parse_address(url, room=room)
    except BadAddress as error:
        raise click.UsageError(str(error)) from None
    if token is None:
        address = _introduced(address, user_id, username)
    elif not (token.isascii() and token.isprintable()) or " " in token:
        raise click.UsageError("A token has no spaces in it, and only plain letters and signs.")
    # Late: aiohttp and prompt_toolkit take longer to load than an address takes to be wrong.
    from roomserver.cli.chat.talk import talk

    try:
        complaint = asyncio.run(talk(address, token=token))
    except KeyboardInterrupt:
        sys.exit(130)  # 128 + SIGINT, as a shell expects
    if complaint is not None:
        click.echo(f"! {complaint}", err=True)
        sys.exit(1)


def _introduced(address: Address, user_id: int | None, username: str | None) -> Address:
    """Say in the query who somebody is, as a server in open mode wants it."""
    name = username or address.query.get("username") or login_name()
    number = str(user_id or address.query.get("user_id") or stable_user_id(name))
    query = {**address.query, "user_id": number, "username": name}
    return Address(server=address.server, room=address.room, query=query)
