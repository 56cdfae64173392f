"""The command line: one file a command. Without a command it serves."""

import importlib

import click

from roomserver import __version__

_COMMANDS = {
    "serve": "Serve rooms: the page, the WebSocket endpoint, the stats.",
    "chat": "Talk in a room from this terminal.",
    "room": "List rooms, say how they are used, and who is what in them.",
    "user": "Make accounts, list them, switch them off.",
    "token": "Make, check and take back tokens.",
    "bench": "Put a small load on your own server, and tell how it does.",
    "check-config": "Read the configuration and say what is wrong with it.",
}


class _LazyGroup(click.Group):
    """Imports a command only when it is used: the server starts without the terminal client."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        command = getattr(importlib.import_module(f"roomserver.cli.{name}"), name)
        assert isinstance(command, click.Command)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # Flags without a command are the server's, so that the first start needs no word.
        if not args or (args[0].startswith("-") and args[0] not in ("--help", "--version")):
            args = ["serve", *args]
        return super().parse_args(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.group(cls=_LazyGroup)
@click.version_option(__version__, prog_name="roomserver")
def cli() -> None:
    """
    Real-time chat rooms in one file.

    Without a command it serves; `roomserver serve --help` lists the flags.
    """
