"""The flags that set what the configuration sets, and reading it all."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from roomserver.config import Config, ConfigError, load

F = TypeVar("F", bound=Callable[..., Any])

_FLAGS = {
    "host": (("server", "host"), str, "address to listen on  [127.0.0.1]"),
    "port": (("server", "port"), int, "port to listen on; 0: any free one  [8000]"),
    "data-dir": (("server", "data_dir"), str, "where the SQLite file lives  [roomserver-data]"),
    "reuse-port": (("server", "reuse_port"), bool, "let several processes share the port"),
    "database-url": (("database", "url"), str, "postgresql://…  [SQLite in the data folder]"),
    "redis-url": (("redis", "url"), str, "redis://…  [in memory]"),
    "log-level": (("log", "level"), str, "debug, info, warning or error  [info]"),
}


def config_options(function: F) -> F:
    """Add ``--config`` and a flag for each of the settings that people set by hand."""
    for name, (_place, kind, help_text) in reversed(_FLAGS.items()):
        is_switch = kind is bool
        function = click.option(
            f"--{name}",
            type=None if is_switch else str,
            is_flag=is_switch,
            default=None,
            help=help_text,
        )(function)
    return click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path, dir_okay=False),
        envvar="ROOMSERVER_CONFIG",
        help="a TOML file; config.example.toml shows every key",
    )(function)


def read_config(config_path: Path | None, flags: dict[str, object]) -> Config:
    """Join file, environment and *flags*; say everything that is wrong and exit with 2."""
    given = {place: flags[name.replace("-", "_")] for name, (place, _kind, _help) in _FLAGS.items()}
    try:
        return load(config_path, os.environ, given)
    except ConfigError as error:
        click.echo("The configuration can't be used:", err=True)
        for problem in error.problems:
            click.echo(f"  {problem}", err=True)
        sys.exit(2)
