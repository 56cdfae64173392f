"""``roomserver check-config``: what would be served, or what is wrong."""

from pathlib import Path

import click

from roomserver.cli.options import config_options, read_config


@click.command("check-config")
@config_options
def check_config(config_path: Path | None, **flags: object) -> None:
    """Read the configuration and say what is wrong with it. Nothing is started."""
    config = read_config(config_path, flags)
    store = "PostgreSQL" if config.database.url else f"SQLite in {config.server.data_dir}"
    cache = "Redis" if config.redis.url else "memory"
    click.echo(
        f"The configuration is fine: {config.server.host}:{config.server.port}, {store}, "
        f"recent messages in {cache}."
    )
