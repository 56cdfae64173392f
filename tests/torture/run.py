"""
Torture roomserver, and say in one table whether it kept its promise.

    python -m tests.torture.run --seed 7 --seconds 300 --instances 3 --store postgresql
    python -m tests.torture.run --app dist/roomserver.pyz
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
from pathlib import Path

import uvloop

from tests.torture.checker import shown
from tests.torture.table import table
from tests.torture.torture import Setup, torture
from tests.torture.town import Plan


def main() -> None:
    """Read the command line, run, print, and exit with 1 if there is any finding."""
    given = _arguments().parse_args()
    seed = secrets.randbelow(10**6) if given.seed is None else given.seed
    if given.store == "sqlite" and given.instances != 1:
        sys.exit("On SQLite there is one instance: --instances 1")
    if given.keep is not None:
        given.keep.mkdir(parents=True, exist_ok=True)
        if any(given.keep.iterdir()):
            sys.exit(f"{given.keep} holds something: name a folder that is empty")
    if given.app is not None and not given.app.is_file():
        sys.exit(f"{given.app} is not there: make zipapp")
    setup = Setup(
        seed=seed,
        seconds=given.seconds,
        sends_per_s=given.sends,
        plan=Plan(
            store=given.store, instances=given.instances, app=given.app, sabotage=given.sabotage
        ),
        only=given.only,
    )
    with tempfile.TemporaryDirectory(prefix="rs-torture-") as temporary:
        folder = given.keep or Path(temporary)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            history, findings = runner.run(torture(setup, folder))
    print(table(history, findings, setup.plan))  # noqa: T201
    print(f"to repeat it: --seed {seed} --seconds {given.seconds:g}")  # noqa: T201
    if findings:
        print(shown(findings))  # noqa: T201
        sys.exit(1)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="torture", description=__doc__.splitlines()[1])
    parser.add_argument("--seed", type=int, help="draw the same faults again")
    parser.add_argument("--seconds", type=float, default=300.0, help="how long faults are drawn")
    parser.add_argument("--instances", type=int, default=3)
    parser.add_argument("--store", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--sends", type=float, default=350.0, help="messages a second, in all")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep history and logs there")
    parser.add_argument("--app", type=Path, metavar="PYZ", help="a zipapp instead of the source")
    parser.add_argument("--only", action="append", metavar="KIND", help="draw only these faults")
    parser.add_argument("--sabotage", metavar="NAME", help="break something vital on purpose")
    return parser


if __name__ == "__main__":
    main()
