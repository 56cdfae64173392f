"""``roomserver.pyz`` as its user has it: one file, a Python, an empty home, and nothing else."""

import fcntl
import json
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from roomserver import __version__
from tests.support.pythons import supported_pythons
from tests.support.servers import running_roomserver

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "dist" / "roomserver.pyz"
PREAMBLE = ROOT / "packaging" / "preamble.py"
BYTES_MAX = 16 * 1000 * 1000

IMPORT_ALL = """
import alembic.command, importlib, pkgutil, roomserver
for module in pkgutil.walk_packages(roomserver.__path__, "roomserver."):
    if module.name != "roomserver.adapters.migrations.env":  # Only alembic can run it.
        importlib.import_module(module.name)
"""

SUITABLE = {
    "python": "CPython",
    "version": (3, 12, 1),
    "free_threaded": False,
    "system": "Linux x86_64",
    "glibc": (2, 36),
}

pytestmark = pytest.mark.slow

on_every_python = pytest.mark.parametrize(
    "python", supported_pythons().values(), ids=supported_pythons().keys()
)


def build() -> None:
    subprocess.run([sys.executable, "packaging/build_zipapp.py"], cwd=ROOT, check=True)


@pytest.fixture(scope="module")
def zipapp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    build()
    return Path(shutil.copy(BUILT, tmp_path_factory.mktemp("downloads")))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that is empty before the first start; later starts find it unpacked there."""
    return tmp_path_factory.mktemp("home")


def start(
    zipapp: Path, *options: str, python: str = sys.executable, **environ: str
) -> tuple[int, str]:
    """Run it with *options* (``--version``); return its exit status and what it printed."""
    done = subprocess.run(
        [python, zipapp, *(options or ["--version"])],
        env={"PATH": os.environ["PATH"], **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_it_is_small_and_the_same_each_time(zipapp: Path) -> None:
    build()

    assert BUILT.read_bytes() == zipapp.read_bytes()
    assert zipapp.stat().st_size < BYTES_MAX


@on_every_python
def test_it_tells_its_version(python: str, zipapp: Path, home: Path) -> None:
    assert start(zipapp, python=python, HOME=str(home)) == (
        0,
        f"roomserver, version {__version__}\n",
    )


@on_every_python
def test_it_serves_and_stops_when_asked(
    python: str, zipapp: Path, home: Path, tmp_path: Path
) -> None:
    with running_roomserver(
        data_dir=tmp_path, command=[python, str(zipapp)], environ={"HOME": str(home)}
    ) as server:
        health = json.loads(server.get("/health"))
        stats = server.get("/ws/stats")

        assert server.terminate() == 0

    assert health["status"] == "ok"
    assert stats


@on_every_python
def test_what_few_servers_need_is_there_too(python: str, zipapp: Path, home: Path) -> None:
    said = start(zipapp, "-c", IMPORT_ALL, python=python, HOME=str(home), SHIV_INTERPRETER="1")

    assert said == (0, "")


def test_a_home_that_cannot_be_written_is_answered_with_what_to_do(zipapp: Path) -> None:
    status, said = start(zipapp, HOME="/dev/null")

    assert status != 0
    assert "SHIV_ROOT=" in said
    assert "Traceback" not in said


def test_what_older_files_unpacked_goes_unless_a_server_still_runs_from_it(
    zipapp: Path, tmp_path: Path
) -> None:
    unused, used, foreign = (
        old_folder(tmp_path / name)
        for name in (f"{zipapp.name}_{'0' * 64}", f"{zipapp.name}_{'1' * 64}", "other.pyz_1")
    )

    with in_use(used):
        start(zipapp, SHIV_ROOT=str(tmp_path))

    assert not unused.exists()
    assert used.exists()
    assert foreign.exists()


def test_what_is_imported_is_compiled_and_kept_and_nothing_else(
    zipapp: Path, tmp_path: Path
) -> None:
    start(zipapp, SHIV_ROOT=str(tmp_path), PYTHONDONTWRITEBYTECODE="1")

    compiled = {path.parent.parent.name for path in tmp_path.rglob("*.pyc")}
    assert {"roomserver", "click"} <= compiled
    assert compiled.isdisjoint({"aiohttp", "sqlalchemy", "redis"})


def test_two_first_starts_at_once_get_along(zipapp: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor() as threads:
        starting = [threads.submit(start, zipapp, SHIV_ROOT=str(tmp_path)) for _ in range(2)]

    assert [started.result()[0] for started in starting] == [0, 0]
    assert len(list(tmp_path.glob("roomserver.pyz_*"))) == 1


def test_what_is_damaged_can_be_unpacked_again(zipapp: Path, tmp_path: Path) -> None:
    start(zipapp, SHIV_ROOT=str(tmp_path))
    (damaged,) = tmp_path.glob("*/site-packages/roomserver/__main__.py")
    damaged.write_text("raise SystemExit('damaged')")

    assert start(zipapp, SHIV_ROOT=str(tmp_path))[0] == 1
    assert start(zipapp, SHIV_ROOT=str(tmp_path), SHIV_FORCE_EXTRACT="1")[0] == 0
    assert start(zipapp, SHIV_ROOT=str(tmp_path))[0] == 0


@pytest.mark.parametrize(
    ("difference", "named"),
    [
        ({"version": (3, 10, 13)}, "CPython 3.10.13"),
        ({"version": (3, 15, 0)}, "CPython 3.15.0"),
        ({"python": "PyPy"}, "PyPy"),
        ({"free_threaded": True}, "free-threaded"),
        ({"system": "Darwin arm64"}, "Darwin arm64"),
        ({"glibc": (2, 17)}, "glibc 2.17"),
        ({"glibc": ()}, "another C library"),
    ],
)
def test_a_host_that_cannot_run_it_is_told_what_it_is_and_what_is_needed(
    difference: dict[str, object], named: str
) -> None:
    complaint = complaint_about({**SUITABLE, **difference})

    assert "needs CPython 3.11 to 3.14 on Linux x86_64" in complaint
    assert named in complaint


def test_a_host_that_can_run_it_is_told_nothing() -> None:
    assert complaint_about(SUITABLE) == ""


def complaint_about(host: dict[str, object]) -> str:
    preamble: dict[str, Any] = runpy.run_path(str(PREAMBLE))
    complain: Callable[..., str] = preamble["complaint_about"]
    return complain(preamble["Host"](**host))


def old_folder(path: Path) -> Path:
    path.mkdir()
    os.utime(path, (0, 0))
    return path


@contextmanager
def in_use(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    try:
        yield
    finally:
        os.close(descriptor)
