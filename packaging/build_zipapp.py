"""
Build ``dist/roomserver.pyz``: the server and all it needs, in one file that only wants a Python.

Compiled parts exist once per Python, under names that tell them apart, so the packages of all
supported versions lie in one folder and each Python loads its own. They are in an archive inside
the archive: else each start reads a list of 1,600 files, and keeps it. The same source gives the
same bytes. What comes from the lock is kept in ``build/zipapp`` and made anew when the lock or
what packs it changes.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import shiv
from shiv.bootstrap.environment import Environment
from shiv.builder import create_archive
from shiv.constants import BUILD_AT_TIMESTAMP_FORMAT
from unread import drop_unread

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
UNREAD = ROOT / "packaging" / "unread.py"
PREAMBLE = ROOT / "packaging" / "preamble.py"
BUILD = ROOT / "build" / "zipapp"
ZIPAPP = ROOT / "dist" / "roomserver.pyz"

PYTHONS = ("3.14", "3.13", "3.12", "3.11")
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64")

BYTES_MAX = 16 * 1000 * 1000
BUILT_AT_S = 1_735_689_600
"""The date of every file in the archive, 2025-01-01: a true one would be new in every build."""

NOT_NEEDED = (
    "cffi",
    "pycparser",
    "alembic/testing",
    "frozenlist/_frozenlist.*.so",
    "multidict/_testcapi.*.so",
    "prompt_toolkit/contrib",
    "sqlalchemy/testing",
    "wcwidth/_wcwidth_c.abi3.so",
    "*.dist-info/RECORD",
)
"""What only made a compiled part, helps with others' tests, serves what we don't or lists what is
there; and faster twins of Python code: of what measures the width of the terminal's lines, and of
lists that are read a few times a request (it needs the C++ library, a megabyte of memory)."""

NEVER_IMPORTED = frozenset({".pyx", ".pxd", ".pxi", ".pyi", ".c", ".h", ".cpp", ".hpp"})


def main() -> None:
    """Build the archive and say where it is and how large."""
    libraries = BUILD / f"libraries-{_digest(LOCK, UNREAD, Path(__file__))}"
    if not libraries.exists():
        _collect_libraries(libraries)
    site = BUILD / "site"
    shutil.rmtree(site, ignore_errors=True)
    shutil.copytree(libraries, site)
    with zipfile.ZipFile(_build_wheel()) as wheel:
        wheel.extractall(site)
    ZIPAPP.parent.mkdir(exist_ok=True)
    _pack(site, ZIPAPP)
    size = ZIPAPP.stat().st_size
    if size > BYTES_MAX:
        sys.exit(f"{ZIPAPP} has {size:,} bytes; {BYTES_MAX:,} are allowed.")
    print(f"{ZIPAPP.relative_to(ROOT)}: {size / 1e6:.1f} MB")


def _digest(*files: Path) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]


def _collect_libraries(libraries: Path) -> None:
    shutil.rmtree(BUILD, ignore_errors=True)
    merged = BUILD / "merged"
    for version in PYTHONS:
        one = BUILD / version
        _install(version, one)
        shutil.copytree(one, merged, dirs_exist_ok=True)
        shutil.rmtree(one)
    shutil.rmtree(merged / "bin", ignore_errors=True)
    _slim(merged)
    merged.rename(libraries)


def _install(version: str, target: Path) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    what = ["--quiet", "--no-deps", "--require-hashes", f"--requirement={LOCK}"]
    how = ["--no-compile", "--only-binary=:all:", "--implementation=cp", f"--target={target}"]
    platforms = [f"--platform={platform}" for platform in PLATFORMS]
    command = [*pip, *what, *how, f"--python-version={version}", *platforms]
    subprocess.run(command, check=True)


def _slim(folder: Path) -> None:
    for tests in list(folder.rglob("tests")):
        shutil.rmtree(tests)
    for part in [path for pattern in NOT_NEEDED for path in folder.glob(pattern)]:
        shutil.rmtree(part) if part.is_dir() else part.unlink()
    for source in [path for path in folder.rglob("*") if path.suffix in NEVER_IMPORTED]:
        source.unlink()
    drop_unread(folder)
    subprocess.run([_strip(), "--strip-unneeded", *folder.rglob("*.so")], check=True)


def _strip() -> str:
    # Debug symbols are three quarters of what the wheels weigh.
    if shutil.which("strip") is None and shutil.which("apt-get") and os.geteuid() == 0:
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in ("update", "install -y --no-install-recommends binutils"):
            subprocess.run(["apt-get", "-q", *command.split()], env=environ, check=True)
    if (strip := shutil.which("strip")) is None:
        sys.exit("The zipapp needs the program strip. Debian: sudo apt-get install binutils")
    return strip


def _build_wheel() -> Path:
    folder = BUILD / "wheel"
    shutil.rmtree(folder, ignore_errors=True)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    environ = {**os.environ, "SOURCE_DATE_EPOCH": str(BUILT_AT_S)}
    subprocess.run(build, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, check=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def _pack(site: Path, target: Path) -> None:
    environment = Environment(
        built_at=time.strftime(BUILD_AT_TIMESTAMP_FORMAT, time.gmtime(BUILT_AT_S)),
        shiv_version=shiv.__version__,
        entry_point="preamble:run",
        # A server imports 400 modules of a thousand; each is compiled when it is first imported.
        compile_pyc=False,
        reproducible=True,
    )
    python, main = "/usr/bin/env python3", "preamble:main"
    inside = BUILD / "inside.zip"
    create_archive([site], inside, python, main, environment)
    # Now the environment knows the name of what is inside.
    unfinished = target.with_suffix(".unfinished")
    create_archive([], unfinished, python, main, environment)
    with zipfile.ZipFile(unfinished, "a") as archive:
        for file, name in ((PREAMBLE, "preamble.py"), (inside, "inside.zip")):
            archive.writestr(zipfile.ZipInfo(name, time.gmtime(BUILT_AT_S)[:6]), file.read_bytes())
    unfinished.replace(target)


if __name__ == "__main__":
    main()
