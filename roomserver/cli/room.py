"""``roomserver room``: the operator decides about rooms, with or without a running server."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import click

from roomserver.bootstrap import OperatorsDesk, operators_desk
from roomserver.cli.options import config_options, read_config
from roomserver.core.address import parse_room
from roomserver.core.deeds import Decision, Fact
from roomserver.core.errors import CannotStart, RoomError, RoomNotFound
from roomserver.core.model import Role, Room, User, UserId

OPERATOR: Final = User(UserId(0), "operator")
"""Who decides, in the audit log. No person has that number."""

Work = Callable[[OperatorsDesk], Awaitable[None]]


@click.group()
def room() -> None:
    """List rooms, say how they are used, and who is what in them."""


@room.command("list")
@config_options
def list_rooms(config_path: Path | None, **flags: object) -> None:
    """List all rooms with their state."""

    async def work(desk: OperatorsDesk) -> None:
        private = await desk.rights.private_rooms(None)
        for each, last_seq in await desk.rooms.listing():
            state = "private" if each.id in private else "open"
            click.echo(f"{each.id}\t{each.slug}\t{state}\t{last_seq} entries\t{each.name}")

    _run(work, config_path, flags)


@room.command("role")
@click.argument("address", metavar="ROOM")
@click.argument("user_id", metavar="USER_ID", type=click.IntRange(1, 2**53 - 1))
@click.argument("role", type=click.Choice([role.value for role in Role]))
@config_options
def set_role(
    address: str, user_id: int, role: str, config_path: Path | None, **flags: object
) -> None:
    """Make somebody an owner, moderator, member or guest of ROOM; nobody shows them out."""

    async def work(desk: OperatorsDesk) -> None:
        found = await _find(desk, address)
        name = await desk.rights.name_of(UserId(user_id)) or f"#{user_id}"
        await desk.rights.decide(
            Decision(
                room_id=found.id,
                actor=OPERATOR,
                deed="set_role",
                target=User(UserId(user_id), name),
                grant={"role": role},
                details={"role": role},
            )
        )
        click.echo(f"{name} is {role} in {found.name}.")

    _run(work, config_path, flags)


@room.command("set")
@click.argument("address", metavar="ROOM")
@click.option("--private/--open", "is_private", default=None, help="who sees it")
@click.option("--announce-only/--everybody-writes", "is_announce_only", default=None)
@click.option("--slow-mode", "slow_mode_s", type=click.IntRange(0, 86_400), help="seconds")
@click.option("--capacity", "people_max", type=click.IntRange(0, 1_000_000), help="0: any")
@config_options
def set_up(address: str, config_path: Path | None, **flags: object) -> None:
    """Say how ROOM is used."""
    names = ("is_private", "is_announce_only", "slow_mode_s", "people_max")
    given = {name: flags.pop(name) for name in names}
    state: dict[str, Fact] = {
        name: value for name, value in given.items() if isinstance(value, int)
    }
    if not state:
        raise click.UsageError("Say what to set, for example --private.")

    async def work(desk: OperatorsDesk) -> None:
        found = await _find(desk, address)
        await desk.rights.decide(
            Decision(room_id=found.id, actor=OPERATOR, deed="set_up", state=state, details=state)
        )
        click.echo(f"{found.name}: {', '.join(f'{name}={state[name]}' for name in state)}")

    _run(work, config_path, flags)


async def _find(desk: OperatorsDesk, address: str) -> Room:
    found = await desk.rooms.find(parse_room(address))
    if found is None:
        raise RoomNotFound
    return found


def _run(work: Work, config_path: Path | None, flags: dict[str, object]) -> None:
    config = read_config(config_path, flags)

    async def main() -> None:
        async with operators_desk(config) as desk:
            await work(desk)

    try:
        asyncio.run(main())
    except (CannotStart, RoomError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)
