"""
How ``roomserver.pyz`` starts: it says in a sentence why it can't, or unpacks itself and runs.

The file is unpacked once, by shiv, into a folder named after its content; a newer file gets a
new folder and removes the old ones, except those that a running server still imports from.

This module must load on every Python 3: on one that is too old, it is what says so.
"""

import contextlib
import fcntl
import io
import os
import platform
import re
import shutil
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import NamedTuple

PYTHON_MIN, PYTHON_MAX = (3, 11), (3, 14)
GLIBC_MIN = (2, 28)

UNPACKING_S = 600.0
"""A folder younger than this may belong to a server that has not come to lock it yet."""


class Host(NamedTuple):
    """What decides whether the compiled parts can be loaded."""

    python: str
    version: "tuple[int, ...]"
    free_threaded: bool
    system: str
    glibc: "tuple[int, ...]"

    def __str__(self) -> str:
        threads = " (free-threaded)" if self.free_threaded else ""
        libc = "glibc " + _dotted(self.glibc) if self.glibc else "another C library"
        return "%s %s%s on %s with %s" % (
            self.python, _dotted(self.version), threads, self.system, libc
        )  # fmt: skip


def main() -> None:
    """Start the server, or exit with the sentence that says what is missing."""
    complaint = complaint_about(_this_host())
    if complaint:
        sys.exit(complaint)
    folder = _unpacked()
    _make_room(folder)
    _unpack(folder)
    # Only now: it need not load on an older Python.
    from _bootstrap import bootstrap

    bootstrap()


def run() -> None:
    """What shiv calls when all is unpacked: hold that folder, tidy up beside it, be the server."""
    folder = _unpacked()
    # That folder is the archive's own: what is first imported there is compiled once and kept,
    # also where PYTHONDONTWRITEBYTECODE says for other folders that nothing may be.
    sys.dont_write_bytecode = False
    # Some file systems have no locks: there, nothing can be known to be unused.
    with contextlib.suppress(OSError):
        _hold(folder)
        _remove_older_than(folder)
    from roomserver.__main__ import main as server

    server()


def complaint_about(host: Host) -> str:
    """Return why *host* can't run the archive; nothing if it can."""
    if (
        host.python == "CPython"
        and PYTHON_MIN <= host.version[:2] <= PYTHON_MAX
        and not host.free_threaded
        and host.system == "Linux x86_64"
        and host.glibc >= GLIBC_MIN
    ):
        return ""
    return (
        "roomserver.pyz needs CPython %s to %s on Linux x86_64 with glibc %s or newer;"
        " this is %s.\nUse another Python by its name (python3.12 roomserver.pyz),"
        " or run the server from its source."
        % (_dotted(PYTHON_MIN), _dotted(PYTHON_MAX), _dotted(GLIBC_MIN), host)
    )


def _dotted(version: "tuple[int, ...]") -> str:
    return ".".join(map(str, version))


def _this_host() -> Host:
    libc, libc_version = platform.libc_ver()
    return Host(
        python=platform.python_implementation(),
        version=tuple(sys.version_info[:3]),
        free_threaded="t" in getattr(sys, "abiflags", ""),
        system=platform.system() + " " + platform.machine(),
        glibc=tuple(map(int, libc_version.split("."))) if libc == "glibc" else (),
    )


def _unpacked() -> Path:
    from _bootstrap import cache_path, current_zipfile
    from _bootstrap.environment import Environment

    with current_zipfile() as archive:
        environment = Environment.from_json(archive.read("environment.json").decode())
        return Path(cache_path(archive, environment.root, environment.build_id))


def _make_room(folder: Path) -> None:
    if folder.exists():
        return
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=str(folder.parent)).close()
    except OSError as error:
        sys.exit(
            "roomserver.pyz unpacks itself into %s, and can't write there (%s).\n"
            "Name a folder where it can: SHIV_ROOT=/some/folder roomserver.pyz"
            % (folder.parent, error.strerror)
        )


def _unpack(folder: Path) -> None:
    from _bootstrap import current_zipfile, extract_site_packages
    from _bootstrap.environment import Environment, str_bool

    # Taken away: to shiv there is nothing inside that it could unpack again.
    is_forced = str_bool(os.environ.pop(Environment.FORCE_EXTRACT, False))
    if folder.exists() and not is_forced:
        return
    with current_zipfile() as archive:
        inside = zipfile.ZipFile(io.BytesIO(archive.read("inside.zip")))
    extract_site_packages(inside, folder, force=is_forced)


def _hold(folder: Path) -> None:
    # Never closed: the process imports from there for as long as it lives.
    fcntl.flock(os.open(str(folder), os.O_RDONLY), fcntl.LOCK_SH)


def _remove_older_than(folder: Path) -> None:
    archive = re.escape(folder.name.rpartition("_")[0])
    of_this_archive = re.compile(archive + r"_[0-9a-f]{64}(\.tmp)?")
    for other in folder.parent.iterdir():
        is_old = time.time() - other.stat().st_mtime > UNPACKING_S
        if other != folder and of_this_archive.fullmatch(other.name) and is_old:
            _remove_unless_used(other)


def _remove_unless_used(folder: Path) -> None:
    descriptor = os.open(str(folder), os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(str(folder), ignore_errors=True)
    except BlockingIOError:
        pass  # A server of that version is running.
    finally:
        os.close(descriptor)
