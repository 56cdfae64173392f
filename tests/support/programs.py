"""
Real programs that tests start, watch, hurt and stop.

Nothing here polls or sleeps: a thread reads what a program prints, and whoever waits, waits
for a line of it or for the program's end.
"""

import atexit
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

START_S = 60.0
"""Long, because a busy machine is no reason for a test to fail."""

STOP_S = 30.0

LOG_CHARS = 4_000
"""How much of the end of a log a failure shows."""


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free now. Nothing reserves it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


class ProgramFailed(AssertionError):
    """A program ended, or stayed silent, where a test counted on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Whom a program runs as, when not as ourselves."""

    user: int
    group: int


class Program:
    """One process with all its descendants, and everything it has printed."""

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        environ: Mapping[str, str] | None = None,
        folder: Path | None = None,
        executable: Path | None = None,
        account: Account | None = None,
    ) -> None:
        self._name = Path(command[0]).name
        self._lines: list[str] = []
        self._news = threading.Condition()
        self._silent = False
        self._process = subprocess.Popen(
            [str(part) for part in command],
            executable=executable,
            cwd=folder,
            env=environ,
            user=account.user if account else None,
            group=account.group if account else None,
            extra_groups=[] if account else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            # Ctrl-C is for the tests; they stop what they have started.
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name=f"reads {self._name}", daemon=True)
        self._reader.start()
        atexit.register(self.kill)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def log(self) -> str:
        """Everything printed so far, standard error included."""
        with self._news:
            return "".join(self._lines)

    def wait_for(self, pattern: str, *, within_s: float = START_S) -> re.Match[str]:
        """
        Return the first match of *pattern* in what is printed, now or later.

        Raises:
            ProgramFailed: If the program falls silent for good or *within_s* pass before that.

        """
        search = re.compile(pattern, re.MULTILINE).search
        with self._news:
            self._news.wait_for(lambda: self._silent or search("".join(self._lines)), within_s)
            found = search("".join(self._lines))
        if found is None:
            raise ProgramFailed(
                f"{self._name} never printed /{pattern}/, only:\n{self.log[-LOG_CHARS:]}"
            )
        return found

    def wait(self, *, within_s: float = STOP_S) -> int:
        """
        Return the exit status; a signal that ended the program as a negative number.

        Raises:
            ProgramFailed: If it has not ended by then.

        """
        try:
            status = self._process.wait(within_s)
        except subprocess.TimeoutExpired:
            raise ProgramFailed(
                f"{self._name} still runs after {within_s:g} s:\n{self.log[-LOG_CHARS:]}"
            ) from None
        self._close()
        return status

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the program, and to it alone."""
        self._process.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask the program to end, and return its exit status."""
        self.send(number)
        return self.wait()

    def pause(self) -> None:
        """Stop the program and its descendants where they are: a hung host, to everyone else."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Let them go on after :meth:`pause`."""
        self._signal_all(signal.SIGCONT)

    def kill(self) -> None:
        """End the program and its descendants on the spot. Once more does no harm."""
        atexit.unregister(self.kill)
        killed = self._signal_all(signal.SIGKILL)
        self._process.wait()
        psutil.wait_procs(killed, STOP_S)
        self._close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._news:
                self._lines.append(line)
                self._news.notify_all()
        with self._news:
            self._silent = True
            self._news.notify_all()

    def _signal_all(self, number: signal.Signals) -> list[psutil.Process]:
        # Not the process group: PostgreSQL gives each of its processes one of its own.
        if not self.is_running:
            return []
        program = psutil.Process(self.pid)
        everyone = [program, *program.children(recursive=True)]
        for process in everyone:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)
        return everyone[1:]

    def _close(self) -> None:
        self._reader.join(STOP_S)
        if self._process.stdout is not None and not self._reader.is_alive():
            self._process.stdout.close()
