"""
Make ``.venv`` what the locks say, and do nothing, quickly, when it already is.

``environment.py runtime`` is enough to run the server; ``environment.py dev`` also to test it.

Rule 1: nothing but the standard library, and nothing is built: packages come as wheels whose
hashes stand in the lock, and our own is found through a ``.pth`` file.
Rule 2: the stamp is written last. An environment without one is unfinished and is made anew.
Rule 3: this file still loads on a Python that is too old for the server, so as to say so.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

PYTHON_MIN = (3, 11)
NEWER_PYTHONS = ("python3.14", "python3.13", "python3.12", "python3.11")

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "stamp"

LOCKS = {
    "runtime": ("requirements.lock",),
    "dev": ("requirements-dev.lock", "requirements.lock"),
}
"""The lock to install, and then those that are wholly contained in it."""

COMMAND = """\
#!{python}
import sys

from roomserver.__main__ import main

sys.exit(main())
"""


def main() -> None:
    """Bring ``.venv`` up to the locks of the purpose named on the command line."""
    if sys.version_info < PYTHON_MIN:
        _hand_over_to_a_newer_python()
    purpose = sys.argv[1]
    locks = [ROOT / name for name in LOCKS[purpose]]
    wanted = "\n".join([_maker(), *map(_digest, locks)])
    if not _holds(locks[0]):
        _bring_up_to(locks[0], purpose, wanted)


def _hand_over_to_a_newer_python() -> None:
    for newer in filter(None, map(shutil.which, NEWER_PYTHONS)):
        # A version manager's stand-in for a Python that isn't chosen is found, but doesn't run.
        if (
            subprocess.run([newer, "-c", ""], stderr=subprocess.DEVNULL, check=False).returncode
            == 0
        ):
            os.execv(newer, [newer, *sys.argv])
    sys.exit("roomserver needs Python 3.11 or newer; this is %d.%d." % sys.version_info[:2])


def _maker() -> str:
    # Tells apart what can't stand in for each other: another Python, another folder.
    return "Python %d.%d at %s for %s" % (*sys.version_info[:2], _base_python(), VENV)


def _base_python() -> str:
    # Not an active environment's own: it may be the very one that is made anew.
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _holds(lock: Path) -> bool:
    stamp = _stamp().splitlines()
    return stamp[:1] == [_maker()] and _digest(lock) in stamp


def _stamp() -> str:
    return STAMP.read_text() if STAMP.exists() else ""


def _bring_up_to(lock: Path, purpose: str, wanted: str) -> None:
    print("Preparing .venv for %s …" % purpose, file=sys.stderr, flush=True)
    before = _stamp()
    if before.splitlines()[:1] != [_maker()]:
        before = ""
        _make_anew()
    STAMP.unlink(missing_ok=True)
    if _install(lock):
        _add_ourselves()
        STAMP.write_text(wanted)
    elif before:
        # pip has put back what it had replaced.
        STAMP.write_text(before)
        sys.exit("The packages of %s could not be installed; .venv is as it was." % lock.name)
    else:
        shutil.rmtree(VENV)
        sys.exit("The packages of %s could not be installed." % lock.name)


def _make_anew() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        _get_ensurepip()
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([_base_python(), "-m", "venv", str(VENV)], check=False)
    if made.returncode:
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit("%s -m venv failed." % _base_python())


def _get_ensurepip() -> None:
    # Debian and Ubuntu leave it out of the package python3.
    package = "python%d.%d-venv" % sys.version_info[:2]
    if shutil.which("apt-get") is None:
        sys.exit("This Python lacks the module ensurepip: install your system's package for venv.")
    if os.geteuid() != 0:
        sys.exit("This Python can't make environments yet. Run: sudo apt-get install %s" % package)
    print("Installing %s …" % package, file=sys.stderr, flush=True)
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "-y", "--no-install-recommends", package]):
        apt_get = ["apt-get", "-q", *command]
        # Its standard output is a page long; what goes wrong is on the other one.
        subprocess.run(apt_get, env=environ, stdout=subprocess.DEVNULL, check=True)


def _install(lock: Path) -> bool:
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
    wheels = ["--quiet", "--only-binary=:all:", "--require-hashes", "-r", str(lock)]
    return subprocess.run([*pip, "install", *wheels], check=False).returncode == 0


def _add_ourselves() -> None:
    (site_packages,) = (VENV / "lib").glob("python*/site-packages")
    (site_packages / "roomserver.pth").write_text("%s\n" % ROOT)
    command = VENV / "bin" / "roomserver"
    command.write_text(COMMAND.format(python=VENV / "bin" / "python"))
    command.chmod(0o755)


if __name__ == "__main__":
    main()
