"""What one run of the tests ran against: noted as it comes into use, told at the end."""

import platform
import sqlite3
import sys

import pytest

_NOTED = pytest.StashKey[dict[str, str]]()


def note(config: pytest.Config, what: str, version: str) -> None:
    """Let the summary say that the tests ran against *version* of *what*."""
    config.stash.setdefault(_NOTED, {})[what] = version


def noted(config: pytest.Config) -> dict[str, str]:
    """Return the version of everything that has been used, by what it is."""
    always = {
        "Python": platform.python_version(),
        "system": f"{_system()}, {platform.machine()}",
        "SQLite": sqlite3.sqlite_version,
    }
    return always | config.stash.get(_NOTED, {})


def _system() -> str:
    if sys.platform != "linux":
        return platform.platform()
    return platform.freedesktop_os_release()["PRETTY_NAME"]
