"""What the machine has, and what its package manager can add when we may ask it."""

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

INSTALL_S = 600.0
ANSWER_S = 60.0


class Missing(AssertionError):
    """A program that the tests need is not there, and this says how to get it. Nothing skips."""


def apt_install(*packages: str) -> bool:
    """Install Debian packages where that is possible: on Debian, as root. Return whether it was."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    install = ["install", "-y", "--no-install-recommends", *packages]
    return _apt_get(install) or (_apt_get(["update"]) and _apt_get(install))


def answers(executable: str | Path, *arguments: str) -> str:
    """Return what ``executable --version`` prints first; nothing if it can't run here."""
    command = [str(executable), *(arguments or ("--version",))]
    try:
        asked = subprocess.run(
            command, capture_output=True, text=True, timeout=ANSWER_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    lines = (asked.stdout or asked.stderr).strip().splitlines()
    return lines[0] if lines and asked.returncode == 0 else ""


def folder_of_wheel(package: str) -> Path | None:
    """Return where *package* is installed, without importing it; nothing if it isn't."""
    spec = importlib.util.find_spec(package)
    return (
        Path(spec.submodule_search_locations[0])
        if spec and spec.submodule_search_locations
        else None
    )


def run_quietly(command: Sequence[str | Path], *, folder: Path | None = None) -> str:
    """Run *command*; return nothing if it went well, else its complaint."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=INSTALL_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    lines = done.stderr.strip().splitlines()
    complaint = next((line for line in lines if "rror" in line or "ailed" in line), "")
    return (complaint or "\n".join(lines[-3:]) or "no reason given") if done.returncode else ""


def _apt_get(arguments: Sequence[str]) -> bool:
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        ["apt-get", "-q", *arguments],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        timeout=INSTALL_S,
        check=False,
    )
    return done.returncode == 0
