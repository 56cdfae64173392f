"""``roomserver token``: tokens for programs, and signed ones to try things out with."""

import asyncio
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from roomserver.adapters.system_clock import SystemClock
from roomserver.bootstrap import token_reader
from roomserver.cli.options import config_options, read_config
from roomserver.cli.user import run
from roomserver.config import AuthConfig, Config, read_secret
from roomserver.core.errors import BadToken, IdentityUnavailable
from roomserver.core.policy import RIGHTS
from roomserver.office import Office

_rights = click.option(
    "--right", "rights", multiple=True, type=click.Choice(list(RIGHTS)), help="may be repeated"
)
_rooms = click.option(
    "--room", "rooms", multiple=True, help="a room's slug or number; may be repeated"
)
_lasts = click.option(
    "--lasts-s", type=click.IntRange(1, 10**9), help="for how many seconds it is good"
)


@click.group()
def token() -> None:
    """Make, check and take back tokens."""


@token.command("create")
@click.argument("name")
@click.option("--subject", help="in tokens mode: who it is for, as your application knows them")
@_rights
@_rooms
@_lasts
@config_options
def create(  # noqa: PLR0913 - each is an option
    name: str,
    config_path: Path | None,
    *,
    subject: str | None,
    rights: tuple[str, ...],
    rooms: tuple[str, ...],
    lasts_s: int | None,
    **flags: object,
) -> None:
    """
    Make a token and print it: this once.

    With --subject, in tokens mode, it is signed with the configured secret, as your
    application would, and is good for ten minutes unless told otherwise. Without, it is an
    API token for a program called NAME, which can be taken back.
    """
    config = read_config(config_path, flags)
    if subject is not None:
        claims = {"sub": subject, "name": name, "rooms": rooms, "rights": rights}
        click.echo(_signed(config.auth, claims, lasts_s=lasts_s or 600))
        return

    async def work(office: Office) -> None:
        made, secret = await office.programs.make_for(
            None,
            name,
            rooms=await office.room_ids(rooms),
            rights=rights or ("read", "write"),
            lasts_s=lasts_s,
        )
        click.echo(f"{made.token.id}: shown only now:", err=True)
        click.echo(secret)

    run(config, work)


@token.command("list")
@config_options
def list_(config_path: Path | None, **flags: object) -> None:
    """List the API tokens of all programs, without what they are."""

    async def work(office: Office) -> None:
        for person, made in await office.programs.listing():
            rooms = "all rooms" if made.rooms is None else f"rooms {sorted(made.rooms)}"
            rights = ", ".join(sorted(made.rights or ()))
            until = "for good" if made.expires_at_ms is None else f"until {_at(made.expires_at_ms)}"
            click.echo(f"{made.id}\t{person.user.username}\t{rights}\t{rooms}\t{until}")

    run(read_config(config_path, flags), work)


@token.command("revoke")
@click.argument("token_id")
@config_options
def revoke(token_id: str, config_path: Path | None, **flags: object) -> None:
    """Take an API token back: it opens nothing any more, and what it has open ends."""

    async def work(office: Office) -> None:
        await office.programs.take_back(token_id)
        click.echo(f"{token_id} opens nothing any more.")

    run(read_config(config_path, flags), work)


@token.command("check")
@config_options
def check(config_path: Path | None, **flags: object) -> None:
    """Read a signed token from standard input and say what the server makes of it."""
    config = read_config(config_path, flags)
    _require_tokens(config)
    shown = sys.stdin.readline().strip()
    try:
        claims = asyncio.run(token_reader(config.auth, SystemClock()).read(shown))
    except (BadToken, IdentityUnavailable) as error:
        reason = error.reason if isinstance(error, BadToken) else str(error)
        click.echo(f"It is not good: {reason or 'not a token'}.", err=True)
        sys.exit(1)
    click.echo(f"It is good until {_at(claims.expires_at_ms)}, leeway included.")
    click.echo(f"subject   {claims.subject}")
    click.echo(f"username  {claims.username}")
    click.echo(f"rooms     {'no restriction' if claims.rooms is None else list(claims.rooms)}")
    click.echo(f"rights    {'no restriction' if claims.rights is None else sorted(claims.rights)}")


def _signed(auth: AuthConfig, claims: dict[str, Any], *, lasts_s: int) -> str:
    from roomserver.adapters.jwt_tokens import signed_token

    secret = read_secret(auth.token_secret, auth.token_secret_file)
    if auth.mode != "tokens" or not secret:
        click.echo("Only a server in tokens mode that has a token_secret can sign.", err=True)
        sys.exit(1)
    now_s = int(time.time())
    given = {
        key: list(value) if isinstance(value, tuple) else value for key, value in claims.items()
    }
    return signed_token(
        secret,
        {
            **{key: value for key, value in given.items() if value},
            "aud": auth.token_audience,
            "iss": auth.token_issuer,
            "iat": now_s,
            "exp": now_s + lasts_s,
        },
    )


def _require_tokens(config: Config) -> None:
    if config.auth.mode != "tokens":
        click.echo(f"[auth] mode is {config.auth.mode}: no signed token is good here.", err=True)
        sys.exit(1)


def _at(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(timespec="seconds")
