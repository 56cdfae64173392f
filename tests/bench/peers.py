"""
The peers: other servers that pass messages on, each written as its own documents would.

They are installed by name into ``build/bench/peers``, an environment of their own, when
they are first needed. One that can't be had is named in the table, with the reason.
"""

import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.generator import BUILT
from tests.bench.targets import Target, running_peer
from tests.support.node import find_node, npm_script
from tests.support.packages import Missing, run_quietly

SOURCES = Path(__file__).parent / "peers"
HOME = BUILT / "peers"

RAW = ("--path", "/ws/%r", "--message", '{"type":"message","content":"%T"}')
SEED = ("--message", '{"type":"message","content":"%T"}')
SOCKET_IO = (
    *("--path", "/socket.io/?EIO=4&transport=websocket&room=%r", "--hello", "40"),
    *("--ready", "40{", "--answer", "2=3", "--message", '42["message",{"content":"%T"}]'),
)
CENTRIFUGO = (
    *("--path", "/connection/websocket", "--hello", '{"id":1,"connect":{}}'),
    *("--hello", '{"id":2,"subscribe":{"channel":"r%r"}}', "--ready", '"subscribe":'),
    *("--answer", "{}={}"),
    *("--message", '{"id":3,"publish":{"channel":"r%r","data":{"content":"%T"}}}'),
)


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer by its name in the table. *install* returns the start of its command line."""

    name: str
    what: str
    install: Callable[[], list[str]]
    dialect: tuple[str, ...]
    ready: str = "listening"

    @contextmanager
    def running(self) -> Iterator[Target]:
        """
        Run it until the end of the block.

        Raises:
            Missing: If it can't be had here.

        """
        with running_peer(
            self.install(),
            ready=self.ready,
            folder=HOME,
            dialect=self.dialect,
        ) as target:
            yield target


def _python() -> str:
    """Return the Python of the peers' own environment, and make it first if need be."""
    environment, wanted = HOME / "venv", SOURCES / "requirements.txt"
    stamp, python = environment / "stamp", environment / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted.read_text():
        venv.create(environment, clear=True, with_pip=True)
        pip: list[str | Path] = [
            python,
            "-m",
            "pip",
            "--disable-pip-version-check",
            "install",
            "--quiet",
        ]
        if complaint := run_quietly([*pip, "--requirement", wanted]):
            raise Missing(f"pip could not install it: {complaint}")
        stamp.write_text(wanted.read_text())
    return str(python)


def _seed() -> list[str]:
    return [_python(), str(SOURCES / "seed_server.py"), "{port}"]


def _uws() -> list[str]:
    return [_python(), str(SOURCES / "uws_server.py"), "{port}"]


def _node(program: str) -> list[str]:
    node = find_node()
    stamp = HOME / "node_modules" / ".stamp"
    wanted = (SOURCES / "package.json").read_text()
    for source in (*SOURCES.glob("*.mjs"), SOURCES / "package.json"):
        shutil.copy(source, HOME)
    if not stamp.exists() or stamp.read_text() != wanted:
        install: list[str | Path] = [
            node,
            npm_script(),
            "install",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
        ]
        if complaint := run_quietly(install, folder=HOME):
            raise Missing(f"npm could not install it: {complaint}")
        stamp.write_text(wanted)
    return [str(node), program, "{port}"]


def _ws() -> list[str]:
    return _node("ws_server.mjs")


def _socket_io() -> list[str]:
    return _node("socketio_server.mjs")


def _nchan() -> list[str]:
    # Unpacked, not installed: the machine stays as it is.
    folder = HOME / "nchan"
    program, module = (
        folder / "usr/sbin/nginx",
        folder / "usr/lib/nginx/modules/ngx_nchan_module.so",
    )
    if not program.exists() or not module.exists():
        _unpack(("nginx", "libnginx-mod-nchan"), folder)
    written = (SOURCES / "nchan.conf").read_text()
    if not Path("/var/lib/nginx").exists():
        # Compiled in, and looked for whatever the configuration says.
        raise Missing("Debian's nginx wants the folder /var/lib/nginx: sudo mkdir /var/lib/nginx")
    # The port is filled in when it is known: nginx reads nothing from its command line.
    starter = folder / "start.py"
    starter.write_text(_NGINX_STARTER)
    text = written.format(folder=folder, module=module, port="@PORT@")
    (folder / "nchan.template").write_text(text)
    return [sys.executable, str(starter), str(program), str(folder), "{port}"]


_NGINX_STARTER = """\
import os, sys
program, folder, port = sys.argv[1:]
with open(f"{folder}/nchan.template") as template:
    text = template.read().replace("@PORT@", port)
with open(f"{folder}/nchan.conf", "w") as conf:
    conf.write(text)
os.execv(program, [program, "-p", folder, "-c", f"{folder}/nchan.conf", "-e", "stderr"])
"""


def _unpack(packages: tuple[str, ...], folder: Path) -> None:
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise Missing("it is unpacked from Debian's packages, and this is no Debian")
    folder.mkdir(parents=True, exist_ok=True)
    if complaint := run_quietly(["apt-get", "-q", "download", *packages], folder=folder):
        raise Missing(f"apt-get could not download it: {complaint}")
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True)


def _centrifugo() -> list[str]:
    program = shutil.which("centrifugo")
    if program is None:
        raise Missing("there is no centrifugo on the PATH, and no registry has its binary")
    config = HOME / "centrifugo.json"
    config.write_text(
        '{"client": {"insecure": true, "allowed_origins": ["*"]}, "channel": {'
        '"without_namespace": {"allow_subscribe_for_anonymous": true,'
        ' "allow_publish_for_subscriber": true, "allow_subscribe_for_client": true}}}'
    )
    return [program, "--config", str(config), "--http_server.port", "{port}"]


UWS = Peer("uWebSockets", "C++ behind Python, as socketify has it; raw frames", _uws, RAW)
NCHAN = Peer(
    "nchan",
    "a module of nginx, C; raw frames",
    _nchan,
    RAW,
    r"start worker process (\d+)",
)
WS = Peer("ws", "Node; raw frames", _ws, RAW)
SOCKET_IO_PEER = Peer("socket.io", "Node; rooms and events", _socket_io, SOCKET_IO)
SEED_PEER = Peer("FastAPI + uvicorn", "the first document's stack", _seed, SEED, "running on")
CENTRIFUGO_PEER = Peer("Centrifugo", "Go", _centrifugo, CENTRIFUGO, "serving")

PEERS = (UWS, NCHAN, WS, SOCKET_IO_PEER, SEED_PEER, CENTRIFUGO_PEER)


def have(peers: tuple[Peer, ...]) -> tuple[list[Peer], dict[str, str]]:
    """Return those of *peers* that run here, and of the others by name why they don't."""
    HOME.mkdir(parents=True, exist_ok=True)
    there, missing = [], {}
    for peer in peers:
        try:
            peer.install()
        except (Missing, OSError, subprocess.CalledProcessError) as error:
            missing[peer.name] = str(error)
        else:
            there.append(peer)
    return there, missing
