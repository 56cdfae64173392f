"""``python -m roomserver``, the console script and the zipapp: one program."""

from roomserver.cli import cli


def main() -> None:
    """Run the command line."""
    cli(prog_name="roomserver")


if __name__ == "__main__":
    main()
