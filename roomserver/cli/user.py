"""``roomserver user``: accounts, from the command line."""

import asyncio
import secrets
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from roomserver.cli.options import config_options, read_config
from roomserver.config import Config
from roomserver.core.errors import CannotStart, RoomError
from roomserver.core.names import check_password
from roomserver.core.people import Person, PersonKind
from roomserver.office import Office, opened_office

GENERATED_BYTES: Final = 12


@click.group()
def user() -> None:
    """Make accounts, list them, switch them off."""


@user.command("add")
@click.argument("username")
@click.option("--owner", "is_owner", is_flag=True, help="make them an owner of the server")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input")
@config_options
def add(
    username: str,
    config_path: Path | None,
    *,
    is_owner: bool,
    password_stdin: bool,
    **flags: object,
) -> None:
    """Make an account. Without --password-stdin its password is made up and printed."""
    password = _password(from_stdin=password_stdin)

    async def work(office: Office) -> None:
        person = await office.add(username, password, is_owner=is_owner)
        click.echo(f"{person.user.username} has an account now.")
        _tell(password, from_stdin=password_stdin)

    run(read_config(config_path, flags), work)


@user.command("list")
@config_options
def list_(config_path: Path | None, **flags: object) -> None:
    """List all accounts."""

    async def work(office: Office) -> None:
        for person in await office.people.listing(PersonKind.ACCOUNT):
            since = datetime.fromtimestamp(person.created_at_ms / 1_000, UTC).date()
            states = ["owner"] * person.is_owner + ["disabled"] * person.is_disabled
            click.echo("\t".join([person.user.username, str(since), *states]))

    run(read_config(config_path, flags), work)


@user.command("disable")
@click.argument("username")
@config_options
def disable(username: str, config_path: Path | None, **flags: object) -> None:
    """Let nobody in as USERNAME; whoever is, is out within seconds. Their programs too."""
    _set_disabled(username, read_config(config_path, flags), is_disabled=True)


@user.command("enable")
@click.argument("username")
@config_options
def enable(username: str, config_path: Path | None, **flags: object) -> None:
    """Let USERNAME in again."""
    _set_disabled(username, read_config(config_path, flags), is_disabled=False)


@user.command("reset-password")
@click.argument("username")
@click.option("--password-stdin", is_flag=True, help="read the password from standard input")
@config_options
def reset_password(
    username: str, config_path: Path | None, *, password_stdin: bool, **flags: object
) -> None:
    """Give USERNAME a new password; every browser of theirs is signed out."""
    password = _password(from_stdin=password_stdin)

    async def work(office: Office) -> None:
        person = await _existing(office, username)
        normal = check_password(password, username=person.user.username)
        hashed = await office.passwords.hash(normal)
        await office.people.set_password(person.user.user_id, hashed)
        click.echo(f"{person.user.username} has a new password, and is signed out everywhere.")
        _tell(password, from_stdin=password_stdin)

    run(read_config(config_path, flags), work)


def run(config: Config, work: Callable[[Office], Awaitable[None]]) -> None:
    """Do *work* in the office of *config*; say what went wrong and exit with 1."""

    async def open_and_work() -> None:
        async with opened_office(config) as office:
            await work(office)

    try:
        asyncio.run(open_and_work())
    except (CannotStart, RoomError) as error:
        click.echo(str(error), err=True)
        sys.exit(1)


def _set_disabled(username: str, config: Config, *, is_disabled: bool) -> None:
    async def work(office: Office) -> None:
        person = await _existing(office, username)
        await office.people.set_disabled(person.user.user_id, is_disabled=is_disabled)
        state = "is switched off, and out everywhere" if is_disabled else "may come in again"
        click.echo(f"{person.user.username} {state}.")

    run(config, work)


async def _existing(office: Office, username: str) -> Person:
    person = await office.account(username)
    if person is None:
        raise CannotStart(f"There is no account {username!r}. roomserver user list shows them.")
    return person


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return secrets.token_urlsafe(GENERATED_BYTES)


def _tell(password: str, *, from_stdin: bool) -> None:
    if not from_stdin:
        click.echo(f"Their password, shown only now: {password}")
