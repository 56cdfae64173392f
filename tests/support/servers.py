"""
A real roomserver in a process of its own: from the source, or from the zipapp.

::

    with running_roomserver(data_dir=tmp_path) as server:
        async with websockets.connect(server.ws_url("/ws/1")) as ada: ...
        server.kill()       # as a crash would
        server.restart()    # on the same port, over the same data
"""

import os
import signal
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.programs import START_S, STOP_S, Program

FROM_SOURCE = (sys.executable, "-m", "roomserver")
LISTENING = r"http://[\w.:\[\]-]+?:(\d+)"


class RoomServer:
    """One instance. It can be hurt, and started again on the same port with the same options."""

    def __init__(
        self,
        *options: str,
        data_dir: Path,
        command: Sequence[str],
        environ: Mapping[str, str],
        port: int,
    ) -> None:
        self._command = [*command, *options, "--data-dir", str(data_dir)]
        self._environ = {**_without_settings(os.environ), **environ}
        self.data_dir = data_dir
        self.port = port
        self.restart()

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        return self.program.pid

    @property
    def log(self) -> str:
        """What the running process has printed so far."""
        return self.program.log

    def ws_url(self, path: str) -> str:
        return f"ws://127.0.0.1:{self.port}{path}"

    def get(self, path: str) -> bytes:
        """
        Return the body of the answer to a ``GET``.

        Raises:
            urllib.error.HTTPError: If the status is not a success.

        """
        with urllib.request.urlopen(self.url + path, timeout=STOP_S) as answer:
            body: bytes = answer.read()
        return body

    def kill(self) -> None:
        """End it on the spot: nothing is flushed, nobody is told."""
        self.program.kill()

    def terminate(self, *, within_s: float = STOP_S) -> int:
        """Ask it to end as a service manager does; return its exit status."""
        self.program.send(signal.SIGTERM)
        return self.program.wait(within_s=within_s)

    def pause(self) -> None:
        """Let it hang: connections stay open, and nothing answers."""
        self.program.pause()

    def resume(self) -> None:
        self.program.resume()

    def restart(self, *, within_s: float = START_S) -> None:
        """Start, again on the same port, and return when it listens. It must not be running."""
        self.program = Program([*self._command, "--port", str(self.port)], environ=self._environ)
        try:
            self.port = int(self.program.wait_for(LISTENING, within_s=within_s)[1])
        except BaseException:
            self.program.kill()
            raise


@contextmanager
def running_roomserver(
    *options: str,
    data_dir: Path,
    command: Sequence[str] = FROM_SOURCE,
    environ: Mapping[str, str] | None = None,
    port: int = 0,
) -> Iterator[RoomServer]:
    """
    Run an instance with *options* on 127.0.0.1, on a free port unless told one, until the end.

    Settings come from *options* and *environ* alone: the developer's own ``ROOMSERVER_…``
    variables are not passed on.

    Raises:
        ProgramFailed: If it ends, or a minute passes, before it listens.

    """
    server = RoomServer(
        *options, data_dir=data_dir, command=command, environ=environ or {}, port=port
    )
    try:
        yield server
    finally:
        server.kill()


def _without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in environ.items() if not key.startswith("ROOMSERVER_")}
